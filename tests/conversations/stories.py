"""The Rasa test stories of this folder, read for playing them against the running assistant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
# Not for `rasa test`, which runs no actions and gives policies neither sentence vectors nor what the FAQ index found.
RUNNING_ONLY = "running"


@dataclass(frozen=True)
class Told:
    """What the customer writes, how it is understood, and what the assistant does then."""

    text: str
    intent: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A story; `reason` is set where it ends at a person."""

    name: str
    reason: str | None
    steps: tuple[Told, ...]


def read_stories(folder: Path = FOLDER) -> list[Story]:
    """All stories of a folder and those below it, or of a file."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.yml"))
    return [story for file in files for story in _read(file)]


def _read(file: Path) -> Iterator[Story]:
    for story in YAML(typ="safe").load(file.read_text("utf-8"))["stories"]:
        reason = (story.get("metadata") or {}).get("reason")
        yield Story(story["story"], reason, tuple(_steps(story["steps"])))


def _steps(steps: list[dict[str, Any]]) -> Iterator[Told]:
    starts = [place for place, step in enumerate(steps) if "user" in step]
    for start, end in zip(starts, [*starts[1:], len(steps)], strict=True):
        actions = tuple(step["action"] for step in steps[start:end] if "action" in step)
        yield Told(steps[start]["user"].strip(), steps[start]["intent"], actions)
