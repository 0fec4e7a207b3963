"""The Rasa test stories of this folder, read for playing them against the running assistant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
# Not for `rasa test`, which runs no actions and gives policies nothing of what the FAQ index found.
RUNNING_ONLY = "running"


@dataclass(frozen=True)
class Told:
    """What the customer writes, how it is understood, and what the assistant does then."""

    text: str
    intent: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A story; `reason` is set where it ends at a person.

    `shows` names the signal that is there at the end, `looks_like` one that only seems to be.
    """

    name: str
    reason: str | None
    shows: str | None
    looks_like: str | None
    steps: tuple[Told, ...]

    @property
    def inside_form(self) -> bool:
        """Does a form run in it?"""
        return any(action.endswith("_form") for step in self.steps for action in step.actions)


def read_stories(folder: Path = FOLDER) -> list[Story]:
    """All stories of a folder and those below it, or of a file."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.yml"))
    return [story for file in files for story in _read(file)]


def _read(file: Path) -> Iterator[Story]:
    for story in YAML(typ="safe").load(file.read_text("utf-8"))["stories"]:
        more = story.get("metadata") or {}
        told = (more.get(name) for name in ("reason", "shows", "looks_like"))
        yield Story(story["story"], *told, steps=tuple(_steps(story["steps"])))


def _steps(steps: list[dict[str, Any]]) -> Iterator[Told]:
    starts = [place for place, step in enumerate(steps) if "user" in step]
    for start, end in zip(starts, [*starts[1:], len(steps)], strict=True):
        actions = tuple(step["action"] for step in steps[start:end] if "action" in step)
        yield Told(steps[start]["user"].strip(), steps[start]["intent"], actions)
