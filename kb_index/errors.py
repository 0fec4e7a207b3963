"""What can go wrong in the index, as one small tree.

KbIndexError
├── ContentError      the content team's files have faults; each one names its file and line
├── DataError         a labelled data set (CSV or JSONL) cannot be used
├── EncoderError      the encoder's weights are missing, altered or cannot be read
│   └── TrainingGroupMissing  what was asked for needs sentence-transformers and torch
└── StoredIndexError  a saved index is missing, damaged or made by another encoder
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class KbIndexError(Exception):
    """Anything this package refuses to do."""


class EncoderError(KbIndexError):
    """The encoder's weights are missing, altered or cannot be read."""


class TrainingGroupMissing(EncoderError):
    """What was asked for needs sentence-transformers and torch, which an ordinary installation leaves out."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs sentence-transformers and torch, 4.5 GB that the assistant does without; "
            "install them with script/train-group, then try again"
        )


class StoredIndexError(KbIndexError):
    """A saved index is missing, damaged or made by another encoder."""


class DataError(KbIndexError):
    """A labelled data set cannot be used; the message names file and line."""


@dataclass(frozen=True)
class Fault:
    """One mistake in a content file."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(KbIndexError):
    """The content team's files have faults; `faults` holds every one of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
