"""The words of a message as a sparse vector: what a sentence vector blurs ("agent", "cancel", "?") stays sharp here."""

from __future__ import annotations

import re
import zlib

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 4096

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?!]")
_NUMBER = re.compile(r"#?\b(?:mf[ -]?)?\d{6}\b")
_EMAIL = re.compile(r"\S+@\S+")
# However long a message is, its beginning says what it is about.
_MAX_WORDS = 80


def features(text: str) -> dict[int, float]:
    """Places and values of single words and pairs of neighbours; the whole has length 1."""
    plain = _EMAIL.sub("emailaddress", _NUMBER.sub("ordernumber", text.lower().replace("’", "'")))
    words = _WORD.findall(plain)[:_MAX_WORDS]
    if not words:
        return {}
    neighbours = zip(["<", *words], [*words, ">"], strict=True)
    found: dict[int, float] = {}
    for name in (*words, *(f"{one} {other}" for one, other in neighbours)):
        place = zlib.crc32(name.encode()) % DIMENSIONS
        found[place] = found.get(place, 0.0) + 1.0
    length = sum(value * value for value in found.values()) ** 0.5
    return {place: value / length for place, value in found.items()}


def matrix(texts: list[str]) -> NDArray[np.float32]:
    """One row for each text."""
    rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for number, text in enumerate(texts):
        for place, value in features(text).items():
            rows[number, place] = value
    return rows
