"""The rows on speed are measured on what they name, and each part can be run alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.answers_parts.speed import many_entries
from kb_index.entries import load_entries

CHECKOUT = Path(__file__).parents[2]


def test_very_many_wordings_are_different_and_as_long_as_the_shops() -> None:
    known = load_entries(CHECKOUT / "data" / "faq")
    made = many_entries(known, 20_000, 10)
    texts = [text for entry in made for text in entry.phrasings]
    assert len({entry.id for entry in made}) == len(made) < 2_100
    assert len(texts) == len({text.lower() for text in texts}) == 20_000
    real = [text for entry in known for text in entry.phrasings]
    assert abs(_words(texts) / _words(real) - 1) < 0.2
    assert made == many_entries(known, 20_000, 10)


def test_one_part_runs_alone_and_keeps_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.answers_parts.run", "--only", "encode", "--out", str(tmp_path)],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == 2
    assert rows[1].startswith("| encoding one question of ")
    assert not list(tmp_path.iterdir())


def test_what_is_not_there_is_skipped_and_said(tmp_path: Path) -> None:
    parts = ["hint3_sofmattress", "few_shot", "tuned"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.answers_parts.run", "--data", str(tmp_path / "nowhere"), "--only", *parts],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    skipped = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("SKIPPED")]
    assert skipped == [f"{part}:" for part in parts]


def _words(texts: list[str]) -> float:
    return sum(len(text.split()) for text in texts) / len(texts)
