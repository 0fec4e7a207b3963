"""What the switchboard reads of the authored knowledge: the FAQ entries, for the agent's brief and for suggestions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

from kb_index.entries import FaqEntry, load_entries
from kb_index.errors import ContentError

logger = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int], ...]


class FaqTitles(Mapping[str, str]):
    """FAQ id -> its question. Empty until ``load``; nobody waits for it, and an id stands in for a missing title."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._stamp: Stamp | None = None
        self._entries: tuple[FaqEntry, ...] = ()
        self._titles: dict[str, str] = {}

    async def load(self) -> None:
        """Read the folder in a thread."""
        await asyncio.to_thread(self.entries)

    def entries(self) -> tuple[FaqEntry, ...]:
        """All entries, read again when a file changed; the same object while none did. Call it in a thread.

        Broken content is logged and changes nothing: the last good entries stay.
        """
        with self._lock:
            stamp = stamp_of(self._folder)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._entries = tuple(load_entries(self._folder))
                except (ContentError, OSError) as error:
                    logger.warning("content.unreadable", extra={"folder": str(self._folder), "why": str(error)[:300]})
                self._titles = {entry.id: entry.question for entry in self._entries}
            return self._entries

    def __getitem__(self, faq_id: str) -> str:
        return self._titles[faq_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._titles)

    def __len__(self) -> int:
        return len(self._titles)


def stamp_of(place: Path) -> Stamp:
    """Names and times of a file, or of all files of a folder: another one when anything in it was changed."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return tuple((str(file), file.stat().st_mtime_ns) for file in files if file.is_file())
