"""Finds the questions in a message that asks more than one thing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

# A question of fewer words may only continue another one ("why?", "is that ok?").
FEWEST_WORDS = 4
# So many words may name a matter ("delivery cost"); more of them tell something, and so do those of _TELLS.
NAMING_WORDS = 6
# Nobody asks more in one message and wants them all answered at once.
MOST_QUESTIONS = 4
# A message of more pieces tells a story: only what is a question by its form is looked for.
MOST_PIECES = 8

_ASKING = r"(?:how|what|when|where|who|why|wat|wot)(?:['’]?s)?|which|whom|whose|hw|wen"
_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|could|would|should|must|has|have)(?:n['’]?t)?|am|can(?:['’]?t)?|will|won['’]?t|"
    r"shall|may|r|cn|cud|wud"
)
_TELL_ME = (
    r"tell me|let me know|i(?:['’]?d| would)? (?:like|want|need) to know|(?:i was )?wondering|any chance|any idea"
)
# "When I return it ..." is no question, or one in the order of a statement ("where i can see it").
_RELATIVE = r"(?:how|what|when|where|which|who|why) (?:i|u|you|we|they|he|she|it|my|ur|your|our|the|a|an)"
_BEFORE = (
    r"(?:(?:and|also|plus|but|so|or|ok|okay|hi|hello|hey|please|pls|plz|secondly|first|second|then|btw|another thing)"
    r"[,:]? +)*"
)
# "Two things: where do I ..." asks after the colon.
_BEGINS = re.compile(
    rf"^(?:[^:]{{1,30}}:)?\W*(?:\d[.)]\s*)?{_BEFORE}"
    rf"(?:(?P<relative>{_RELATIVE})|{_ASKING}|{_AUXILIARY}|{_TELL_ME})\b",
    re.IGNORECASE,
)
# "Can you help me with a few things?" only says that a question follows.
_ANNOUNCES = re.compile(
    rf"^\W*{_BEFORE}(?:(?:can|could|will|would) (?:u|you|someone|anyone) (?:please )?help|(?:i )?(?:have|got)|quick)"
    r"(?: (?:me|us|out|with|an?|some|few|couple|of|two|three|quick|\d))*"
    r"(?: (?:questions?|q|things?|something|stuff))?(?: please| pls)?\W*$",
    re.IGNORECASE,
)
_TELLS = re.compile(r"\b(?:i|we|my|our)\b|^\W*(?:it|he|she|they|the|this|that|there)\b|\d", re.IGNORECASE)
_JOINT = re.compile(
    r"(?P<end>(?:\.(?=\s|$)|[?!\n])+|\s(?=\(?[1-9][.)]\s))\s*|[,;]?\s+(?:and\s+)?(?P<also>also|plus)\s+|"
    r"[,;]?\s+(?:and|or|&|\+|n)\s+|(?P<comma>[,;])\s+|\s[-–]\s",
    re.IGNORECASE,
)
_ALSO = re.compile(r"^\W*(?:also|plus)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class _Form(Enum):
    ASKS = "a question, whatever is known about it"
    MAY_ASK = "a question if something is known about these words alone"
    TELLS = "part of the question beside it"


@dataclass(frozen=True)
class _Piece:
    """A stretch of text, and what is on either side: the "end" of a sentence, "also", a "comma", or none of these."""

    text: str
    start: int
    end: int
    before: str | None  # "end" as well where nothing is before it
    after: str | None


def questions_in(text: str, stands_alone: Callable[[str], bool] = lambda words: False) -> list[str]:
    """The questions of a message, each with the statements before it; empty where it asks one thing.

    What is a question by its form counts. What may be one ("delivery cost", "parking?", "also I need an invoice")
    counts where it `stands_alone`: where something is known to say or to do about these words by themselves.
    """
    pieces = list(_pieces(text))
    forms = [_form(piece, following) for piece, following in zip_longest(pieces, pieces[1:])]
    if sum(form is not _Form.TELLS for form in forms) < 2:
        return []
    found: list[tuple[int, int]] = []
    told: int | None = None  # the beginning of statements that belong to the question after them
    for piece, form in zip(pieces, forms, strict=True):
        if form is _Form.ASKS:
            found.append((piece.start if told is None else told, piece.end))
            told = None
        elif (
            form is _Form.MAY_ASK
            and len(pieces) <= MOST_PIECES
            and stands_alone(piece.text)
            and (not found or _is_apart(piece.before, text, text[slice(*found[-1])], stands_alone))
        ):
            found.append((piece.start, piece.end))
            told = None
        elif found and told is None and (piece.before != "end" or piece.text.endswith("?")):
            found[-1] = (found[-1][0], piece.end)
        elif told is None:
            told = piece.start
    return [text[slice(*question)].strip() for question in found[:MOST_QUESTIONS]] if len(found) > 1 else []


def pieces_in(text: str) -> list[str]:
    """The stretches of a message that may each say something of their own; none where it tells a story."""
    pieces = [piece.text for piece in _pieces(text)]
    return pieces if len(pieces) <= MOST_PIECES else []


def _is_apart(joint: str | None, text: str, last: str, stands_alone: Callable[[str], bool]) -> bool:
    """Whether words that may be a question are not just the rest of the `last` one ("... on Sundays and holidays")."""
    if joint in ("end", "also"):
        return True
    return stands_alone(last) and (joint == "comma" or not stands_alone(text))


def _pieces(text: str) -> Iterator[_Piece]:
    start = 0
    before: str | None = "end"
    for joint in [*_JOINT.finditer(text), None]:
        end = len(text) if joint is None else joint.end("end") if joint["end"] else joint.start()
        after = None if joint is None else joint.lastgroup
        words = text[start:end].strip()
        if _WORD.search(words) and not _ANNOUNCES.match(words):
            yield _Piece(words, start, end, "also" if _ALSO.match(words) else before, after)
            before = after
        if joint is not None:
            start = joint.end()


def _form(piece: _Piece, following: _Piece | None) -> _Form:
    words = len(_WORD.findall(piece.text))
    if _asks(piece):
        return _Form.ASKS if words >= FEWEST_WORDS else _Form.MAY_ASK
    # "Broken leg, can I return it?" says with the fragment what the question is about.
    if piece.after in ("comma", "end") and following is not None and _asks(following):
        return _Form.TELLS
    names = words <= NAMING_WORDS and not _TELLS.search(piece.text)
    set_off = "also" in (piece.before, piece.after)
    return _Form.MAY_ASK if names or set_off or _BEGINS.match(piece.text) else _Form.TELLS


def _asks(piece: _Piece) -> bool:
    begins = _BEGINS.match(piece.text)
    return (piece.before == "end" and piece.text.endswith("?")) or (begins is not None and begins["relative"] is None)
