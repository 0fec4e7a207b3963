"""A message that leans on the question before it: told by its words, understood by reading both together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# More words than this say by themselves what they are about.
MOST_WORDS = 12
# So few words rarely say it.
FEW_WORDS = 4

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Written with a capital letter although no sentence begins with it.
_NAME = re.compile(r"(?<=[\w,;&] )[A-Z][^\W_]+")
_GOES_ON = re.compile(r"^\W*(?:and|what about|how about|what if|but|or|also|same for|then)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:it|its|it's|that|that's|this|they|them|their|those|these|there|ones?|then|too|also|same|else|either|both|"
    r"otherwise|instead)\b",
    re.IGNORECASE,
)

# What a short follow-up may have beside the names in it ("and also to Norway then?").
_EMPTY = re.compile(
    r"\b(?:and|but|or|also|too|then|same|what|how|about|if|so|ok|hi|please|is|are|do|does|can|it|that|this|the|an?|my|"
    r"your|you|we|i|in|on|at|to|for|from|by|with|of)\b"
)


def leans_on_earlier(text: str) -> bool:
    """Whether a message may need the question before it to be understood."""
    words = len(_WORD.findall(text))
    if not 0 < words <= MOST_WORDS:
        return False
    return words <= FEW_WORDS or any(pattern.search(text) for pattern in (_GOES_ON, _REFERS))


def read_together(earlier: str, text: str) -> str:
    """Both questions as one text to search for."""
    return f"{earlier.strip()} {_GOES_ON.sub('', text).strip(' ,')}"


def only_names(text: str, entry: Iterable[str]) -> bool:
    """Whether a follow-up of a few words only names places, days or brands that the entry's texts name, too."""
    named = {_singular(word) for word in _WORD.findall(_EMPTY.sub(" ", text.lower()))}
    return len(_WORD.findall(text)) <= FEW_WORDS and bool(named) and named <= set(_names(entry))


def _names(texts: Iterable[str]) -> Iterator[str]:
    return (_singular(word.lower()) for text in texts for word in _NAME.findall(text))


def _singular(word: str) -> str:
    return word.removesuffix("s")
