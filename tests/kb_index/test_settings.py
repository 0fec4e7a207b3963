"""Which encoder the assistant's configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.settings import configured_encoder, configured_wrong_answer_rate

ROOT = Path(__file__).parents[2]


def test_the_shipped_configuration_names_the_default() -> None:
    assert configured_encoder(ROOT / "config.yml") == "minilm"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("encoder: &encoder multilingual   # sixteen languages", "multilingual"),
        ("encoder: models/encoder", "models/encoder"),
        ('encoder: "models/encoder"', "models/encoder"),
        ("# encoder: multilingual", "minilm"),
        ("", "minilm"),
    ],
)
def test_the_first_line_that_names_one_counts(tmp_path: Path, line: str, expected: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(f"pipeline:\n  - name: Featurizer\n    {line}\n  - name: Understanding\n    encoder: *encoder\n")
    assert configured_encoder(file) == expected


def test_without_a_configuration_it_is_the_default(tmp_path: Path) -> None:
    assert configured_encoder(tmp_path / "config.yml") == "minilm"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    wrong_answer_rate: 0.03", 0.03),
        ("    wrong_answer_rate: 0.1   # one in ten", 0.1),
        ("    # wrong_answer_rate: 0.1", None),
        ("    encoder: minilm", None),
    ],
)
def test_the_wrong_answer_rate_is_read_from_the_configuration(
    tmp_path: Path, line: str, expected: float | None
) -> None:
    file = tmp_path / "config.yml"
    file.write_text(f"pipeline:\n  - name: x\n{line}\n", encoding="utf-8")
    assert configured_wrong_answer_rate(file) == expected
    assert configured_wrong_answer_rate(tmp_path / "missing.yml") is None
