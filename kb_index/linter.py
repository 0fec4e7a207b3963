"""What a careful editor would say about the FAQ: entries that get in each other's way, dead links, long answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from kb_index.building import plain
from kb_index.encoder import Encoder, Vectors
from kb_index.entries import FaqEntry
from kb_index.figures_in_text import figures_without_unit, quantities, sentences


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # customers will meet a dead end
    WARNING = "warning"  # somebody should look at it


@dataclass(frozen=True)
class Finding:
    """One remark with its place."""

    file: Path
    line: int
    severity: Severity
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity.value}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class Limits:
    """From where on the linter speaks up; similarities are cosines."""

    wordings: int = 6
    answer_words: int = 90
    short_characters: int = 300
    copy: float = 0.97
    twin: float = 0.92
    # Of 600 of the shop's wordings put into a wrong entry these find 388, with 33 remarks on the content as it was; the
    # single nearest wording, with whatever lead, found 170 with 67.
    nearest: int = 3
    theft: float = 0.45
    theft_lead: float = 0.25
    same_statement: float = 0.75
    same_subject: float = 0.6


def lint(entries: Sequence[FaqEntry], encoder: Encoder, limits: Limits | None = None) -> list[Finding]:
    """All findings, by file and line."""
    limits = limits or Limits()
    found = [*_sizes(entries, limits), *_dead_ends(entries), *_shorts_that_differ(entries)]
    if entries:
        wordings = _Wordings.of(entries, encoder)
        found += [*wordings.copies(limits), *wordings.thefts(limits), *_twins(entries, encoder, limits)]
        found += _contradictions(entries, encoder, limits)
    return sorted(found, key=lambda finding: (str(finding.file), finding.line, finding.message))


def _finding(entry: FaqEntry, severity: Severity, rule: str, message: str, wording: int = 0) -> Finding:
    """`wording`: number among the entry's phrasings; 0 is the question, which stands with the entry."""
    lines = entry.source.wording_lines
    line = lines[wording - 1] if 0 < wording <= len(lines) else entry.source.line
    return Finding(entry.source.file, line, severity, rule, message)


def _sizes(entries: Sequence[FaqEntry], limits: Limits) -> Iterator[Finding]:
    for entry in entries:
        if len(entry.wordings) < limits.wordings:
            message = f"{entry.id} has {len(entry.wordings)} other wordings, expected at least {limits.wordings}"
            yield _finding(entry, Severity.WARNING, "few-wordings", message)
        words = len(plain(entry.answer).split())
        if words > limits.answer_words:
            message = f"the answer of {entry.id} has {words} words, expected at most {limits.answer_words}"
            yield _finding(entry, Severity.WARNING, "long-answer", message)
        if entry.short and len(entry.short) > limits.short_characters:
            message = f"the short answer of {entry.id} has {len(entry.short)} characters, "
            message += f"expected at most {limits.short_characters}"
            yield _finding(entry, Severity.WARNING, "long-answer", message)


def _dead_ends(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    known = {entry.id for entry in entries}
    topics = {entry.topic for entry in entries}
    for entry in entries:
        for target in entry.follow_ups:
            if target not in known:
                message = f"{entry.id} is followed up by {target}, which does not exist"
                yield _finding(entry, Severity.ERROR, "dead-follow-up", message)
            elif target == entry.id:
                yield _finding(entry, Severity.ERROR, "dead-follow-up", f"{entry.id} is its own follow-up")
        for link in entry.links:
            if not link.startswith("/help/"):
                continue
            parts = link.partition("#")[0].removeprefix("/help/").strip("/").split("/")
            alive = parts[0] in topics if len(parts) == 1 else ".".join(parts) in known
            if not alive:
                yield _finding(entry, Severity.ERROR, "dead-link", f"{entry.id} links to {link}, which does not exist")


def _shorts_that_differ(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    for entry in entries:
        told = quantities(plain(entry.answer))
        bare = figures_without_unit(plain(entry.answer))
        for unit, values in quantities(plain(entry.short or "")).items():
            if unit in told and not values <= told[unit] | bare:
                new = ", ".join(sorted(values - told[unit] - bare))
                message = f"{entry.id}: the short answer says {new} {unit}, the answer says "
                message += f"{', '.join(sorted(told[unit]))} {unit}"
                yield _finding(entry, Severity.WARNING, "contradiction", message)


@dataclass(frozen=True)
class _Wordings:
    """All phrasings of all entries, compared with each other."""

    entries: Sequence[FaqEntry]
    owners: list[int]
    numbers: list[int]
    texts: list[str]
    vectors: Vectors

    @classmethod
    def of(cls, entries: Sequence[FaqEntry], encoder: Encoder) -> _Wordings:
        each = [(o, n, text) for o, entry in enumerate(entries) for n, text in enumerate(entry.phrasings)]
        texts = [text for _, _, text in each]
        return cls(entries, [o for o, _, _ in each], [n for _, n, _ in each], texts, encoder.encode(texts))

    def copies(self, limits: Limits) -> Iterator[Finding]:
        owners = np.array(self.owners)
        for place, owner in enumerate(self.owners):
            alike = self.vectors[:place] @ self.vectors[place]
            near = np.flatnonzero((owners[:place] == owner) & (alike >= limits.copy))
            if len(near):
                message = f"nearly the same as {self.texts[near[0]]!r}: {self.texts[place]!r}"
                yield _finding(self.entries[owner], Severity.WARNING, "near-copy", message, self.numbers[place])

    def thefts(self, limits: Limits) -> Iterator[Finding]:
        """Wordings that lie clearly nearer to the wordings of another entry than to the rest of their own.

        Nearness is the mean of the nearest few: that two wordings share a turn of phrase says little.
        """
        owners = np.array(self.owners)
        own = np.full(len(owners), np.inf)  # nothing to compare with, where an entry has a single wording
        nearest = np.full(len(owners), -1.0)
        thieves = np.zeros(len(owners), dtype=np.int64)
        for entry in range(len(self.entries)):
            theirs = np.flatnonzero(owners == entry)
            alike = self.vectors @ self.vectors[theirs].T
            others = owners != entry
            near = np.where(others, _mean_of_best(alike, limits.nearest), -1)
            closer = near > nearest
            nearest[closer] = near[closer]
            thieves[closer] = theirs[alike.argmax(axis=1)[closer]]
            if len(theirs) > 1:
                among = alike[theirs]
                np.fill_diagonal(among, -np.inf)
                own[theirs] = _mean_of_best(among, min(limits.nearest, len(theirs) - 1))
        folded = [text.casefold() for text in self.texts]
        places: dict[str, list[int]] = {}
        for place, text in enumerate(folded):
            places.setdefault(text, []).append(place)
        for place, owner in enumerate(self.owners):
            same = next((other for other in places[folded[place]] if self.owners[other] != owner), None)
            thief = int(thieves[place]) if same is None else same
            if same is None and (nearest[place] < limits.theft or nearest[place] < own[place] + limits.theft_lead):
                continue
            message = f"{self.texts[place]!r} is nearer to {self.entries[self.owners[thief]].id} "
            message += f"({self.texts[thief]!r}) than to its own entry {self.entries[owner].id}"
            severity = Severity.WARNING if same is None else Severity.ERROR
            yield _finding(self.entries[owner], severity, "stolen-question", message, self.numbers[place])


def _mean_of_best(alike: Vectors, count: int) -> Vectors:
    """The mean of the highest `count` similarities in each row, of all where there are fewer."""
    count = min(count, alike.shape[1])
    best: Vectors = np.partition(alike, alike.shape[1] - count, axis=1)[:, -count:].mean(axis=1)
    return best


def _twins(entries: Sequence[FaqEntry], encoder: Encoder, limits: Limits) -> Iterator[Finding]:
    vectors = encoder.encode([entry.question for entry in entries])
    for place, entry in enumerate(entries):
        alike = vectors[:place] @ vectors[place]
        for other in np.flatnonzero(alike >= limits.twin):
            message = f"{entry.id} asks nearly the same as {entries[other].id}: {entries[other].question!r}"
            yield _finding(entry, Severity.WARNING, "near-duplicate", message)


def _contradictions(entries: Sequence[FaqEntry], encoder: Encoder, limits: Limits) -> Iterator[Finding]:
    """Statements that say nearly the same of the same subject, with other figures in the same unit."""
    each = [
        (entry, text, found) for entry in entries for text in sentences(entry.answer) if (found := quantities(text))
    ]
    if not each:
        return
    vectors = encoder.encode([text for _, text, _ in each])
    # "The refund follows within 5 working days" means what the question above it makes it mean.
    subjects = encoder.encode([f"{entry.question} {text}" for entry, text, _ in each])
    for place, (entry, text, found) in enumerate(each):
        alike = vectors[:place] @ vectors[place] >= limits.same_statement
        alike &= subjects[:place] @ subjects[place] >= limits.same_subject
        for other in np.flatnonzero(alike):
            other_entry, other_text, other_found = each[other]
            units = [unit for unit in found if unit in other_found and not found[unit] & other_found[unit]]
            if other_entry.id != entry.id and units:
                message = f"{entry.id} says {text!r}, but {other_entry.id} says {other_text!r}"
                yield _finding(entry, Severity.WARNING, "contradiction", message)
