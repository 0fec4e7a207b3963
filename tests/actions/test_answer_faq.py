"""Answers, menus, second chances and not knowing."""

from typing import Any

import pytest


def candidate(name: str, probability: float, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "question": f"Question {name}?",
        "answer": f"Answer {name}.",
        "probability": probability,
        **more,
    }


FOUND = [candidate("a.one", 0.9), candidate("a.two", 0.4), candidate("a.three", 0.01)]


async def test_an_answer_is_given_with_its_id(run: Any) -> None:
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": FOUND}})

    assert said.texts == ["Answer a.one."]
    assert said.custom[0]["faq_id"] == "a.one"
    assert said.slots["last_faq"]["tried"] == ["a.one"]


async def test_an_entry_can_offer_a_person_and_further_questions(run: Any) -> None:
    flagged = candidate("a.one", 0.9, offer_person=True, follow_ups=[{"id": "a.next", "question": "Next?"}])
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [flagged]}})

    assert said.payloads == ["faq:a.next", "human"]


async def test_likely_questions_are_offered_with_both_ways_out(run: Any) -> None:
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "clarify", "candidates": FOUND}})

    assert said.payloads == ["faq:a.one", "faq:a.two", "faq:a.three", "none_of_these", "human"]
    assert said.custom[0]["kind"] == "clarified"


async def test_not_knowing_is_admitted(run: Any) -> None:
    near = await run("action_answer_faq", parsed={"faq": {"outcome": "abstain", "candidates": FOUND}})
    nothing = await run("action_answer_faq", parsed={"faq": {"outcome": "abstain", "candidates": []}})

    assert "don't have an answer" in near.text
    assert "faq:a.one" in near.payloads
    assert nothing.payloads == ["human"]
    assert nothing.custom[0]["kind"] == "abstained"


async def test_that_did_not_help_tries_the_next_best_once_and_then_a_person(run: Any) -> None:
    answered = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": FOUND}})
    second = await run("action_did_not_help", {"last_faq": answered.slots["last_faq"]})
    third = await run("action_did_not_help", {"last_faq": second.slots["last_faq"]})

    assert "Answer a.two." in second.text
    assert second.custom[0]["faq_id"] == "a.two"
    assert "Answer" not in third.text
    assert "human" in third.payloads


async def test_an_unlikely_second_guess_is_not_made(run: Any) -> None:
    only = [FOUND[0], FOUND[2]]
    answered = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": only}})
    second = await run("action_did_not_help", {"last_faq": answered.slots["last_faq"]})

    assert second.custom[0]["kind"] == "offered_person"


def part(text: str, outcome: str, entry_id: str, task: str | None = None) -> dict[str, Any]:
    """One of several questions as the parse result has it."""
    return {"text": text, "outcome": outcome, "candidates": [candidate(entry_id, 0.9)], "task": task}


async def test_every_question_of_a_message_is_answered_or_named(run: Any) -> None:
    parts = [
        part("who are you?", "abstain", "a"),
        part("how long?", "answer", "b"),
        part("where is mine?", "clarify", "c"),
        part("cancel it", "answer", "d", task="cancel_order"),
    ]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [], "parts": parts}})

    assert said.texts[0] == "Answer b."
    assert "who are you?" in said.texts[1]
    assert "where is mine?" in said.texts[2]
    assert said.responses == ["utter_ask_other_task"]
    assert {"human", "faq:c"} <= set(said.payloads)
    assert said.slots["last_faq"]["tried"] == ["b"]


async def test_a_long_question_is_not_repeated_in_full(run: Any) -> None:
    long = "is it true that " + "very " * 100 + "old?"
    parts = [part("how long?", "answer", "b"), part(long, "abstain", "a")]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "answer", "candidates": [], "parts": parts}})

    assert len(said.texts[1]) < 200


@pytest.mark.parametrize(("sure", "honest"), [(0.3, "Which of these"), (0.1, "I'm not sure")])
async def test_unlikely_offers_are_called_so(run: Any, sure: float, honest: str) -> None:
    candidates = [candidate(name, sure) for name in "abc"]
    said = await run("action_answer_faq", parsed={"faq": {"outcome": "clarify", "candidates": candidates}})

    assert said.texts[0].startswith(honest)
    assert said.payloads == ["faq:a", "faq:b", "faq:c", "none_of_these", "human"]


async def test_messaging_apps_get_the_short_form(run: Any) -> None:
    parsed = {
        "faq": {"outcome": "answer", "candidates": [candidate("a", 0.9, short="Short a.")]},
        "metadata": {"brief": True},
    }
    short = await run("action_answer_faq", parsed=parsed)
    full = await run("action_answer_faq", parsed={**parsed, "metadata": {"brief": True, "payload": "full:a"}})

    assert short.texts == ["Short a."]
    assert short.payloads == ["full:a"]
    assert full.texts == ["Answer a."]


@pytest.mark.parametrize("typed", ["....", "?!", "-- ;)"])
async def test_signs_alone_are_offered_no_questions(run: Any, typed: str) -> None:
    found = {"outcome": "abstain", "candidates": [candidate("a.one", 0.02)]}
    said = await run("action_answer_faq", parsed={"text": typed, "faq": found})

    assert said.payloads == ["human"]
    assert "catch" in said.text
