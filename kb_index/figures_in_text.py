"""Amounts and periods in a text: "£29", "30 days", "two hours"."""

from __future__ import annotations

import re

from kb_index.building import plain

COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER_WORDS = {word: str(number) for number, word in enumerate(COUNTED, 1)} | {
    "fourteen": "14",
    "twenty": "20",
    "thirty": "30",
    "sixty": "60",
    "ninety": "90",
}
NUMBER = rf"\d+(?:[.,]\d+)*|{'|'.join(NUMBER_WORDS)}"
MONEY = re.compile(r"([£€$])\s?(\d+(?:[.,]\d+)*)")
QUANTITY = re.compile(
    rf"\b({NUMBER})(?:\s*(?:-|–|to)\s*({NUMBER}))?[\s-]+((?:working|business|calendar)\s+)?"
    r"(minute|hour|day|week|month|year|point|percent|per cent|%|cm|kg|metre|degree)s?",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def quantities(text: str) -> dict[str, set[str]]:
    """Each unit with the figures given in it."""
    found: dict[str, set[str]] = {}
    for unit, amount in MONEY.findall(text):
        found.setdefault(unit, set()).add(amount.rstrip(".,"))
    for first, last, kind, unit in QUANTITY.findall(text):
        name = f"{kind.lower().strip()} {unit.lower()}s".strip()
        figures = "-".join(NUMBER_WORDS.get(part.lower(), part) for part in (first, last) if part)
        found.setdefault(name, set()).add(figures)
    return found


def figures_without_unit(text: str) -> set[str]:
    """Figures whose unit stands elsewhere, as in "200 × 220 cm" and "after 30 days and one after 60"."""
    return set(re.findall(r"\d+(?:[.,]\d+)*", QUANTITY.sub(" ", MONEY.sub(" ", text))))


def sentences(markdown: str) -> list[str]:
    """The sentences of a Markdown text as plain words."""
    return [text for part in SENTENCE_END.split(markdown) if (text := plain(part))]
