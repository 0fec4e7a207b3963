"""Everything `baton handoff fit` does: examples to heads, dialogues to weights, written into one folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.handoff.bot_replies import BotReplyReader, fit_reply_heads, load_reply_examples, pieces
from bot.handoff.detector import DATA, Detector, load_patterns
from bot.handoff.dialogues import Dialogue
from bot.handoff.examples import FRUSTRATION, load_examples
from bot.handoff.head_fitting import fit_heads
from bot.handoff.lexical import Lexicon
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import NamedEncoder, Player, Step, Understanding, VectorsOnly
from bot.handoff.weight_fitting import certain_from, fit_weights, rows_of, sensitive_value, wish_value
from bot.handoff.weights import Weights, save_weights

# Cosine from which an example says the same as a message (MiniLM scale).
TOO_ALIKE = 0.7


@dataclass(frozen=True)
class Fitted:
    """What a fit made, ready to write."""

    detector: Detector
    replies: BotReplyReader
    weights: Weights

    def save(self, folder: Path = DATA) -> None:
        """Write heads.json, bot_reply_heads.json and weights.json."""
        self.detector.heads.save(folder / "heads.json")
        self.replies.heads.save(folder / "bot_reply_heads.json")
        save_weights(self.weights, folder / "weights.json")


def fit_detector(
    encoder: NamedEncoder, folder: Path = DATA, frustration: Path = FRUSTRATION, unlike: Sequence[str] = ()
) -> Detector:
    """Heads fitted on the authored examples, with the folder's patterns and word lists.

    Examples that resemble a text of `unlike` are left out, so that the heads judge those texts as they would judge
    new ones.
    """
    files = load_examples(folder / "examples", frustration)
    texts = sorted({text for file in files for listed in file.texts.values() for text in listed})
    vectors = dict(zip(texts, encoder.encode(texts), strict=True))
    if unlike:
        near = np.asarray([vectors[text] for text in texts]) @ np.asarray(encoder.encode(list(unlike))).T
        alike = {text for text, cosine in zip(texts, near.max(axis=1), strict=True) if cosine >= TOO_ALIKE}
        files = [file.without(alike) for file in files]
    lexicon = Lexicon.load(folder / "lexicon.yml")
    heads = fit_heads(files, vectors, lexicon, encoder.name)
    return Detector(heads, lexicon, load_patterns(folder / "patterns.yml"))


def fit_reply_reader(encoder: NamedEncoder, folder: Path = DATA) -> BotReplyReader:
    """The reader of recorded bot turns."""
    lexicon = Lexicon.load(folder / "lexicon.yml")
    examples = load_reply_examples(folder / "bot_replies.yml")
    sentences = sorted({piece for texts in examples.values() for text in texts for piece in pieces(text)})
    vectors = dict(zip(sentences, encoder.encode(sentences), strict=True))
    return BotReplyReader(fit_reply_heads(examples, vectors, lexicon, encoder.name), lexicon)


def fit_all(
    dialogues: Sequence[Dialogue],
    encoder: NamedEncoder,
    folder: Path = DATA,
    frustration: Path = FRUSTRATION,
    understanding: Understanding | None = None,
) -> Fitted:
    """Heads, reader and weights, from the files in `folder` and the dialogues.

    The weights must learn how far to trust the heads on messages they have never seen, so for them the heads are
    fitted once more, without the examples that resemble a message of the dialogues.
    """
    detector = fit_detector(encoder, folder, frustration)
    replies = fit_reply_reader(encoder, folder)
    said = [dialogue.turns[index].text for dialogue in dialogues for index in dialogue.contact_turns()]
    strangers = fit_detector(encoder, folder, frustration, unlike=said)
    player = Player(understanding or VectorsOnly(encoder), encoder, replies, strangers)
    steps = {dialogue.id: player.steps(dialogue) for dialogue in dialogues}
    return Fitted(detector, replies, weights_from(dialogues, [steps[dialogue.id] for dialogue in dialogues]))


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
