"""A message is understood in its conversation: several questions, and those that lean on the one before."""

from __future__ import annotations

import pytest

from kb_index.asked import ask, ask_each, joined
from kb_index.decision import Outcome
from kb_index.encoder import Encoder
from kb_index.index import Index, Match
from tests.kb_index import shop


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> Index:
    return Index.build(shop.entries(), encoder)


def match(entry_id: str, probability: float) -> Match:
    return Match(entry_id, 0.0, entry_id, probability)


def test_readings_are_independent_witnesses() -> None:
    alone = [match("a", 0.5), match("b", 0.2)]
    together = [match("before", 0.6), match("a", 0.2), match("c", 0.1)]

    found = {item.entry_id: item.probability for item in joined(alone, together, "before")}

    assert found == pytest.approx({"a": 1 - 0.5 * 0.5, "b": 0.2, "c": 0.25})


def test_the_earlier_answer_is_not_given_for_the_earlier_words() -> None:
    together = [match("before", 0.99), match("a", 0.001)]

    assert "before" not in [item.entry_id for item in joined([], together, "before")]
    assert joined([], together, None) == together


def test_probabilities_stay_probabilities() -> None:
    found = joined([match("a", 0.9)], [match("before", 0.99), match("a", 0.5), match("b", 0.9)], "before")

    assert all(0 <= item.probability <= 1 for item in found)
    assert [item.probability for item in found] == sorted((item.probability for item in found), reverse=True)


def test_a_follow_up_is_understood_with_the_question_before(index: Index) -> None:
    alone = ask(index, "and a puppy?").matches
    after = ask(index, "and a puppy?", earlier="boats.rent").matches

    assert after[0].entry_id == "boats.dogs"
    assert after[0].probability > alone[0].probability


def test_the_earlier_answer_is_given_again_where_the_new_words_ask_for_it(index: Index) -> None:
    assert ask(index, "and a puppy?").answered_by is None
    assert ask(index, "and a puppy?", earlier="boats.dogs").answered_by == "boats.dogs"


def test_a_known_name_is_put_in_place_of_the_earlier_one(index: Index) -> None:
    assert ask(index, "and on sundays?").answered_by is None
    assert ask(index, "and on sundays?", earlier="cafe.hours").answered_by == "cafe.hours"
    assert ask(index, "and on sundays?", earlier="swim.water").answered_by is None


def test_what_is_clear_by_itself_is_not_read_twice(index: Index) -> None:
    clear = "May my dog come aboard?"

    assert ask(index, clear, earlier="cafe.hours").matches[:3] == ask(index, clear).matches[:3]


def test_an_earlier_answer_that_is_gone_changes_nothing(index: Index) -> None:
    assert ask(index, "and a puppy?", earlier="no.longer.there").matches == ask(index, "and a puppy?").matches


def test_each_question_has_its_own_answer(index: Index) -> None:
    found = ask_each(index, "May my dog come aboard? And when is the café open?")

    assert [asked.answered_by for asked in found] == ["boats.dogs", "cafe.hours"]


def test_the_question_without_an_answer_is_named(index: Index) -> None:
    found = ask_each(index, "When is the café open, and who won the election in Peru?")

    assert found[0].answered_by == "cafe.hours"
    assert found[1].answered_by is None
    assert found[1].text == "who won the election in Peru?"


def test_answers_that_are_only_named_are_given(index: Index) -> None:
    found = ask_each(index, "gluten free options and lake temperature today")

    assert [asked.answered_by for asked in found] == ["cafe.cake", "swim.water"]


def test_a_task_that_is_only_named_is_a_part(index: Index) -> None:
    text = "cancel my booking also gluten free options"
    found = ask_each(index, text, is_task=lambda words: words == "cancel my booking")

    assert [asked.text for asked in found] == ["cancel my booking", "gluten free options"]
    assert ask_each(index, text) == []


def test_the_same_answer_is_given_once(index: Index) -> None:
    assert ask_each(index, "When is the café open? Until when can I get a coffee?") == []


def test_where_nothing_is_answered_the_message_stays_whole(index: Index) -> None:
    assert ask_each(index, "Who won the election in Peru? And who won the cup final?") == []


def test_one_question_is_not_taken_apart(index: Index) -> None:
    assert ask_each(index, "May my dog come aboard?") == []
    assert ask(index, "May my dog come aboard?").decision.outcome is Outcome.ANSWER
