"""What an agent may say next: the FAQ's answers and the replies people write often, found by their words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from handoff_api.content import FaqTitles, Stamp, stamp_of
from kb_index.entries import FaqEntry

logger = logging.getLogger(__name__)

_LEAST = 0.1  # cosine of the words; below it two texts have no more than common letters in common
_ANSWER_WEIGHT = 0.7  # a word of the answer says less about what it answers than a word of the question


class Kind(StrEnum):
    """Where a suggestion comes from."""

    REPLY = "reply"  # written once for all agents
    FAQ = "faq"  # an answer the assistant may give too


@dataclass(frozen=True)
class Suggestion:
    """A text an agent may put into a reply. A reply may hold ``{customer}`` and ``{agent}``."""

    id: str
    kind: Kind
    title: str
    text: str
    wordings: tuple[str, ...] = ()


class Suggestions:
    """Both sources, read again when their files changed. Broken files change nothing: the last good ones stay."""

    def __init__(self, faq: FaqTitles, replies: Path) -> None:
        self._faq, self._replies_file = faq, replies
        self._lock = Lock()
        self._entries: tuple[FaqEntry, ...] | None = None
        self._stamp: Stamp | None = None
        self._replies: tuple[Suggestion, ...] = ()
        self._known: tuple[Suggestion, ...] = ()
        self._search: _Search | None = None

    async def find(self, words: str, most: int) -> list[Suggestion]:
        """The best fits first; without words the replies, in the order of their file."""
        return await asyncio.to_thread(self._find, words, most)

    def _find(self, words: str, most: int) -> list[Suggestion]:
        with self._lock:
            self._refresh()
            if not words.strip():
                return [one for one in self._known if one.kind is Kind.REPLY][:most]
            if self._search is None:
                self._search = _Search(self._known)
            return self._search.best(words, most)

    def _refresh(self) -> None:
        entries, stamp = self._faq.entries(), stamp_of(self._replies_file)
        if entries is self._entries and stamp == self._stamp:
            return
        if stamp != self._stamp:
            try:
                self._replies = tuple(_replies(self._replies_file))
            except (OSError, YAMLError, ValueError) as error:
                source = str(self._replies_file)
                logger.warning("suggestions.unreadable", extra={"source": source, "why": str(error)[:300]})
        self._entries, self._stamp = entries, stamp
        self._known, self._search = (*self._replies, *map(_answer, entries)), None


class _Search:
    """Compares words with every wording and text."""

    def __init__(self, known: tuple[Suggestion, ...]) -> None:
        import numpy as np

        from kb_index.lexical import Lexicon, Postings

        texts, owners, weights = [], [], []
        for number, one in enumerate(known):
            phrasings = [(phrasing, 1.0) for phrasing in (one.title, *one.wordings)]
            for text, weight in (*phrasings, (one.text, _ANSWER_WEIGHT)):
                texts.append(text)
                owners.append(number)
                weights.append(weight)
        self._known = known
        self._lexicon = Lexicon.learn(texts)
        self._postings = Postings.build(self._lexicon.rows(texts)) if texts else None
        self._owners, self._weights = np.array(owners, dtype=np.intp), np.array(weights)

    def best(self, words: str, most: int) -> list[Suggestion]:
        import numpy as np

        if self._postings is None:
            return []
        found = self._postings.similarities(self._lexicon.rows([words]))[0] * self._weights
        scores = np.zeros(len(self._known))
        np.maximum.at(scores, self._owners, found)
        ranked = np.argsort(-scores, kind="stable")[:most]
        return [self._known[number] for number in ranked if scores[number] >= _LEAST]


def _answer(entry: FaqEntry) -> Suggestion:
    return Suggestion(entry.id, Kind.FAQ, entry.question, entry.answer.strip(), entry.wordings)


def _replies(file: Path) -> Iterator[Suggestion]:
    if not file.is_file():
        return
    loaded = YAML(typ="safe", pure=True).load(file)
    for number, one in enumerate(loaded or (), start=1):
        if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("title", "text")):
            raise ValueError(f"{file}: expected a list of entries with title and text; see number {number}")
        yield Suggestion(f"reply.{number}", Kind.REPLY, one["title"], one["text"].strip())
