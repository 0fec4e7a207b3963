"""Reading labelled dialogues: faults name file and line and say what was expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.handoff.detector import DATA
from bot.handoff.dialogues import read_dialogues
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffReason

GOOD: dict[str, Any] = {
    "id": "d1",
    "turns": [{"author": "contact", "text": "hi"}, {"author": "bot", "text": "Hello!"}],
    "labels": [{"turn": 0, "handoff": True, "reason": "frustrated", "frustration": 2}],
}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_good_line_is_read(tmp_path: Path) -> None:
    (dialogue,) = read_dialogues(write(tmp_path / "d.jsonl", GOOD))
    label = dialogue.handoff()
    assert label is not None
    assert (label.turn, label.reason, dialogue.kind) == (0, HandoffReason.FRUSTRATED, "frustrated")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", r"d\.jsonl:2: not valid JSON"),
        ({"id": "x"}, r"d\.jsonl:2: expected"),
        ({**GOOD, "id": "x", "turns": [{"author": "customer", "text": "hi"}]}, 'turn 0: expected {"author"'),
        ({**GOOD, "id": "x", "turns": [{"author": "bot", "text": "hi", "action": "sang"}]}, "unknown action 'sang'"),
        ({**GOOD, "id": "x", "labels": [{"turn": 1, "handoff": False}]}, "not the index of a contact's turn"),
        ({**GOOD, "id": "x", "labels": [{"turn": 0, "handoff": True}]}, "gives no reason"),
        ({**GOOD, "id": "x", "labels": [{"turn": 0, "handoff": True, "reason": "angry"}]}, "unknown reason 'angry'"),
        ({**GOOD, "id": "x", "labels": [{"turn": 0, "handoff": False, "frustration": 9}]}, "0, 1, 2 or 3"),
        (GOOD, "'d1' is used twice"),
    ],
)
def test_a_bad_line_is_named(line: Any, expected: str, tmp_path: Path) -> None:
    with pytest.raises(HandoffDataError, match=expected):
        read_dialogues(write(tmp_path / "d.jsonl", GOOD, line))


def test_a_missing_and_an_empty_file_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(HandoffDataError, match="no such file"):
        read_dialogues(tmp_path / "none.jsonl")
    with pytest.raises(HandoffDataError, match="no dialogues"):
        read_dialogues(write(tmp_path / "d.jsonl", ""))


def test_the_fit_dialogues_cover_every_weighed_reason_and_enough_calm_ones() -> None:
    dialogues = read_dialogues(DATA / "dialogues_fit.jsonl")
    reasons = [label.reason for item in dialogues if (label := item.handoff()) is not None]
    assert len(dialogues) >= 240
    assert 1 - len(reasons) / len(dialogues) >= 0.45
    for reason in ("asked_for_human", "frustrated", "too_complex", "no_answer", "sensitive_topic"):
        assert reasons.count(HandoffReason(reason)) >= 20
