"""What leans on the question before it is told by its words."""

from __future__ import annotations

import pytest

from kb_index.follow_up import leans_on_earlier, only_names, read_together


@pytest.mark.parametrize(
    "text",
    [
        "and to Norway?",
        "what about furniture",
        "how much does that cost",
        "Do they expire?",
        "on Saturdays",
        "and Norway",
    ],
)
def test_short_and_referring_messages_lean(text: str) -> None:
    assert leans_on_earlier(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "How do I reset the password of my account?",
        "Can I bring my dog into the shop in Leeds?",
        "I wrote to you a week ago about a sofa and it has still not come, and nobody tells me when it will",
    ],
)
def test_what_speaks_for_itself_does_not(text: str) -> None:
    assert not leans_on_earlier(text)


def test_both_questions_are_read_together() -> None:
    assert (
        read_together("How much is delivery?", "and what about Norway?") == "How much is delivery? what about Norway?"
    )
    assert read_together("How long is the warranty?", "what about lamps") == "How long is the warranty? lamps"


HOURS = ("When are the shops open?", "open on Sunday in Leeds", "Both shops, Bristol and Leeds: the opening hours")


@pytest.mark.parametrize("text", ["and in Bristol?", "bristol", "what about sundays", "and leeds, too?"])
def test_names_that_the_entry_knows(text: str) -> None:
    assert only_names(text, HOURS)


@pytest.mark.parametrize(
    "text", ["", "and?", "and in Norway?", "opening hours", "and both?", "how do i get to bristol"]
)
def test_what_asks_for_more_than_a_known_name(text: str) -> None:
    assert not only_names(text, HOURS)
