"""What a bot turn was, judged from its words alone: for dialogues recorded elsewhere, where nothing else is known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bot.handoff.detector import DATA
from bot.handoff.examples import Judged
from bot.handoff.files import read_mapping, text_list
from bot.handoff.head_fitting import fit_lessons, wide_vectors
from bot.handoff.heads import Heads
from bot.handoff.lexical import Lexicon, shape, words
from bot.handoff.offers import ASKS_IF_IT_HELPED, options_in
from bot.handoff.view import BotAction, BotActionKind, Vector
from kb_index.encoder import Encoder

_PIECES = re.compile(r"(?<=[.!?:])\s+|\n+")

# A refusal says that something is not right; "I'm sorry for the delay" alone is none.
_REFUSAL = re.compile(
    r"\b(?:valid|invalid|find|found|match(?:es)?|recogni[sz]e|try again|once more|check (?:it|the|your)|went wrong|"
    r"error|"
    r"could not|couldn't|cannot|can't|wasn't able|unable|didn't work|doesn't look|no order|need an?|too (?:short|long)|"
    r"not (?:in our|a |respond)|has to be|must be|failed|did not)\b",
    re.IGNORECASE,
)

OFFERS_FROM = 0.5

# Which kind a reply of several sentences is: the first of these that one of its sentences is.
_RANK = (
    BotActionKind.ABSTAINED,
    BotActionKind.FORM_FAILURE,
    BotActionKind.CLARIFIED,
    BotActionKind.ANSWERED,
    BotActionKind.ASKED_SLOT,
    BotActionKind.SMALL_TALK,
)


@dataclass(frozen=True, eq=False)
class BotReplyReader:
    """One head for each kind of action; the strongest wins a sentence."""

    heads: Heads
    lexicon: Lexicon

    @classmethod
    def load(cls, folder: Path = DATA) -> "BotReplyReader":
        """Read bot_reply_heads.npz."""
        return cls(Heads.load(folder / "bot_reply_heads.npz"), Lexicon.load(folder / "lexicon.yml"))

    def read(self, text: str, vectors: Mapping[str, Vector]) -> tuple[BotAction, ...]:
        """The action of a reply, and the offer of a person beside it if there is one.

        `vectors` holds meaning and wording (`wide_vectors`) of each of its `pieces`.
        """
        scores = {piece: self._scores(piece, vectors[piece]) for piece in pieces(text)}
        offers = tuple(piece for piece, found in scores.items() if _offers(found))
        kinds = [_kind(piece, scores[piece]) for piece in _sentences(text) if not _mostly_offers(scores[piece])]
        main = next((kind for kind in _RANK if kind in kinds), None)
        actions = [] if main is None else [BotAction(main, text)]
        if offers and not ASKS_IF_IT_HELPED.search(text):
            actions.append(BotAction(BotActionKind.OFFERED_PERSON, text if main is None else "", offered=offers))
        return tuple(actions)

    def offering(self, texts: Sequence[str], encoder: Encoder) -> frozenset[str]:
        """Those of the texts that offer a person."""
        vectors = wide_vectors(encoder, sorted({piece for text in texts for piece in pieces(text)}))
        return frozenset(text for text in texts if any(action.offered for action in self.read(text, vectors)))

    def _scores(self, piece: str, vector: Vector) -> dict[str, float]:
        tokens = words(piece)
        return self.heads.scores(vector, shape(piece, tokens, self.lexicon), tokens)


def pieces(text: str) -> list[str]:
    """A reply's sentences, and the options it lists."""
    return list(dict.fromkeys([*_sentences(text), *options_in(text)]))


def _sentences(text: str) -> list[str]:
    return [part for part in (piece.strip() for piece in _PIECES.split(text)) if part] or [text]


def _kind(sentence: str, scores: Mapping[str, float]) -> BotActionKind:
    """What one sentence does, besides offering a person."""
    possible = dict(scores)
    possible.pop(BotActionKind.OFFERED_PERSON.value, None)
    if not _REFUSAL.search(sentence):
        possible.pop(BotActionKind.FORM_FAILURE.value, None)
    return BotActionKind(max(sorted(possible), key=lambda name: possible[name]))


def _offers(scores: Mapping[str, float]) -> bool:
    return scores[BotActionKind.OFFERED_PERSON.value] >= OFFERS_FROM


def _mostly_offers(scores: Mapping[str, float]) -> bool:
    return _offers(scores) and max(scores.values()) == scores[BotActionKind.OFFERED_PERSON.value]


@dataclass(frozen=True)
class ReplyExamples:
    """Example replies by kind, and sentences of any other kind that offer no person, however they sound."""

    kinds: Mapping[BotActionKind, Sequence[str]]
    no_offers: Sequence[str]

    def sentences(self) -> list[str]:
        """Everything a head learns from."""
        return sorted({piece for text in (*chain(*self.kinds.values()), *self.no_offers) for piece in _sentences(text)})


def load_reply_examples(path: Path = DATA / "bot_replies.yml") -> ReplyExamples:
    """Read bot_replies.yml."""
    data = read_mapping(path)
    kinds = {kind: text_list(data, kind.value, path) for kind in BotActionKind}
    return ReplyExamples(kinds, text_list(data, "no_offer", path))


def fit_reply_heads(examples: ReplyExamples, vectors: Mapping[str, Vector], lexicon: Lexicon, encoder: str) -> Heads:
    """One head for each kind against all others, on single sentences."""
    own = {kind: {piece for text in texts for piece in _sentences(text)} for kind, texts in examples.kinds.items()}
    known = set[str]().union(*own.values())
    lessons = {
        kind.value: [Judged(text, text in said, 1.0, own=True) for text in sorted(known)] for kind, said in own.items()
    }
    lessons[BotActionKind.OFFERED_PERSON.value] += [
        Judged(piece, False, 1.0, own=True)
        for text in examples.no_offers
        for piece in _sentences(text)
        if piece not in known
    ]
    return fit_lessons(lessons, vectors, lexicon, encoder)
