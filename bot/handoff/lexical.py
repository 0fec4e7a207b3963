"""What can be counted in a message without understanding it: words, capitals, punctuation, insults, figures."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bot.handoff.files import read_mapping, text_list

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[!?]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
# Where a sentence may be taken apart: after a mark, before a dash or a joining word.
_JOINT = re.compile(
    r"(?<=[,;:)])\s+|\s+(?=(?:[-–—]+|and|but|so|because|cos|or|if|since|as|which|though|although|unless)\s)",
    re.IGNORECASE,
)
# Words that a clause has at least, unless its sentence is shorter: a list is not taken apart.
CLAUSE = 4
_STRETCHED = re.compile(r"([a-z])\1{3,}", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:[£$€]\s?\d[\d.,]*)|\b\d[\d.,]*\s?(?:pounds?|quid|gbp|eur|euros?|usd|dollars?|pence|kr)\b", re.IGNORECASE
)
_DATE = re.compile(
    r"\b\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\b"
    r"|\b(?:jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\s+\d{1,2}(?:st|nd|rd|th)?\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)

# The order of `shape`; heads are fitted on it, so a change here needs a new fit.
SHAPE_NAMES = ("capitals", "exclamation", "question_runs", "insults", "intensity", "stretched", "brevity")


@dataclass(frozen=True)
class Lexicon:
    """Word lists that content people may extend: data/handoff/lexicon.yml."""

    insults: frozenset[str]
    intensity: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read the two lists."""
        data = read_mapping(path)
        return cls(
            insults=frozenset(text_list(data, "insults", path)), intensity=frozenset(text_list(data, "intensity", path))
        )


def plain(text: str) -> str:
    """One line with single spaces and straight apostrophes, as patterns are matched on it."""
    return " ".join(text.replace("’", "'").split())


def words(text: str) -> list[str]:
    """Lower-case words, numbers and the marks ! and ?, with straight apostrophes."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def sentences(text: str) -> list[str]:
    """Rough sentences; good enough for counting."""
    return [text[start:end].strip() for start, end in _spans(text)]


def clauses(text: str) -> list[str]:
    """Sentences, and long ones taken apart; good enough for finding what one of them says among the others."""
    return [text[start:end].strip() for start, end in _clause_spans(text)]


def clause_ends(text: str) -> list[int]:
    """The place after each of `clauses`."""
    return [end for _, end in _clause_spans(text)]


def _clause_spans(text: str) -> list[tuple[int, int]]:
    starts = [found.start() for found in _WORD.finditer(text)]
    spans = []
    for start, end in _spans(text):
        begin = start
        for joint in _JOINT.finditer(text, start, end):
            before, here, after = (bisect_left(starts, place) for place in (begin, joint.start(), end))
            if min(here - before, after - here) >= CLAUSE:
                spans.append((begin, joint.start()))
                begin = joint.end()
        spans.append((begin, end))
    return spans


def _spans(text: str) -> list[tuple[int, int]]:
    breaks = [(found.start(), found.end()) for found in _SENTENCE.finditer(text)]
    starts, ends = [0, *(end for _, end in breaks)], [*(start for start, _ in breaks), len(text)]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if text[start:end].strip()]


def grams(tokens: list[str]) -> set[str]:
    """Runs of one, two and three words."""
    found = set(tokens)
    found.update(f"{a} {b}" for a, b in pairwise(tokens))
    found.update(f"{a} {b} {c}" for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False))
    return found


def bounded_grams(tokens: list[str]) -> set[str]:
    """The same, with where the text begins and ends: "yes, ..." is another answer than "... says yes"."""
    return grams(["^", *tokens, "$"])


def capitals(text: str) -> float:
    """Share of longer words written in capitals, once there are enough of them to mean something."""
    found = _LETTERS.findall(text)
    shouted = [word for word in found if len(word) >= 3 and word.isupper()]
    letters = sum(len(word) for word in shouted)
    return len(shouted) / len(found) if letters >= 6 else 0.0


def shape(text: str, tokens: list[str], lexicon: Lexicon) -> list[float]:
    """What is counted, as numbers in [0, 1], in the order of SHAPE_NAMES."""
    said = grams(tokens)
    return [
        capitals(text),
        min(text.count("!"), 4) / 4,
        min(text.count("??") + text.count("?!") + text.count("!?"), 2) / 2,
        min(len(said & lexicon.insults), 2) / 2,
        min(len(said & lexicon.intensity), 3) / 3,
        1.0 if _STRETCHED.search(text) else 0.0,
        1.0 / max(len(tokens), 1),
    ]


def amounts(text: str) -> list[str]:
    """Sums of money as written."""
    return [match.strip() for match in _AMOUNT.findall(text)]


def dates(text: str) -> list[str]:
    """Days as written."""
    return _DATE.findall(text)
