"""The FAQ index of the running assistant: built at training, replaced while running when content people rebuild it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.encoder import RememberingEncoder
from bot.faq import FaqResult
from kb_index.asked import ask, ask_each
from kb_index.decision import Outcome
from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry, load_entries
from kb_index.errors import StoredIndexError
from kb_index.index import Index, Match
from kb_index.index_files import CURRENT
from kb_index.questions import Question, load_questions
from kb_index.settings import index_folder
from kb_index.watcher import IndexWatcher


def load_content(faq: Path, questions: Path) -> tuple[list[FaqEntry], list[Question]]:
    """The entries, and the labelled questions if there are any."""
    entries = load_entries(faq)
    return entries, load_questions(questions, {entry.id for entry in entries}) if questions.is_file() else []


def remember_live_index(encoder: RememberingEncoder) -> None:
    """Take over the vectors of the index in use: training after an edit encodes only what changed."""
    try:
        live = Index.load(index_folder(), encoder)
    except StoredIndexError:
        return
    encoder.remember(live.texts, live.evidence.rows.vectors)


class LiveIndex:
    """The newest index, whoever made it."""

    def __init__(self, watcher: IndexWatcher) -> None:
        self._watcher = watcher

    @classmethod
    def load(cls, trained: Path, encoder: Encoder, live: Path | None = None) -> LiveIndex:
        """Start from the model's index or the live one, whichever is newer, and watch the live folder from then on."""
        folder = live or index_folder()
        with _one_at_a_time(folder):
            usable = _is_usable(folder, encoder)
            if not usable:
                # Left by another version of the program; saving would keep a version of the same name.
                shutil.rmtree(folder, ignore_errors=True)
            if not usable or _made_at(trained) >= _made_at(folder):
                Index.load(trained, encoder).save(folder)
        return cls(IndexWatcher.load(folder, encoder))

    @property
    def encoder(self) -> str:
        """The name of its encoder."""
        return self._watcher.current().encoder.name

    def search(self, text: str, vector: NDArray[np.float32] | None, earlier: str | None = None) -> FaqResult:
        """Outcome and candidates for a message; `earlier` is the entry that the last answer came from."""
        index = self._watcher.current()
        asked = ask(index, text, vector, earlier)
        return FaqResult.of(asked.decision.outcome.value, asked.matches, index.entries)

    def search_each(self, text: str, earlier: str | None, is_task: Callable[[str], bool]) -> FaqResult | None:
        """The same for each question of a message that asks several; None where it asks one, or none is answered.

        `is_task`: whether some words ask for a task of the assistant.
        """
        index = self._watcher.current()
        several = ask_each(index, text, earlier, is_task)
        return FaqResult.of_parts(several, index.entries) if several else None

    def candidates(self, text: str, most: int) -> list[Match]:
        """The likeliest entries for a text, best first."""
        return self._watcher.current().search(text, most)

    def chosen(self, entry_id: str) -> FaqResult | None:
        """The entry somebody chose by a button; None when it is not there (any more)."""
        index = self._watcher.current()
        entry = index.entries.get(entry_id)
        if entry is None:
            return None
        return FaqResult.of(Outcome.ANSWER.value, [Match(entry_id, 1.0, entry.question, 1.0)], index.entries)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Several processes of the bot may start together; the lock ends with its process, however that ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield


def _made_at(folder: Path) -> float:
    try:
        return (folder / CURRENT).stat().st_mtime
    except OSError:
        return 0.0


def _is_usable(folder: Path, encoder: Encoder) -> bool:
    try:
        Index.load(folder, encoder)
    except StoredIndexError:
        return False
    return True
