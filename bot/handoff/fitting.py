"""Everything `baton handoff fit` does: examples to heads, dialogues to weights, written into one folder."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.handoff.bot_replies import BotReplyReader, fit_reply_heads, load_reply_examples
from bot.handoff.detector import DATA, Detector, load_patterns, reads_english
from bot.handoff.dialogue_lessons import is_topic, lessons_from
from bot.handoff.dialogues import Dialogue
from bot.handoff.evaluation import Judgement, Played, judge, shipped
from bot.handoff.examples import FRUSTRATION, ExampleFile, check_heads, heads_of, load_examples
from bot.handoff.folds import FOLDS, folds_of
from bot.handoff.head_fitting import fit_heads, wide_clauses, wide_vectors
from bot.handoff.lexical import Lexicon
from bot.handoff.pair_lessons import lessons_of
from bot.handoff.pair_reader import FILE as PAIR_READER
from bot.handoff.pair_reader import Learned, SecondReader, Stranger, key_of
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import Player, Step, Understanding, VectorsOnly
from bot.handoff.view import Vector
from bot.handoff.weight_fitting import certain_from, fit_weights, rows_of, sensitive_value, wish_value
from bot.handoff.weights import Costs, Weights, save_weights
from kb_index.encoder import Encoder

# Cosine from which an example says the same as a message (MiniLM scale).
TOO_ALIKE = 0.8


@dataclass(frozen=True)
class Fitted:
    """What a fit made, ready to write."""

    detector: Detector
    replies: BotReplyReader
    weights: Weights
    steps: Mapping[str, Sequence[Step]]  # of each dialogue, as read by heads that did not know it

    def save(self, folder: Path = DATA) -> None:
        """Write heads.npz, bot_reply_heads.npz and weights.json."""
        self.detector.heads.save(folder / "heads.npz")
        self.replies.heads.save(folder / "bot_reply_heads.npz")
        save_weights(self.weights, folder / "weights.json")


def fit_detector(
    encoder: Encoder,
    folder: Path = DATA,
    frustration: Path = FRUSTRATION,
    dialogues: Sequence[Dialogue] = (),
    unlike: Sequence[str] = (),
    offers: Collection[str] = (),
) -> Detector:
    """Heads fitted on the authored examples and the dialogues, with the folder's patterns and word lists.

    `offers` are the bot's replies that offer a person: what follows them teaches how an offer is accepted.
    Examples that resemble a text of `unlike` are left out, so that the heads judge those texts as they would judge
    new ones.
    """
    files = load_examples(folder / "examples", frustration)
    authored = sorted({text for file in files for listed in file.texts.values() for text in listed})
    lived = sorted({dialogue.turns[label.turn].text for dialogue in dialogues for label in dialogue.labels})
    texts = list(dict.fromkeys([*authored, *lived]))
    vectors = dict(zip(texts, encoder.encode(texts), strict=True))
    if unlike:
        near = np.asarray([vectors[text] for text in authored]) @ np.asarray(encoder.encode(list(unlike))).T
        alike = {text for text, cosine in zip(authored, near.max(axis=1), strict=True) if cosine >= TOO_ALIKE}
        files = [file.without(alike) for file in files]
    lexicon, patterns = Lexicon.load(folder / "lexicon.yml"), load_patterns(folder / "patterns.yml")
    lessons = (
        lessons_from(dialogues, heads_of(files), _topic_of(files, vectors), offers.__contains__) if dialogues else {}
    )
    wide = wide_clauses(encoder, texts) | wide_vectors(encoder, texts)
    return Detector(fit_heads(files, wide, lexicon, encoder.name, lessons), lexicon, patterns)


def _topic_of(files: Sequence[ExampleFile], vectors: Mapping[str, Vector]) -> Callable[[str], str | None]:
    """Dialogues only say that a topic is sensitive; the nearest example says which topic it is."""
    known = [(text, file.head) for file in files if is_topic(file.head) for text in file.texts["yes"]]
    matrix = np.asarray([vectors[text] for text, _ in known])
    return lambda text: known[int((matrix @ vectors[text]).argmax())][1] if known else None


def fit_reply_reader(encoder: Encoder, folder: Path = DATA) -> BotReplyReader:
    """The reader of recorded bot turns."""
    lexicon = Lexicon.load(folder / "lexicon.yml")
    examples = load_reply_examples(folder / "bot_replies.yml")
    vectors = wide_vectors(encoder, examples.sentences())
    return BotReplyReader(fit_reply_heads(examples, vectors, lexicon, encoder.name), lexicon)


def fit_all(
    dialogues: Sequence[Dialogue],
    encoder: Encoder,
    folder: Path = DATA,
    frustration: Path = FRUSTRATION,
    understanding: Understanding | None = None,
    second: SecondReader | None = None,
) -> Fitted:
    """Heads, reader and weights, from the files in `folder` and the dialogues; `second` as in `second_for`."""
    check_heads(load_examples(folder / "examples", frustration))
    replies = fit_reply_reader(encoder, folder)
    offers = offers_in(dialogues, replies, encoder)
    steps = steps_of_strangers(dialogues, encoder, replies, offers, folder, frustration, understanding, second)
    weights = weights_from(dialogues, [steps[dialogue.id] for dialogue in dialogues])
    weights = replace(weights, fitted_on=sources(dialogues, folder, frustration))
    return Fitted(fit_detector(encoder, folder, frustration, dialogues, offers=offers), replies, weights, steps)


def sources(dialogues: Sequence[Dialogue], folder: Path = DATA, frustration: Path = FRUSTRATION) -> str:
    """Changes when anything does that a fit reads."""
    digest = hashlib.sha256()
    written = [folder / name for name in ("bot_replies.yml", "lexicon.yml", "patterns.yml")]
    written += [path for path in (folder / PAIR_READER,) if path.is_file()]
    for path in (*written, *sorted((folder / "examples").glob("*.yml")), *sorted(frustration.glob("*.yml"))):
        digest.update(path.read_bytes())
    for dialogue in dialogues:
        digest.update(repr(dialogue).encode())
    return digest.hexdigest()[:16]


def second_for(encoder: Encoder, folder: Path = DATA) -> Stranger | None:
    """The second reader to fit beside an encoder, as it is on messages it does not know; None where it has no say."""
    return Learned.load(folder / PAIR_READER).stranger() if reads_english(encoder.name) else None


def new_to(second: Stranger, dialogues: Sequence[Dialogue]) -> int:
    """How many of the labelled messages the second reader was not tuned on."""
    lessons = [lesson for dialogue in dialogues for lesson in lessons_of(dialogue)]
    return sum(key_of(lesson.before, lesson.text) not in second.known for lesson in lessons)


def steps_of_strangers(
    dialogues: Sequence[Dialogue],
    encoder: Encoder,
    replies: BotReplyReader,
    offers: Collection[str],
    folder: Path,
    frustration: Path,
    understanding: Understanding | None = None,
    second: SecondReader | None = None,
) -> dict[str, list[Step]]:
    """Every dialogue as read by heads that know neither it nor an example like it, and by a `second` as ignorant.

    The weights must learn how far to trust the heads on messages they have never seen.
    """
    steps: dict[str, list[Step]] = {}
    folds = folds_of(dialogues)
    for fold in range(FOLDS):
        inside = [dialogue for dialogue in dialogues if folds[dialogue.id] == fold]
        others = [dialogue for dialogue in dialogues if folds[dialogue.id] != fold]
        said = [dialogue.turns[index].text for dialogue in inside for index in dialogue.contact_turns()]
        strangers = fit_detector(encoder, folder, frustration, others, said, offers)
        player = Player(understanding or VectorsOnly(encoder), encoder, replies, replace(strangers, second=second))
        steps.update({dialogue.id: player.steps(dialogue) for dialogue in inside})
    return steps


def offers_in(dialogues: Sequence[Dialogue], replies: BotReplyReader, encoder: Encoder) -> frozenset[str]:
    """The bot's replies that offer a person."""
    spoken = sorted({turn.text for dialogue in dialogues for turn in dialogue.turns if turn.author == "bot"})
    return replies.offering(spoken, encoder)


def cross_validated(
    dialogues: Sequence[Dialogue], steps: Mapping[str, Sequence[Step]], costs: Costs
) -> list[Judgement]:
    """What weights fitted on the other folds make of each dialogue: the figure to expect on new ones."""
    judgements = []
    folds = folds_of(dialogues)
    for fold in range(FOLDS):
        others = [dialogue for dialogue in dialogues if folds[dialogue.id] != fold]
        weights = weights_from(others, [steps[dialogue.id] for dialogue in others])
        inside = [Played(item, tuple(steps[item.id])) for item in dialogues if folds[item.id] == fold]
        judgements += judge(inside, shipped(weights, costs))
    return judgements


def weights_from(dialogues: Sequence[Dialogue], steps: Sequence[Sequence[Step]]) -> Weights:
    """Weights of the weighed reasons, and the certainty that a wish and a sensitive topic must reach."""
    pairs = list(zip(dialogues, steps, strict=True))
    weights = fit_weights([row for dialogue, found in pairs for row in rows_of(dialogue, found)])
    until = [
        (step, label.reason if (label := dialogue.handoff()) is not None and step.turn == label.turn else None)
        for dialogue, found in pairs
        for step in found
        if (end := dialogue.handoff()) is None or step.turn <= end.turn
    ]
    wish = [(wish_value(step.signals), reason is HandoffReason.ASKED_FOR_HUMAN) for step, reason in until]
    topic = [(sensitive_value(step.signals), reason is HandoffReason.SENSITIVE_TOPIC) for step, reason in until]
    return Weights(
        reasons=weights.reasons,
        wish_certain=certain_from([value for value, _ in wish], [truth for _, truth in wish]),
        sensitive_certain=certain_from([value for value, _ in topic], [truth for _, truth in topic]),
    )
