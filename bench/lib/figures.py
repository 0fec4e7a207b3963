"""Quantiles, and what a process used."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")

_TICK = os.sysconf("SC_CLK_TCK")


def quantile(values: Iterable[float], q: float) -> float:
    """The smallest value that at least the share ``q`` of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, p95, p99, largest, and how many there were."""
    named = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"n": len(values), **{name: round(quantile(values, q), 2) for name, q in named.items()}}


def milliseconds(do: Callable[[Item], object], items: Sequence[Item], warm_up: int = 20) -> list[float]:
    """How long it takes for each item; the first few are done once more beforehand."""
    for item in items[:warm_up]:
        do(item)
    times = []
    for item in items:
        began = time.perf_counter()
        do(item)
        times.append((time.perf_counter() - began) * 1000)
    return times


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor time each process has used so far, user and system."""
    used = {}
    for name, pid in pids.items():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[name] = (int(fields[11]) + int(fields[12])) / _TICK
    return used


def cpu_ms_each(before: Mapping[str, float], after: Mapping[str, float], count: int) -> dict[str, float]:
    """Milliseconds of processor time per message, by process."""
    each = {name: round((after[name] - before[name]) * 1000 / count, 2) for name in before}
    return {**each, "all": round(sum(each.values()), 2)}


def resident_kb(pid: int) -> int:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def sync_ms(folder: Path, count: int = 100) -> list[float]:
    """How long this disk takes to make a small append durable: the floor under every acknowledged message."""
    times = []
    with (folder / "sync.probe").open("wb") as file:
        for _ in range(count):
            file.write(b"x" * 400)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    (folder / "sync.probe").unlink()
    return times
