"""What the switchboard reads of the authored knowledge: the questions of the FAQ entries, for the agent's brief."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from kb_index.entries import load_entries
from kb_index.errors import ContentError

logger = logging.getLogger(__name__)


class FaqTitles(Mapping[str, str]):
    """FAQ id -> its question. Empty until ``load``; nobody waits for it, and an id stands in for a missing title."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._titles: dict[str, str] = {}

    async def load(self) -> None:
        """Read the folder in a thread. Broken content is logged and changes nothing."""
        try:
            entries = await asyncio.to_thread(load_entries, self._folder)
        except (ContentError, OSError):
            logger.warning("content.unreadable", extra={"folder": str(self._folder)})
            return
        self._titles = {entry.id: entry.question for entry in entries}

    def __getitem__(self, faq_id: str) -> str:
        return self._titles[faq_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._titles)

    def __len__(self) -> int:
        return len(self._titles)
