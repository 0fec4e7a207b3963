"""Several questions in a message and follow-ups, measured on the shop's FAQ as it is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.encoder import training_encoder
from bot.faq_index import load_content
from kb_index.asked import Asked, ask, ask_each
from kb_index.index import Index
from kb_index.settings import configured_wrong_answer_rate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).parents[2]
QUESTIONS = CHECKOUT / "data/evaluation"


@pytest.fixture(scope="module")
def index() -> Index:
    entries, asked = load_content(CHECKOUT / "data/faq", QUESTIONS / "faq_fit.jsonl")
    rate = configured_wrong_answer_rate(CHECKOUT / "config.yml")
    return Index.build(entries, training_encoder("minilm"), questions=asked, wrong_answer_rate=rate)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUESTIONS / name).read_text("utf-8").splitlines()]


def offered(asked: Asked) -> set[str]:
    return {found.entry_id for found in asked.decision.matches}


def test_each_of_several_questions_is_answered_or_named(index: Index) -> None:
    served = wrong = wanted = 0
    for row in read("two_questions.jsonl"):
        expected = row["expected"]
        found = ask_each(index, row["text"]) or [ask(index, row["text"])]
        answered = {asked.answered_by for asked in found} - {None}
        wrong += len(answered - set(expected))
        if len(expected) > 1:
            wanted += len(expected)
            shown = set().union(*(offered(asked) for asked in found))
            left_open = sum(asked.answered_by is None for asked in found)
            served += sum(entry in shown if entry else left_open > 0 for entry in expected)

    assert wrong / wanted <= index.policy.wrong_answer_rate
    assert served / wanted >= 0.9


def test_a_single_question_is_seldom_taken_apart(index: Index) -> None:
    single = [row for row in read("two_questions.jsonl") if len(row["expected"]) == 1]
    apart = [row["text"] for row in single if len(ask_each(index, row["text"])) > 1]

    assert len(apart) / len(single) <= 0.1, apart


def test_follow_ups_are_understood_with_the_question_before(index: Index) -> None:
    right = wrong = alone = 0
    rows = read("follow_ups.jsonl")
    inside = sum(row["expected"] is not None for row in rows)
    for row in rows:
        before = index.search(row["previous"], 1)[0].entry_id
        found = ask(index, row["text"], earlier=before)
        wrong += found.answered_by not in (None, row["expected"])
        right += row["expected"] in offered(found)
        alone += row["expected"] in offered(ask(index, row["text"]))

    assert wrong / len(rows) <= index.policy.wrong_answer_rate
    assert right / inside >= 0.95
    assert right > alone
