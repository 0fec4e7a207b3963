"""What an agent may say next: the FAQ's answers and the replies people write often.

Found by their words here, and by what they mean by the bot, whose index knows the FAQ; without the bot by words alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from handoff_api.bot_contract import MatchesReply, MatchesRequest
from handoff_api.content import FaqTitles, Stamp, stamp_of
from kb_index.entries import FaqEntry

logger = logging.getLogger(__name__)

# Cosine of the words, below which two texts have no more than common letters in common; and probability by meaning.
_LEAST = 0.1
_ANSWER_WEIGHT = 0.7  # a word of the answer says less about what it answers than a word of the question

_PATIENCE_S = 0.5  # an agent waits so long for what the bot knows
_PAUSE_S = 5.0  # after a bot that did not answer, nobody waits for it for so long


class Matcher(Protocol):
    """Finds FAQ entries by what a text means."""

    async def matches(self, request: MatchesRequest) -> MatchesReply: ...


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

    def __init__(
        self, faq: FaqTitles, replies: Path, matcher: Matcher, failures: tuple[type[Exception], ...] = ()
    ) -> None:
        self._faq, self._replies_file = faq, replies
        self._matcher = matcher
        self._failures: tuple[type[Exception], ...] = (*failures, TimeoutError)
        self._not_before = 0.0
        self._lock = Lock()
        self._entries: tuple[FaqEntry, ...] | None = None
        self._stamp: Stamp | None = None
        self._replies: tuple[Suggestion, ...] = ()
        self._known: tuple[Suggestion, ...] = ()
        self._search: _Search | None = None

    async def find(self, words: str, most: int) -> list[Suggestion]:
        """The best fits first; without words the replies, in the order of their file."""
        if not words.strip():
            return await asyncio.to_thread(self._saved, most)
        likely = await self._by_meaning(words, most)
        return await asyncio.to_thread(self._best, words, likely, most)

    async def _by_meaning(self, words: str, most: int) -> Mapping[str, float]:
        """The bot's probability for each entry it thinks of; nothing where it is away or slow."""
        if time.monotonic() < self._not_before:
            return {}
        try:
            async with asyncio.timeout(_PATIENCE_S):
                found = await self._matcher.matches(MatchesRequest(text=words, most=most))
        except self._failures as error:
            self._not_before = time.monotonic() + _PAUSE_S
            logger.info("suggestions.by_words_only", extra={"why": str(error) or type(error).__name__})
            return {}
        return {match.faq_id: match.probability for match in found.matches}

    def _saved(self, most: int) -> list[Suggestion]:
        with self._lock:
            self._refresh()
            return [one for one in self._known if one.kind is Kind.REPLY][:most]

    def _best(self, words: str, likely: Mapping[str, float], most: int) -> list[Suggestion]:
        """By the better of two numbers between 0 and 1: likeness of the words, and probability by meaning."""
        with self._lock:
            self._refresh()
            if self._search is None:
                self._search = _Search(self._known)
            scores = self._search.scores(words)
            known = self._known
        fits = [max(score, likely.get(one.id, 0.0)) for one, score in zip(known, scores, strict=True)]
        ranked = sorted(range(len(known)), key=lambda number: -fits[number])[:most]
        return [known[number] for number in ranked if fits[number] >= _LEAST]

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

    def scores(self, words: str) -> list[float]:
        """How alike the words of each suggestion are, 0 to 1."""
        import numpy as np

        scores = np.zeros(len(self._known))
        if self._postings is not None:
            found = self._postings.similarities(self._lexicon.rows([words]))[0] * self._weights
            np.maximum.at(scores, self._owners, found)
        listed: list[float] = scores.tolist()
        return listed


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
