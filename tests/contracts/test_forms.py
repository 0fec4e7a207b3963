"""Tasks of the real bot: what is asked for, confirmed, refused and left."""

from __future__ import annotations

import pytest

from handoff_api.bot_contract import TurnReply
from tests.contracts.running_bot import RunningBot, payloads, texts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_the_order_number_is_asked_for_once(bot: RunningBot, conversation: str) -> None:
    asked = bot.turn(conversation, "where is my order?")
    told = bot.turn(conversation, "MF-204518")
    other = bot.turn(conversation, "what about MF-204524?")

    assert "order number" in texts(asked)
    assert "PK700418265GB" in texts(told)
    assert "MF-204524" in texts(other)


def test_what_the_switchboard_knows_is_confirmed_and_not_asked(bot: RunningBot, conversation: str) -> None:
    asked = bot.turn(conversation, "where is my order?", facts={"order_number": "MF-204518"})
    told = bot.turn(conversation, "Yes", payload="say:Yes")

    assert texts(asked) == "Is it still about order MF-204518?"
    assert [button.title for button in asked.replies[0].buttons] == ["Yes", "Another order"]
    assert "PK700418265GB" in texts(told)


def test_another_order_is_one_press_away(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my order?", facts={"order_number": "MF-204518"})
    asked = bot.turn(conversation, "Another order", payload="say:No")
    told = bot.turn(conversation, "MF-204524")

    assert "What is your order number?" in texts(asked)
    assert "MF-204524" in texts(told)
    assert "MF-204518" not in texts(told)


def test_the_number_itself_answers_whether_it_is_still_that_order(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my order?", facts={"order_number": "MF-204518"})
    told = bot.turn(conversation, "no, it's MF-204524")

    assert "MF-204524" in texts(told)


def test_the_order_just_talked_about_needs_no_confirmation(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is MF-204516")
    reply = bot.turn(conversation, "Cancel the order", payload="task:cancel_order")

    assert "e-mail address or the delivery postcode of order MF-204516" in texts(reply)


@pytest.mark.parametrize("task", ["order_status", "start_return", "cancel_order", "change_address"])
def test_an_order_from_earlier_is_asked_about_in_every_form(bot: RunningBot, conversation: str, task: str) -> None:
    bot.turn(conversation, "MF-204512")
    bot.turn(conversation, "how long?", payload="faq:returns.period")
    bot.turn(conversation, "how long is a gift card valid?", payload="faq:giftcards.validity")
    asked = bot.turn(conversation, "please do", payload=f"task:{task}")
    gone_on = bot.turn(conversation, "Yes", payload="say:Yes")

    assert texts(asked) == "Is it still about order MF-204512?"
    assert "MF-204512" in texts(gone_on)


def test_a_wrong_number_gets_help_then_a_person(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my order?")
    first = bot.turn(conversation, "MF-999999")
    second = bot.turn(conversation, "MF-999998")

    assert "can't find an order MF-999999" in texts(first)
    assert "human" in payloads(second) or second.handoff is not None


def test_a_return_from_beginning_to_end_with_a_question_in_between(bot: RunningBot, conversation: str) -> None:
    proof = bot.turn(conversation, "I want to return something from order MF-204512")
    between = bot.turn(conversation, "Do I have to pay for a return?", payload="faq:returns.cost")
    item = bot.turn(conversation, "owen.marsh@post.example")
    reason = bot.turn(conversation, item.replies[-1].buttons[0].title, payload=item.replies[-1].buttons[0].payload)
    done = bot.turn(conversation, "it's too big for my room")

    assert "e-mail address or the delivery postcode" in texts(proof)
    assert between.replies[0].faq_id == "returns.cost"
    assert "e-mail address or the delivery postcode" in between.replies[-1].text
    assert "Which item" in texts(item)
    assert "Why" in texts(reason)
    assert "R-204512-1" in texts(done)


@pytest.mark.parametrize("said", ["stop", "no thanks"])
def test_a_form_can_be_left(bot: RunningBot, conversation: str, said: str) -> None:
    bot.turn(conversation, "I want to return something")
    left = bot.turn(conversation, said)
    after = bot.turn(conversation, "thanks")

    assert left.handoff is None
    assert "order number" not in texts(left)
    assert "order number" not in texts(after)


@pytest.mark.parametrize("said", ["thanks, you are really helpful", "great, that answers it"])
def test_thanks_are_answered_and_the_form_goes_on(bot: RunningBot, conversation: str, said: str) -> None:
    asked = bot.turn(conversation, "where is my order?")
    thanked = bot.turn(conversation, said)
    told = bot.turn(conversation, "MF-204518")

    assert [reply.text for reply in thanked.replies] == ["You're welcome.", texts(asked)]
    assert "PK700418265GB" in texts(told)


def test_a_no_that_was_asked_for_is_an_answer_and_leaves_no_form(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "cancel my order MF-204516")
    asked = bot.turn(conversation, "tom.okafor@post.example")
    kept = bot.turn(conversation, "no thanks")

    assert "Shall I cancel order MF-204516" in texts(asked)
    assert texts(kept) == "All right, order MF-204516 stays as it is."


def test_another_task_replaces_the_one_that_is_open(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    reply = bot.turn(conversation, "where is my order?", payload="task:order_status")
    told = bot.turn(conversation, "MF-204518")

    assert "order number" in texts(reply)
    assert "PK700418265GB" in texts(told)


def test_an_offer_is_taken_up_together_with_the_number(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "i need to return a lamp also how do i get an invoice")
    reply = bot.turn(conversation, "yes please, MF-204512")

    assert reply.trace["actions"] == ["return_form"]
    assert "e-mail address or the delivery postcode of order MF-204512" in texts(reply)


@pytest.mark.parametrize("step", ["item", "reason"])
@pytest.mark.parametrize("said", ["thanks", "hello", "great, that answers it"])
def test_courtesy_is_no_item_and_no_reason(bot: RunningBot, conversation: str, said: str, step: str) -> None:
    def choose(asked: TurnReply) -> TurnReply:
        button = asked.replies[-1].buttons[0]
        return bot.turn(conversation, button.title, payload=button.payload)

    bot.turn(conversation, "I want to return something from order MF-204512")
    item = bot.turn(conversation, "owen.marsh@post.example")
    asked = choose(item) if step == "reason" else item
    asked_on = bot.turn(conversation, said)
    if step == "item":
        choose(asked_on)
    done = bot.turn(conversation, "it's too big for my room")

    assert asked_on.replies[-1].text == asked.replies[-1].text
    assert "don't see that in this order" not in texts(asked_on)
    assert "R-204512-" in texts(done)


@pytest.mark.parametrize("said", ["that's wrong", "no, that's wrong", "that's not right", "wrong"])
def test_who_objects_to_a_refusal_is_asked_again(bot: RunningBot, conversation: str, said: str) -> None:
    asked = bot.turn(conversation, "where is my order?")
    bot.turn(conversation, "MF-999999")
    again = bot.turn(conversation, said)
    told = bot.turn(conversation, "MF-204518")

    assert again.replies[-1].text == texts(asked)
    assert "human" in payloads(again)
    assert "PK700418265GB" in texts(told)


def test_that_is_wrong_is_a_no_to_whether_it_is_still_that_order(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my order?", facts={"order_number": "MF-204518"})

    assert texts(bot.turn(conversation, "no, that's wrong")).startswith("What is your order number?")


def test_a_second_task_is_offered_when_the_first_is_done(bot: RunningBot, conversation: str) -> None:
    done = bot.turn(conversation, "I want to return my lamp and also cancel order MF-204518")
    asked = bot.turn(conversation, "yes please, MF-204512")

    assert "can't cancel it any more" in done.replies[0].text
    assert "“I want to return my lamp”" in done.replies[1].text
    assert [button.payload for button in done.replies[1].buttons] == ["task:start_return"]
    assert "e-mail address or the delivery postcode of order MF-204512" in texts(asked)


def test_a_second_task_outlives_the_questions_of_the_first(bot: RunningBot, conversation: str) -> None:
    asked = bot.turn(conversation, "track my order and change the address", facts={"order_number": "MF-204518"})
    done = bot.turn(conversation, "Yes", payload="say:Yes")
    asked_back = bot.turn(conversation, "yes please")
    told = bot.turn(conversation, "yes")

    assert asked.trace["actions"] == ["address_form"]
    assert "can't change its address any more" in done.replies[0].text
    assert "“track my order”" in done.replies[1].text
    assert texts(asked_back) == "Is it still about order MF-204518?"
    assert "PK700418265GB" in texts(told)


def test_each_of_two_tasks_has_its_own_number(bot: RunningBot, conversation: str) -> None:
    proof = bot.turn(conversation, "cancel my order MF-204519, and where is MF-204518?")
    bot.turn(conversation, "marta.kowalska@post.example")
    kept = bot.turn(conversation, "no, keep it")
    told = bot.turn(conversation, "yes please")

    assert "of order MF-204519" in texts(proof)
    assert "MF-204519 stays as it is" in texts(kept)
    assert "PK700418265GB" in texts(told)


def test_each_task_of_three_has_its_turn(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "return my lamp, cancel order MF-204518 and change the address of MF-204519")
    bot.turn(conversation, "marta.kowalska@post.example")
    changed = bot.turn(conversation, "8 Whitworth Street, Manchester M1 5NZ")
    refused = bot.turn(conversation, "yes please")
    bot.turn(conversation, "yes please")
    asked = bot.turn(conversation, "MF-204512")

    assert payloads(changed) == ["task:cancel_order"]
    assert "can't cancel it any more" in refused.replies[0].text
    assert "“return my lamp”" in refused.replies[1].text
    assert "delivery postcode of order MF-204512" in texts(asked)


@pytest.mark.parametrize(
    "text", ["where is my order and can I return it?", "where is my order? and I want to return it"]
)
def test_it_is_the_order_of_the_task_before(bot: RunningBot, conversation: str, text: str) -> None:
    bot.turn(conversation, text)
    told = bot.turn(conversation, "MF-204520")
    asked = bot.turn(conversation, "yes please")

    assert "MF-204520 was delivered" in told.replies[0].text
    assert [button.payload for button in told.replies[1].buttons] == ["task:start_return"]
    assert "delivery postcode of order MF-204520" in texts(asked)


@pytest.mark.parametrize("known", [{}, {"order_number": "MF-204512", "email": "owen.marsh@post.example"}])
def test_another_try_is_asked_the_same_again(bot: RunningBot, conversation: str, known: dict[str, str]) -> None:
    asked = bot.turn(conversation, "I want to return something from order MF-204512", facts=known)
    again = bot.turn(conversation, "let me try again")

    assert ("Which item" in texts(asked)) is bool(known)
    assert [reply.text for reply in again.replies] == ["Of course.", texts(asked)]


def test_another_order_is_named_and_has_to_be_proven_anew(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something from order MF-204512")
    item = bot.turn(conversation, "owen.marsh@post.example")
    proof = bot.turn(conversation, "MF-204520")
    other = bot.turn(conversation, "joel.adeyemi@post.example")

    assert texts(item) == "Which item of order MF-204512 would you like to send back?"
    assert texts(proof).endswith("the e-mail address or the delivery postcode of order MF-204520?")
    assert texts(other) == "Which item of order MF-204520 would you like to send back?"
