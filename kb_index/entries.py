"""What the content team writes: one `FaqEntry` for each question the bot can answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kb_index.errors import ContentError, Fault

LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)")


@dataclass(frozen=True)
class Source:
    """Where an entry was written; `wording_lines` runs parallel to its wordings."""

    file: Path
    line: int
    wording_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class FaqEntry:
    """One question, the other ways customers put it, and the answer."""

    id: str
    question: str
    wordings: tuple[str, ...]
    answer: str
    source: Source
    short: str | None = None
    topic: str = ""
    links: tuple[str, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)
    follow_ups: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def phrasings(self) -> tuple[str, ...]:
        """The question and every other wording of it."""
        return (self.question, *self.wordings)

    @property
    def answers(self) -> tuple[str, ...]:
        """The texts of the answer: its long and its short form."""
        return (self.answer, self.short) if self.short else (self.answer,)

    def is_valid_on(self, day: date) -> bool:
        """Whether the entry may be given on that day; both ends belong to the period."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


def links_in(markdown: str) -> tuple[str, ...]:
    """The targets of all Markdown links, in order."""
    return tuple(LINK.findall(markdown))


def load_entries(folder: Path) -> list[FaqEntry]:
    """All entries of a folder's `*.yml` files (or of one file), sorted by id; ContentError lists every fault."""
    from kb_index.schema import read_file

    files = [folder] if folder.is_file() else sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])
    faults: list[Fault] = []
    if not files:
        faults.append(Fault(folder, 1, "expected a folder with .yml files, found none"))
    entries = [entry for file in files for entry in read_file(file, faults)]
    faults.extend(_faults_between(entries))
    if faults:
        raise ContentError(sorted(faults, key=lambda fault: (str(fault.file), fault.line)))
    return sorted(entries, key=lambda entry: entry.id)


def _faults_between(entries: Iterable[FaqEntry]) -> list[Fault]:
    """Faults that only show when the files are read together."""
    faults: list[Fault] = []
    first: dict[str, FaqEntry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.id, entry)
        if earlier is not entry:
            where = f"{earlier.source.file.name}:{earlier.source.line}"
            faults.append(Fault(entry.source.file, entry.source.line, f"id {entry.id} is already used at {where}"))
    return faults
