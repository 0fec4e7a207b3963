"""Gives a running process the newest index: a new version is loaded beside the old one, then takes its place."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from pathlib import Path

from kb_index.encoder import Encoder
from kb_index.errors import StoredIndexError
from kb_index.index import Index
from kb_index.index_files import CURRENT, load_index

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.5


class IndexWatcher:
    """Holds an index; `current()` costs a look at one file's time at most twice a second."""

    def __init__(self, folder: Path, encoder: Encoder, index: Index, stamp: int) -> None:
        self._folder = folder
        self._encoder = encoder
        self._index = index
        self._stamp = stamp
        self._looked = time.monotonic()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> IndexWatcher:
        """Start with the folder's current version; from then on it is looked at whether or not anybody asks."""
        stamp = _stamp(folder)
        watcher = cls(folder, encoder, load_index(folder, encoder), stamp)
        threading.Thread(target=_look_on, args=(weakref.ref(watcher),), name="faq-index-look", daemon=True).start()
        return watcher

    def current(self) -> Index:
        """The newest index that is ready; never waits for one that is being loaded."""
        if time.monotonic() - self._looked >= LOOK_EVERY_SECONDS:
            self._looked = time.monotonic()
            stamp = _stamp(self._folder)
            if stamp not in (0, self._stamp) and self._lock.acquire(blocking=False):
                threading.Thread(target=self._reload, args=(stamp,), name="faq-index", daemon=True).start()
        return self._index

    def _reload(self, stamp: int) -> None:
        try:
            self._index = load_index(self._folder, self._encoder)
        except StoredIndexError:
            logger.exception("the new FAQ index cannot be used; the one in use stays")
        finally:
            self._stamp = stamp
            self._lock.release()


def _look_on(watcher: weakref.ref[IndexWatcher]) -> None:
    """Keep it current while it is in use: the first question after a quiet hour is answered from the newest index."""
    while (present := watcher()) is not None:
        present.current()
        del present
        time.sleep(max(LOOK_EVERY_SECONDS, 0.02))


def _stamp(folder: Path) -> int:
    try:
        return (folder / CURRENT).stat().st_mtime_ns
    except OSError:
        return 0
