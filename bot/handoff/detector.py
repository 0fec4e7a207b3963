"""Everything learned or authored that reading one message needs, and the reading itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from bot.handoff.errors import HandoffDataError
from bot.handoff.files import read_mapping, text_list
from bot.handoff.heads import Heads
from bot.handoff.lexical import Lexicon, clauses, plain, shape, words
from bot.handoff.pair_reader import FILE as PAIR_READER
from bot.handoff.pair_reader import Learned, PairReader, SecondReader
from bot.handoff.view import ContactMessage

# Where the content team's files are, seen from the checkout.
DATA = Path(__file__).parents[2] / "data" / "handoff"

# Messages whose reading is kept, over all conversations: about five kilobytes each.
REMEMBERED = 4096

# Words that a request has at least.
ASKING_WORDS = 3

PATTERN_NAMES = (
    "wish_for_person",
    "wish_in_another_language",
    "wish_denied",
    "said_before",
    "not_helped",
    "resignation",
    "several_problems",
    "accepts_offer",
    "declines",
    "acknowledges",
    "sensitive_safety",
    "sensitive_bereavement",
    "sensitive_legal",
    "sensitive_fraud",
    "sensitive_accessibility",
    "sensitive_privacy",
)


@dataclass(frozen=True, eq=False)
class Reading:
    """What one message says on its own, before the conversation is looked at."""

    message: ContactMessage
    tokens: tuple[str, ...]
    shape: tuple[float, ...]
    scores: Mapping[str, float]  # head -> probability
    matched: Mapping[str, str]  # pattern name -> the words that matched
    asks: bool  # short replies to the bot ("yes", an order number) ask nothing

    def score(self, head: str) -> float:
        """The head's probability; a head that was never fitted says no."""
        return self.scores.get(head, 0.0)


@dataclass(frozen=True, eq=False)
class Detector:
    """Fitted heads, word lists and patterns."""

    heads: Heads
    lexicon: Lexicon
    patterns: Mapping[str, re.Pattern[str]]
    second: SecondReader | None = None  # asked where the heads cannot rule a handoff out
    _read: dict[tuple[str, bytes, int], Reading] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Path = DATA) -> "Detector":
        """Read heads.npz, lexicon.yml, patterns.yml and pair_reader.npz."""
        heads = Heads.load(folder / "heads.npz")
        return cls(
            heads=heads,
            lexicon=Lexicon.load(folder / "lexicon.yml"),
            patterns=load_patterns(folder / "patterns.yml"),
            second=load_pair_reader(folder / PAIR_READER) if reads_english(heads.encoder) else None,
        )

    def anew(self) -> "Detector":
        """The same, with nothing read yet."""
        return replace(self, _read={})

    def read(self, message: ContactMessage) -> Reading:
        """Score one message. What was read before is remembered: a conversation brings its earlier messages again."""
        key = (message.text, message.vector.tobytes(), len(message.parts))
        known = self._read.pop(key, None) or self._score(message)
        self._read[key] = known  # newest last
        if len(self._read) > REMEMBERED:
            del self._read[next(iter(self._read))]
        return replace(known, message=message)

    def _score(self, message: ContactMessage) -> Reading:
        tokens = words(message.text)
        forms = shape(message.text, tokens, self.lexicon)
        line = plain(message.text)
        matched = {}
        for name, pattern in self.patterns.items():
            found = pattern.search(line)
            if found:
                matched[name] = found.group(0)
        scores = self.heads.scores(message.vector, forms, tokens, message.wording)
        for clause in self._clause_scores(message):
            scores.update({head: max(scores[head], value) for head, value in clause.items()})
        asks = sum(map(str.isalpha, tokens)) >= ASKING_WORDS and "acknowledges" not in matched
        return Reading(message, tuple(tokens), tuple(forms), scores, matched, asks)

    def _clause_scores(self, message: ContactMessage) -> Iterator[dict[str, float]]:
        """What single clauses are asked of each that has vectors, where there are several."""
        spoken = clauses(message.text) if len(message.parts) > 1 else []
        for text, part in zip(spoken, message.parts, strict=False):  # those after the last token have none
            if part.any():
                tokens, size = words(text), len(message.vector)
                forms = shape(text, tokens, self.lexicon)
                yield self.heads.in_one_clause.scores(part[:size], forms, tokens, part[size:])


def load_detector(folder: Path = DATA) -> Detector:
    """The detector as the content team's files define it."""
    return Detector.load(folder)


def reads_english(encoder: str) -> bool:
    """Is it one of the English encoders, by name? The pair reader is tuned from their common origin."""
    return encoder.startswith(("minilm", "tuned"))


def load_pair_reader(path: Path) -> PairReader:
    """The pair reader of a file; all detectors of a process share it."""
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return _pair_reader(path, changed)


@lru_cache(maxsize=2)
def _pair_reader(path: Path, changed: int) -> PairReader:
    return Learned.load(path).reader()


def load_patterns(path: Path) -> dict[str, re.Pattern[str]]:
    """One expression for each name in patterns.yml, letters in any case."""
    data = read_mapping(path)
    unknown = sorted(set(data) - set(PATTERN_NAMES))
    if unknown:
        raise HandoffDataError(f"{path}: unknown pattern {unknown[0]!r}; expected one of {', '.join(PATTERN_NAMES)}")
    patterns = {}
    for name in data:
        expressions = text_list(data, name, path)
        for expression in expressions:
            try:
                re.compile(expression)
            except re.error as error:
                raise HandoffDataError(f"{path}: {name}: {expression!r} is not a pattern: {error}") from error
        if expressions:
            patterns[name] = re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
    return patterns
