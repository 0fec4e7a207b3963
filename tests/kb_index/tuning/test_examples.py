"""What is tuned on and what is judged on never meet."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from kb_index.errors import DataError
from kb_index.questions import Example
from kb_index.tuning.examples import labelled, load_nlu, of_project, of_questions, of_table, split
from kb_index.tuning.judges import FaqJudge, IntentJudge
from tests.kb_index.tuning import tiny

ROOT = Path(__file__).parents[3]


def test_a_share_of_each_label_is_held_out(tmp_path: Path) -> None:
    file = tiny.write(tmp_path / "all.csv", [*tiny.examples(tiny.LEARNED), *tiny.examples(tiny.OTHERS)])
    material = of_table(file, None, 0.5)
    (judge,) = material.judges
    assert isinstance(judge, IntentJudge)
    assert Counter(example.label for example in judge.held_out) == {"as_ordered": 18, "wrong": 18}
    held, tuned_on = ({example.text for example in each} for each in (judge.held_out, material.examples))
    assert not held & tuned_on
    assert {example.text for example in material.everything} == held | tuned_on
    assert judge.examples == material.examples


def test_a_group_keeps_one_and_a_seed_is_fixed() -> None:
    kept, held = split(["a1", "b1", "b2", "c1", "c2", "c3", "c4"], 0.5, lambda item: item[0])
    assert [item[0] for item in held] == ["b", "c", "c"]
    assert sorted([*kept, *held]) == ["a1", "b1", "b2", "c1", "c2", "c3", "c4"]
    assert (kept, held) == split(["a1", "b1", "b2", "c1", "c2", "c3", "c4"], 0.5, lambda item: item[0])


def test_too_few_held_out_questions_are_refused(tmp_path: Path) -> None:
    file = tiny.write(tmp_path / "few.csv", tiny.examples(tiny.LEARNED))
    with pytest.raises(DataError, match="only 4 questions are held out, at least 30"):
        of_table(file, None, 0.1)


def test_the_shops_own_material() -> None:
    data = ROOT / "data"
    material = of_project(data / "faq", data / "evaluation" / "faq_fit.jsonl", data / "nlu", None, 0.25)
    asked, intents = material.judges
    assert isinstance(asked, FaqJudge)
    assert isinstance(intents, IntentJudge)
    assert len(asked.rounds) == 4
    for each in asked.rounds:
        assert {question.expected is None for question in each.asked} == {True, False}
        assert not {question.text for question in each.asked} & {question.text for question in each.calibrated_on}
    texts = [question.text for each in asked.rounds for question in each.asked]
    assert len(set(texts)) == len(texts) > 250
    tuned_on = {example.text for example in material.examples}
    assert not {example.text for example in material.everything} & set(texts)
    assert not tuned_on & {example.text for example in intents.held_out}
    labels = {example.label for example in material.examples}
    assert {"returns.period", "talk_to_person"} < labels
    assert "faq" not in labels


def test_questions_for_a_table_of_entries(tmp_path: Path) -> None:
    faq = tmp_path / "faq.csv"
    faq.write_text("id,question,answer\nboat,Rent a boat?,At the pier.\ncafe,When open?,Ten to six.\n")
    questions = tmp_path / "questions.jsonl"
    lines = [{"text": f"question {n}", "expected": "boat" if n % 2 else None} for n in range(80)]
    questions.write_text("\n".join(json.dumps(line) for line in lines))
    material = of_questions(faq, questions, None, 0.5)
    (judge,) = material.judges
    assert isinstance(judge, FaqJudge)
    (each,) = judge.rounds
    assert (len(each.asked), len(each.calibrated_on)) == (40, 20)
    assert Counter(example.label for example in material.examples) == {"boat": 11, "cafe": 1}
    assert Counter(example.label for example in material.everything) == {"boat": 31, "cafe": 1}
    assert not {question.text for question in each.calibrated_on} & {example.text for example in material.everything}
    with pytest.raises(DataError, match="nothing to judge an encoder by"):
        of_project(faq, None, None, None, 0.5)


def test_nlu_files_lose_their_marks_and_name_themselves_when_broken(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(
        "nlu:\n"
        "  - intent: order\n"
        "    examples: |\n"
        '      - a [red](colour) boat\n      - two [big]{"entity": "size"} tents\n'
        "  - synonym: red\n    examples: |\n      - crimson\n"
    )
    assert load_nlu(tmp_path) == [Example("a red boat", "order"), Example("two big tents", "order")]
    (tmp_path / "worse.yml").write_text("nlu: [\n")
    with pytest.raises(DataError, match=r"worse\.yml: cannot be read as NLU examples"):
        load_nlu(tmp_path)


def test_what_has_no_single_meaning_is_left_out() -> None:
    given = [Example("a", "x"), Example("a", "x"), Example("b", None), Example(" ", "x"), Example("c", "faq")]
    assert labelled(given) == [Example("a", "x")]
