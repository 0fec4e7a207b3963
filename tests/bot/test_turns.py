"""What is made of the assistant's replies when a person is to be offered beside them."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    # Rasa's own dependencies.
    warnings.simplefilter("ignore")
    from bot.lazy_tensorflow import postpone_tensorflow
    from bot.settings import keep_private

    keep_private()
    postpone_tensorflow()
    from bot.contract import Button, Reply
    from bot.turns import PERSON, with_person_offered

ANSWER = Reply("30 days.", (Button("How?", "faq:returns.how"),), "returns.period")
QUESTION = Reply("What is your order number?")


def test_a_person_is_offered_below_the_last_reply_and_nothing_else_changes() -> None:
    answer, question = with_person_offered([ANSWER, QUESTION])

    assert answer == ANSWER
    assert question == Reply(QUESTION.text, (PERSON,))
    assert with_person_offered([ANSWER]) == (Reply(ANSWER.text, (*ANSWER.buttons, PERSON), ANSWER.faq_id),)


@pytest.mark.parametrize("button", [PERSON, Button("Get me somebody", "human")])
def test_a_person_is_offered_once(button: Button) -> None:
    replies = (Reply("Is it one of these?", (button,)), QUESTION)

    assert with_person_offered(replies) == replies


def test_nothing_said_offers_nothing() -> None:
    assert with_person_offered([]) == ()
