"""Evaluation counts what happened, and the gate notices a spoiled entry."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb_index.encoder import Encoder
from kb_index.errors import DataError
from kb_index.evaluation import ask, evaluate_index
from kb_index.gate import Gate
from kb_index.index import Index
from kb_index.questions import Question
from tests.kb_index import shop

QUESTIONS = [
    Question("boat for an hour, price?", "boats.rent"),
    Question("can I bring my terrier along in the canoe", "boats.dogs"),
    Question("the page says e42", "boats.error"),
    Question("e17 what now", "boats.error_card"),
    Question("does anybody teach six year olds to swim", "swim.lessons"),
    Question("lake too chilly?", "swim.water"),
    Question("is the café still open at five", "cafe.hours"),
    Question("celiac friendly desserts", "cafe.cake"),
    Question("where can I park the car", None),
    Question("who is the mayor", None),
]


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> Index:
    return Index.build(shop.entries(), encoder)


def test_figures(index: Index) -> None:
    report = evaluate_index(index, QUESTIONS).as_dict()
    assert {"p_at_1", "r_at_3", "mrr", "map", "coverage", "wrong_answer_rate", "oos_auroc", "ece"} <= set(report)
    assert report["counts"] == {"questions": 10, "in_scope": 8, "out_of_scope": 2, "entries": 8}
    first = [index.search(question.text, 3) for question in QUESTIONS if question.expected]
    expected = [question.expected for question in QUESTIONS if question.expected]
    p_at_1 = sum(matches[0].entry_id == wanted for matches, wanted in zip(first, expected, strict=True)) / 8
    assert report["p_at_1"] == pytest.approx(p_at_1)
    assert p_at_1 >= 0.75
    assert report["map"] == report["mrr"] >= report["p_at_1"]
    low, high = report["intervals"]["p_at_1"]  # type: ignore[index]
    assert low <= p_at_1 <= high
    json.dumps(report, allow_nan=False)


def test_unknown_entry_is_an_error(index: Index) -> None:
    with pytest.raises(DataError, match=r"boats\.sink, which does not exist"):
        evaluate_index(index, [Question("x", "boats.sink")])
    with pytest.raises(DataError, match="at least one question"):
        evaluate_index(index, [])


def test_gate_holds_and_breaks_on_a_spoiled_entry(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    report, asked = evaluate_index(index, QUESTIONS), ask(index, QUESTIONS)
    Gate.of(report, asked, QUESTIONS).save(tmp_path / "gate.json")
    gate = Gate.load(tmp_path / "gate.json")
    assert gate.broken_by(report, asked, QUESTIONS) == []
    spoiled = [
        replace(entry, question="Lorem ipsum?", wordings=("dolor sit amet",), answer="Consectetur.")
        if entry.id == "swim.lessons"
        else entry
        for entry in shop.entries()
    ]
    second = Index.build(spoiled, encoder)
    broken = gate.broken_by(evaluate_index(second, QUESTIONS), ask(second, QUESTIONS), QUESTIONS)
    assert "swim.lessons is no longer among the first 3 for any of its questions" in broken
    assert any(line.startswith("p_at_1 was ") for line in broken)


def test_gate_file_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("[]")
    with pytest.raises(DataError, match="is not a gate made by --write-gate"):
        Gate.load(tmp_path / "gate.json")
    (tmp_path / "gate.json").write_text('{"figures": {"speed": 1}, "found_entries": []}')
    with pytest.raises(DataError, match="unknown figure speed"):
        Gate.load(tmp_path / "gate.json")


def test_entries_with_one_wording_are_not_all_doubted(encoder: Encoder) -> None:
    """A table of titles and answers: nothing can be held out, so the prior stands and good matches stay likely."""
    index = Index.build([replace(entry, wordings=()) for entry in shop.entries()], encoder)
    asked = [
        Question("How can I rent a boat for rowing?", "boats.rent"),
        Question("how warm is the lake water?", "swim.water"),
    ]
    assert [index.search(question.text)[0].entry_id for question in asked] == ["boats.rent", "swim.water"]
    assert min(index.search(question.text)[0].probability for question in asked) > 0.5
    assert index.policy.answer_from == 0.95
