"""bench/answers: what the answers and intents reach, beside a baseline and published figures, and how fast they are."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path

from bench.answers_parts.measures import PUBLIC, Result, Row, shop
from bench.answers_parts.speed import SPEED, TRAIN_PYTHON
from bench.answers_parts.tuned import in_training_group
from bench.answers_parts.vectors import KeptVectors
from kb_index.encoder import load_encoder
from kb_index.settings import data_dir

ROOT = Path(__file__).parents[2]
# Each takes minutes.
SLOW = ("tuned", "search-large", "swap")


def main() -> int:
    """Measure, print, and write bench/results/answers-<date>.{json,md}."""
    parser = argparse.ArgumentParser(prog="bench/answers", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the public sets")
    parser.add_argument(
        "--only", nargs="*", choices=[*PUBLIC, "tuned", "shop", *SPEED], help="measure only these (nothing is written)"
    )
    parser.add_argument("--quick", action="store_true", help=f"without {', '.join(SLOW)} (nothing is written)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="where the results are kept")
    parser.add_argument("--note", action="append", default=[], help="a remark to keep with the results")
    given = parser.parse_args()

    encoder = load_encoder("minilm")
    kept = KeptVectors(encoder, data_dir() / "bench" / f"both-{encoder.name}.npz")
    parts: dict[str, Callable[[], Result]] = {name: partial(part, given.data, kept) for name, part in PUBLIC.items()}
    parts["tuned"] = partial(in_training_group, given.data)
    parts["shop"] = partial(shop, ROOT / "data" / "faq", ROOT / "data" / "evaluation", kept)
    parts |= {name: partial(part, encoder) for name, part in SPEED.items()}
    missing = {name: given.data / name for name in PUBLIC if not (given.data / name).is_dir()}
    if "few_shot" in missing or not TRAIN_PYTHON.is_file():
        missing["tuned"] = missing.get("few_shot", TRAIN_PYTHON)
    results: dict[str, Result] = {}
    skipped: list[str] = []
    for name, part in parts.items():
        if name not in given.only if given.only else given.quick and name in SLOW:
            continue
        if name in missing:
            skipped.append(f"{name}: {missing[name]} is not there")
            print(f"SKIPPED {skipped[-1]}", file=sys.stderr)
            continue
        results[name] = _measured(name, part)
        if name in PUBLIC:
            kept.keep()
    rows = [row for name, result in results.items() if name not in SPEED for row in result.rows]
    speed = [row for name, result in results.items() if name in SPEED for row in result.rows]
    table = as_markdown(rows, [*(f"SKIPPED {line}" for line in skipped), *given.note]) if rows else ""
    if speed:
        table += f"\n\n## Speed\n\n{speed_as_markdown(speed)}"
    print(table.strip())
    if not given.only and not given.quick:
        facts = about("bench/answers")
        given.out.mkdir(parents=True, exist_ok=True)
        file = given.out / f"answers-{date.today().isoformat()}"
        body = {"about": facts, "rows": [asdict(row) for row in rows], "speed": [asdict(row) for row in speed]}
        body |= {"skipped": skipped, "notes": given.note}
        body["details"] = {name: result.details for name, result in results.items()}
        file.with_suffix(".json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
        head = "# Answers and intents\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items())
        file.with_suffix(".md").write_text(f"{head}\n\n{table}\n", encoding="utf-8")
        print(f"written to {file}.json and .md")
    return 0


def _measured(name: str, part: Callable[[], Result]) -> Result:
    started = time.perf_counter()
    print(f"{name} ...", file=sys.stderr, flush=True)
    result = part()
    print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return result


def as_markdown(rows: list[Row], remarks: list[str]) -> str:
    """The table, with 95 % bootstrap intervals in brackets."""
    lines = ["| measure | ours | baseline, same run | published | must | |", "|---|---|---|---|---|---|"]
    for row in rows:
        verdict = "" if row.reached is None else "reached" if row.reached else "missed"
        lines.append(f"| {row.measure} | {row.ours} | {row.baseline} | {row.published} | {row.must} | {verdict} |")
    notes = [f"- {row.measure}: {row.note}" for row in rows if row.note]
    notes += [
        "- Baseline: the same vectors, logistic regression (C = 10); score for out of scope: probability times squared "
        "cosine to the nearest example.",
        "- In brackets: 95 % bootstrap intervals.",
        *(f"- {remark}" for remark in remarks),
    ]
    return "\n".join([*lines, "", *notes])


def speed_as_markdown(rows: list[Row]) -> str:
    """The second table; what others take stands beside a figure only where they were run as well."""
    lines = ["| measure | ours, one thread | others, same run | must | |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.measure} | {row.ours} | {row.baseline} | {row.must} | {'reached' if row.reached else 'missed'} |"
        for row in rows
    ]
    notes = [f"- {row.measure}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, "", *notes, "- Medians, unless it says otherwise; on the machine named above."])


def about(command: str) -> dict[str, str]:
    """Where and on what this was measured."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "command": command,
        "commit": commit or "unknown",
        "machine": f"{processor}, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


if __name__ == "__main__":
    sys.exit(main())
