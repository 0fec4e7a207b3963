"""The questions in a message are found where there are several, and only there."""

from __future__ import annotations

import pytest

from kb_index.several_questions import MOST_QUESTIONS, questions_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "How much is delivery and how long do I have to send something back?",
            ["How much is delivery", "how long do I have to send something back?"],
        ),
        (
            "I was given a vase. Can I return it, and do I need the box it came in?",
            ["I was given a vase. Can I return it", "do I need the box it came in?"],
        ),
        (
            "Two things: where do I find my order number, and how do I get an invoice?",
            ["Two things: where do I find my order number", "how do I get an invoice?"],
        ),
        (
            "do you deliver on sundays\nalso can i choose the day",
            ["do you deliver on sundays", "also can i choose the day"],
        ),
        ("My code fails, what is wrong with it? Why? Can I get a new one?",
         ["My code fails, what is wrong with it? Why?", "Can I get a new one?"]),
    ],
)  # fmt: skip
def test_several_questions_are_told_apart(text: str, expected: list[str]) -> None:
    assert questions_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "?!?",
        "👋",
        "How do I wash cushions and throws?",
        "Do you deliver to the Highlands and the islands?",
        "Are range and prices in the shops the same as online?",
        "I ordered on Monday. Nothing has come and tracking is stuck. What happened?",
        "My order came and it is broken",
        "Can I pay by card? Is that ok?",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert questions_in(text) == []


def test_an_interrogation_is_cut_short() -> None:
    assert len(questions_in("Where is the parcel that I ordered? " * 50)) == MOST_QUESTIONS
