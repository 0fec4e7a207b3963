"""Prints a benchmark's tables and keeps them under bench/results with the commit, the machine and the command."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baton.checkout import ROOT

RESULTS = ROOT / "bench" / "results"


@dataclass
class Report:
    """Sections of tables, and the same figures as JSON."""

    name: str
    quick: bool
    figures: dict[str, Any] = field(default_factory=dict)
    targets: list[tuple[str, str, str, bool]] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    load_before: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))

    def section(self, title: str, head: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> None:
        """Add a table and print it at once."""
        text = f"## {title}\n\n{table(head, rows)}\n"
        if note:
            text += f"\n{note}\n"
        self._parts.append(text)
        print(f"\n{text}", end="", flush=True)

    def target(self, what: str, wanted: str, got: str, *, met: bool) -> None:
        """Hold a figure against what it must reach."""
        self.targets.append((what, wanted, got, met))

    def path(self, ending: str) -> Path:
        """Where a result of this run goes."""
        quick = "-quick" if self.quick else ""
        return RESULTS / f"{self.name}-{self.started:%Y-%m-%d}{quick}.{ending}"

    def write(self, picture: Path | None = None) -> bool:
        """Print what was reached and write the files; False where a target was missed."""
        rows = [(what, wanted, got, "yes" if met else "NO") for what, wanted, got, met in self.targets]
        self.section("Reached", ["figure", "target", "measured", "met"], rows)
        about = {
            "date": self.started.isoformat(timespec="seconds"),
            "command": shlex.join([f"bench/{self.name}", *sys.argv[1:]]),
            "commit": commit(),
            "machine": machine(),
            "load_before": self.load_before,
        }
        targets = [{"figure": w, "target": t, "measured": g, "met": m} for w, t, g, m in self.targets]
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.path("json").write_text(
            json.dumps({**about, "targets": targets, "figures": self.figures}, indent=2) + "\n", "utf-8"
        )
        head = [f"# bench/{self.name}, {self.started:%Y-%m-%d}", ""]
        head += [f"- {key.replace('_', ' ')}: {_words(value)}" for key, value in about.items()]
        picture_line = [f"![curve]({picture.name})", ""] if picture else []
        self.path("md").write_text("\n".join([*head, "", *picture_line, "\n".join(self._parts)]), "utf-8")
        print(f"written to {self.path('md').relative_to(ROOT)} and .json", flush=True)
        return all(met for *_, met in self.targets)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table with aligned columns."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def commit() -> str:
    """The commit, marked where tracked files differ from it."""
    return _git("rev-parse", "--short=12", "HEAD") + (" with changes" if _git("status", "--porcelain", "-uno") else "")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo").read_text()
    models = {line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")}
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    return {
        "cpu": ", ".join(sorted(models)),
        "cores": os.cpu_count(),
        "memory_gb": memory,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _words(value: object) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
