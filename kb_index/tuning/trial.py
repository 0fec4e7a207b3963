"""One trial: tune, let both encoders answer the held-out questions, and keep the tuned one only if it is better."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb_index import minilm, tuned
from kb_index.encoder import load_encoder
from kb_index.index import Progress
from kb_index.questions import Example
from kb_index.tuning.comparison import Change, compare, is_better
from kb_index.tuning.examples import Material
from kb_index.tuning.training import Recipe, require_group, tune


@dataclass(frozen=True)
class Outcome:
    """What a trial showed; `encoder` is the name of the kept one."""

    changes: Sequence[Change]
    kept: bool
    folder: Path
    encoder: str | None
    examples: int
    labels: int

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "kept": self.kept,
            "folder": str(self.folder),
            "encoder": self.encoder,
            "examples": self.examples,
            "labels": self.labels,
            "figures": [figure(change) for change in self.changes],
        }


def figure(change: Change) -> dict[str, Any]:
    """A change as JSON, rounded; null where a figure is undefined."""
    return {name: _rounded(value) for name, value in asdict(change).items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_rounded(part) for part in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def run(
    material: Material,
    folder: Path,
    *,
    wrong_answer_rate: float,
    refit: bool = False,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Tune on the material's examples and judge by its held-out questions; `folder` changes only if that was better.

    With `refit` the kept encoder is tuned once more, the same way, on the held-out questions too: the figures are then
    those of a recipe that had fewer examples.
    """
    require_group()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=folder.parent) as workshop:
        made, cache = Path(workshop) / "encoder", Path(workshop) / "cache"
        make(material.examples, made, recipe=recipe, progress=progress)
        before, after = load_encoder(), tuned.load(made, cache)
        changes = [
            change
            for judge in material.judges
            for change in compare(judge.title, judge.judge(before), judge.judge(after), wrong_answer_rate)
        ]
        better = is_better(changes)
        used: Sequence[Example] = material.examples
        name = None
        if better:
            if refit:
                used = material.everything
                make(used, made, recipe=recipe, progress=progress)
            tuned.record(made, {**about(used), "refit": refit, "figures": [figure(change) for change in changes]})
            name = tuned.load(made, cache).name
            _replace(folder, made, Path(workshop))
    return Outcome(changes, better, folder, name, len(used), len({example.label for example in used}))


def make(
    examples: Sequence[Example], folder: Path, *, recipe: Recipe | None = None, progress: Progress | None = None
) -> None:
    """Tune and record hashes, without any comparison."""
    tune(examples, folder, recipe=recipe, progress=progress)
    tuned.record(folder, about(examples))


def about(examples: Sequence[Example]) -> dict[str, Any]:
    """What the manifest says of an encoder's origin."""
    return {
        "tuned_from": {"model": "all-MiniLM-L6-v2", "sha256": minilm.WEIGHTS_SHA256},
        "examples": len(examples),
        "labels": len({example.label for example in examples}),
    }


def _replace(folder: Path, made: Path, workshop: Path) -> None:
    if folder.exists():
        folder.rename(workshop / "old")
    shutil.move(made, folder)
