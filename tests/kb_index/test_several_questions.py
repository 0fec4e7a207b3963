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
        (
            "whats ur return policy, and do u deliver to norway",
            ["whats ur return policy", "do u deliver to norway"],
        ),
        ("do you price match n r u open sundays", ["do you price match", "r u open sundays"]),
        ("wheres my nearest shop, can i bring my dog", ["wheres my nearest shop", "can i bring my dog"]),
        (
            "1) how long is the warranty 2) do you ship to france",
            ["1) how long is the warranty", "2) do you ship to france"],
        ),
        (
            "tell me about gift wrapping and how long delivery takes",
            ["tell me about gift wrapping", "how long delivery takes"],
        ),
        ("how do i use my voucher + can i use 2", ["how do i use my voucher", "can i use 2"]),
        ("hi can u help me with a few things? is there a shop in leeds? can i pay with amex?",
         ["is there a shop in leeds?", "can i pay with amex?"]),
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
        "is it black and white",
        "can you help me with something? how do i return a lamp",
        "hi, i have a quick question. how long is the warranty?",
        "cash and carry",
        "when i return something, do i have to pay for it",
        "What happens if I'm out at work and nobody is at home when it comes?",
        "it costs 3.95, is that per order?",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert questions_in(text) == []


KNOWN = ("delivery cost", "return period", "parking?", "opening hours?", "i need an invoice", "parking", "broken leg")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("delivery cost and return period", ["delivery cost", "return period"]),
        ("delivery cost, return period", ["delivery cost", "return period"]),
        ("opening hours? parking?", ["opening hours?", "parking?"]),
        ("i need an invoice also where is your shop", ["i need an invoice", "where is your shop"]),
        ("who is the queen of spain? parking", ["who is the queen of spain?", "parking"]),
    ],
)
def test_what_is_known_by_itself_is_a_question_of_its_own(text: str, expected: list[str]) -> None:
    assert questions_in(text, KNOWN.__contains__) == expected
    assert questions_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "delivery cost and carry",
        "is it shipping and parking",  # the first half is known to nobody: "parking" may be its rest
        "broken leg, can i return it",  # says what the question is about
        "i need an invoice and parking",
    ],
)
def test_what_is_known_is_not_cut_out_of_a_question(text: str) -> None:
    assert questions_in(text, KNOWN.__contains__) == []


def test_a_whole_that_is_known_is_not_cut_at_an_and() -> None:
    known = {"do you deliver on sundays", "bank holidays", "do you deliver on sundays and bank holidays"}

    assert questions_in("do you deliver on sundays and bank holidays", known.__contains__) == []
    assert len(questions_in("do you deliver on sundays, bank holidays", known.__contains__)) == 2


def test_an_interrogation_is_cut_short() -> None:
    assert len(questions_in("Where is the parcel that I ordered? " * 50)) == MOST_QUESTIONS


@pytest.mark.parametrize("text", ["parking?", "How long does delivery take?", "my order came broken, can I return it?"])
def test_where_nothing_could_be_a_second_question_nothing_is_looked_up(text: str) -> None:
    looked_up: list[str] = []
    assert questions_in(text, lambda words: bool(looked_up.append(words))) == []
    assert not looked_up
