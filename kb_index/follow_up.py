"""A message that leans on the question before it: told by its words, understood by reading both together. Pure."""

from __future__ import annotations

import re

# More words than this say by themselves what they are about.
MOST_WORDS = 12
# So few words rarely say it.
FEW_WORDS = 4

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_GOES_ON = re.compile(r"^\W*(?:and|what about|how about|what if|but|or|also|same for|then)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:it|its|it's|that|that's|this|they|them|their|those|these|there|ones?|then|too|also|same|else|either|both|"
    r"otherwise|instead)\b",
    re.IGNORECASE,
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
