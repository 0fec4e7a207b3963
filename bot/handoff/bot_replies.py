"""What a bot turn was, judged from its words alone: for dialogues recorded elsewhere, where nothing else is known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.handoff.detector import DATA
from bot.handoff.examples import Judged
from bot.handoff.files import read_mapping, text_list
from bot.handoff.head_fitting import fit_lessons
from bot.handoff.heads import Heads
from bot.handoff.lexical import Lexicon, shape, words
from bot.handoff.offers import ASKS_IF_IT_HELPED, SOMEBODY
from bot.handoff.view import BotAction, BotActionKind, Vector

_PIECES = re.compile(r"(?<=[.!?:])\s+|\n+")

# A refusal says that something is not right; "I'm sorry for the delay" alone is none.
_REFUSAL = re.compile(
    r"\b(?:valid|invalid|find|found|match(?:es)?|recogni[sz]e|try again|once more|check (?:it|the|your)|went wrong|"
    r"error|"
    r"could not|couldn't|cannot|can't|wasn't able|unable|didn't work|doesn't look|no order|need an?|too (?:short|long)|"
    r"not (?:in our|a |respond)|has to be|must be|failed|did not)\b",
    re.IGNORECASE,
)

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

    def kind(self, sentence: str, vector: Vector) -> BotActionKind:
        """What one sentence does."""
        tokens = words(sentence)
        scores = self.heads.scores(vector, shape(sentence, tokens, self.lexicon), tokens)
        if not SOMEBODY.search(sentence):
            scores.pop(BotActionKind.OFFERED_PERSON.value, None)
        if not _REFUSAL.search(sentence):
            scores.pop(BotActionKind.FORM_FAILURE.value, None)
        return BotActionKind(max(sorted(scores), key=lambda name: scores[name]))

    def read(self, text: str, vectors: Mapping[str, Vector]) -> tuple[BotAction, ...]:
        """The action of a reply, and the offer of a person beside it if there is one."""
        kinds = [self.kind(sentence, vectors[sentence]) for sentence in pieces(text)]
        main = next((kind for kind in _RANK if kind in kinds), None)
        actions = [] if main is None else [BotAction(main, text)]
        if BotActionKind.OFFERED_PERSON in kinds and not ASKS_IF_IT_HELPED.search(text):
            actions.append(BotAction(BotActionKind.OFFERED_PERSON, text if main is None else ""))
        return tuple(actions)


def pieces(text: str) -> list[str]:
    """A reply's sentences."""
    return [part for part in (piece.strip() for piece in _PIECES.split(text)) if part] or [text]


def load_reply_examples(path: Path = DATA / "bot_replies.yml") -> dict[BotActionKind, tuple[str, ...]]:
    """Example replies by kind."""
    data = read_mapping(path)
    return {kind: text_list(data, kind.value, path) for kind in BotActionKind}


def fit_reply_heads(
    examples: Mapping[BotActionKind, Sequence[str]], vectors: Mapping[str, Vector], lexicon: Lexicon, encoder: str
) -> Heads:
    """One head for each kind against all others, on single sentences."""
    sentences = {kind: [piece for text in texts for piece in pieces(text)] for kind, texts in examples.items()}
    texts = sorted({text for found in sentences.values() for text in found})
    lessons = {
        kind.value: [Judged(text, text in set(own), 1.0, own=True) for text in texts] for kind, own in sentences.items()
    }
    return fit_lessons(lessons, vectors, lexicon, encoder)
