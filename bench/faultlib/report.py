"""What a run prints and keeps: one table for people, one file for machines."""

from __future__ import annotations

import json
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baton.checkout import ROOT
from bench.faultlib.audit import FAULTS, Findings


@dataclass(frozen=True)
class Report:
    """One finished run."""

    options: Mapping[str, Any]
    findings: Findings
    counts: Counter[str]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Everything, details of faults included."""
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "machine": machine(),
            "options": dict(self.options),
            "seconds": round(self.seconds, 1),
            "figures": self.findings.figures,
            "faults": {name: len(details) for name, details in self.findings.faults.items()},
            "fault_details": {name: details[:50] for name, details in self.findings.faults.items() if details},
            "kills": _by_kind(self.counts, "kill "),
            "restarts": _by_kind(self.counts, "restart "),
            "pauses": _by_kind(self.counts, "pause "),
            "redis_connections_cut": self.counts["cut redis"],
        }

    def as_table(self) -> str:
        """Markdown."""
        raw = self.as_json()
        kills = sum(raw["kills"].values())
        rows = [f"| {name.replace('_', ' ')} | {value} |" for name, value in raw["figures"].items()]
        rows += [f"| **{name.replace('_', ' ')}** ({FAULTS[name]}) | **{n}** |" for name, n in raw["faults"].items()]
        rows.append(f"| kills | {kills} ({_words(raw['kills'])}) |")
        rows.append(f"| restarts | {sum(raw['restarts'].values())} ({_words(raw['restarts'])}) |")
        rows.append(f"| pauses of 10 s | {sum(raw['pauses'].values())} ({_words(raw['pauses'])}) |")
        rows.append(f"| all connections to Redis cut | {raw['redis_connections_cut']} times |")
        options = " ".join(f"--{key.removesuffix('_s')} {value}" for key, value in raw["options"].items())
        head = [
            f"# Fault run, seed {raw['options'].get('seed')}, {raw['date']}",
            "",
            f"`bench/faults {options}` on commit {raw['commit']}; {raw['machine']}; {raw['seconds']} s.",
            "",
            "| measured | value |",
            "|---|---|",
        ]
        return "\n".join([*head, *rows, ""])


def keep(name: str, table: str, raw: Mapping[str, Any]) -> Path:
    """Write both files into bench/results."""
    folder = ROOT / "bench" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{name}"
    stem.with_suffix(".json").write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n")
    stem.with_suffix(".md").write_text(table)
    return stem.with_suffix(".md")


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def commit() -> str:
    """The commit, with a plus where the working tree differs from it."""
    short = _git("rev-parse", "--short", "HEAD")
    changed = _git(
        "status", "--porcelain", "--untracked-files=no", "--", "handoff_api", "bot", "actions", "baton", "kb_index"
    )
    return short + ("+" if changed else "")


def machine() -> str:
    """Cores and kind of processor; no names."""
    model = platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return f"{len(names)} cores, {names[0] if names else model}, {platform.system()}"
    except OSError:
        return f"{model}, {platform.system()}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _by_kind(counts: Counter[str], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in sorted(counts.items()) if name.startswith(prefix)}


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
