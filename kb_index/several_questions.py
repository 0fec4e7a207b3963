"""Finds the questions in a message that asks more than one thing. Pure."""

from __future__ import annotations

import re

# A question of fewer words than this only continues another one ("why?", "is that ok?").
FEWEST_WORDS = 4
# Nobody asks more in one message and wants them all answered at once.
MOST_QUESTIONS = 4

_QUESTION_WORDS = (
    r"how|what|what's|when|where|where's|which|who|whom|whose|why|is|are|am|was|were|do|does|did|can|could|will|would|"
    r"shall|should|may|must|has|have"
)
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
# "..., and how long ...": what comes after the joining word must begin like a question.
_JOINED = re.compile(rf"[,;:]?\s+(?:and|also|plus|or|&)\s+(?:also\s+)?(?=(?:{_QUESTION_WORDS})\b)", re.IGNORECASE)
_LEAD = r"(?:(?:and|also|plus|but|so|or|ok|okay|hi|hello|hey|please|secondly|first|second|then|another thing)[,:]?\s+)*"
# "Two things: where do I ..." asks after the colon.
_BEGINS = re.compile(rf"^(?:[^:]{{1,30}}:)?\W*{_LEAD}(?:{_QUESTION_WORDS})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def questions_in(text: str) -> list[str]:
    """The questions of a message, each with the statements before it; fewer than two where it asks one thing."""
    found: list[str] = []
    before = ""
    for sentence in _SENTENCE.findall(text):
        for part in _JOINED.split(sentence):
            piece = part.strip()
            if not piece:
                continue
            if not _asks(piece):
                before = f"{before} {piece}".strip()
            elif len(_WORD.findall(piece)) < FEWEST_WORDS and found:
                found[-1] = f"{found[-1]} {piece}"
            else:
                found.append(f"{before} {piece}".strip())
                before = ""
    return found[:MOST_QUESTIONS] if len(found) > 1 else []


def _asks(piece: str) -> bool:
    return piece.endswith("?") or _BEGINS.search(piece) is not None
