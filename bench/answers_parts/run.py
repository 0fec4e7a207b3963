"""bench/answers: what the answers and intents reach, beside a baseline and published figures, and how fast they are."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from bench.answers_parts.measures import PUBLIC, Measure, Result, Row, shop
from bench.answers_parts.speed import SPEED
from bench.answers_parts.tuned import few_shot_tuned
from bench.answers_parts.vectors import KeptVectors
from kb_index.encoder import load_encoder
from kb_index.settings import data_dir

ROOT = Path(__file__).parents[2]
TUNED: dict[str, Measure] = {"few_shot": few_shot_tuned}


def main() -> int:
    """Measure, print, and write bench/results/answers-<date>.{json,md}."""
    parser = argparse.ArgumentParser(prog="bench/answers", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the public sets")
    parser.add_argument(
        "--only", nargs="*", choices=[*PUBLIC, "shop", *SPEED], help="measure only these (nothing is written)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="where the results are kept")
    parser.add_argument(
        "--tuned",
        action="store_true",
        help="instead: the few-shot sets with the encoder tuned on their examples (minutes; needs script/train-group)",
    )
    parser.add_argument("--note", action="append", default=[], help="a remark to keep with the results")
    given = parser.parse_args()

    encoder = load_encoder("minilm")
    kept = KeptVectors(encoder, data_dir() / "bench" / f"vectors-{encoder.name}.npz")
    results: dict[str, Result] = {}
    skipped: list[str] = []
    for name, measure in (TUNED if given.tuned else PUBLIC).items():
        if given.only and name not in given.only:
            continue
        if not (given.data / name).is_dir():
            skipped.append(f"{name}: {given.data / name} is not there")
            print(f"SKIPPED {skipped[-1]}", file=sys.stderr)
            continue
        _measure(name, lambda measure=measure: measure(given.data, kept), results)
        kept.keep()
    if not given.tuned and (not given.only or "shop" in given.only):
        _measure("shop", lambda: shop(ROOT / "data" / "faq", ROOT / "data" / "evaluation", kept), results)
    for name, part in ({} if given.tuned else SPEED).items():
        if not given.only or name in given.only:
            _measure(name, lambda part=part: part(encoder), results)
    rows = [row for name, result in results.items() if name not in SPEED for row in result.rows]
    speed = [row for name, result in results.items() if name in SPEED for row in result.rows]
    table = as_markdown(rows, [*(f"SKIPPED {line}" for line in skipped), *given.note]) if rows else ""
    if speed:
        table += f"\n\n## Speed\n\n{speed_as_markdown(speed)}"
    print(table.strip())
    if not given.only:
        facts = about("bench/answers --tuned" if given.tuned else "bench/answers")
        given.out.mkdir(parents=True, exist_ok=True)
        file = given.out / f"answers-{'tuned-' if given.tuned else ''}{date.today().isoformat()}"
        body = {"about": facts, "rows": [asdict(row) for row in rows], "speed": [asdict(row) for row in speed]}
        body |= {"skipped": skipped, "notes": given.note}
        body["details"] = {name: result.details for name, result in results.items()}
        file.with_suffix(".json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
        head = "# Answers and intents\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items())
        file.with_suffix(".md").write_text(f"{head}\n\n{table}\n", encoding="utf-8")
        print(f"written to {file}.json and .md")
    return 0


def _measure(name: str, measure: Any, results: dict[str, Result]) -> None:
    started = time.perf_counter()
    print(f"{name} ...", file=sys.stderr, flush=True)
    results[name] = measure()
    print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


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
