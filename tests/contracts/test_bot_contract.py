"""The bot contract, driven over HTTP against the real bot: trained model, action server, Redis.

Types are the switchboard's own (handoff_api.bot_contract), so both sides are held to one definition.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from bot.handoff.signal import SignalName
from handoff_api.conversations.model import HandoffReason
from tests.contracts.running_bot import CHECKOUT, RunningBot
from tests.conversations.stories import Story, read_stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

# Signals that come from earlier messages.
PAST = {name.value for name in SignalName if name.value.endswith("_before") and name is not SignalName.SAID_BEFORE} | {
    *("frustration_trend", "repetition", "repeats", "bot_repetition", "failed_answers", "form_failures"),
}

SOUND: dict[str, Any] = {
    "conversation_id": "c5-sound",
    "turn_id": "t1",
    "epoch": 1,
    "messages": [{"id": "c5-sound.1", "text": "hello", "at": "2026-11-22T10:00:00.000Z"}],
    "facts": {},
    "locale": "en",
}


def texts(reply: Any) -> str:
    return "\n".join(item.text for item in reply.replies)


def payloads(reply: Any) -> list[str]:
    return [button.payload for item in reply.replies for button in item.buttons]


# The door


def test_health_needs_no_token(bot: RunningBot) -> None:
    answer = bot.client.get(f"{bot.url}/webhooks/baton/health")

    assert answer.json()["status"] == "ok"
    assert answer.json()["model"].startswith("baton-")


@pytest.mark.parametrize("token", ["x", "wrong", "a-token-for-tests-012345678"])
def test_a_wrong_token_is_refused(bot: RunningBot, token: str) -> None:
    answer = bot.post(SOUND, token=token)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    "change",
    [{"messages": []}, {"turn_id": None}, {"epoch": "x"}, {"conversation_id": "nonsense"}, {"messages": [{"id": "1"}]}],
)
def test_a_malformed_request_is_refused_with_a_reason(bot: RunningBot, change: dict[str, Any]) -> None:
    answer = bot.post({**SOUND, **change})

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
    assert next(iter(change)) in answer.json()["message"]


def test_a_body_that_is_no_json_is_refused(bot: RunningBot) -> None:
    headers = {"Authorization": "Bearer a-token-for-tests-0123456789"}
    answer = bot.client.post(f"{bot.url}/webhooks/baton/turn", content=b"{", headers=headers)

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"


@pytest.mark.parametrize(
    "path", ["/", "/version", "/status", "/model/parse", "/webhooks/rest/webhook", "/conversations"]
)
def test_rasas_own_interface_is_closed(bot: RunningBot, path: str) -> None:
    answer = bot.client.get(bot.url + path)

    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "message"}


# Answers


def test_a_chosen_question_is_answered_with_its_id(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "How long do I have to return something?", payload="faq:returns.period")

    assert reply.handoff is None
    assert reply.replies[0].faq_id == "returns.period"
    assert "30 days" in texts(reply)


def test_a_typed_question_finds_its_entry(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "how long do I have to send something back?")

    assert reply.handoff is None
    assert reply.replies[0].faq_id == "returns.period" or "faq:returns.period" in payloads(reply)


def test_what_nobody_wrote_an_answer_for_is_not_answered(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "what is the boiling point of tungsten")

    assert reply.replies[0].faq_id is None
    assert "human" in payloads(reply)


def test_three_quick_messages_are_one_question(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "hi", "where is my order", "MF-204518")

    assert "PK700418265GB" in texts(reply)
    assert reply.facts[0].name == "order_number"
    assert reply.facts[0].value == "MF-204518"


def test_two_questions_in_one_message_have_two_answers(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "What time do the shops open? And can I bring my dog?")

    assert [said.faq_id for said in reply.replies] == ["stores.hours", "stores.dogs"]


def test_the_question_that_has_no_answer_is_named(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "How long is the warranty, and who will win the election?")

    assert [said.faq_id for said in reply.replies] == ["warranty.length", None]
    assert "who will win the election?" in reply.replies[1].text
    assert "human" in payloads(reply)


def test_a_task_beside_a_question_is_offered(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "Where is my order? And what time do the shops open?")

    assert reply.replies[0].faq_id == "stores.hours"
    assert "task:order_status" in payloads(reply)


def test_a_follow_up_is_understood_with_the_question_before(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "How do I return something?", payload="faq:returns.how")
    reply = bot.turn(conversation, "and what about furniture?")

    offered = [said.faq_id for said in reply.replies] + payloads(reply)
    assert "returns.furniture" in offered or "faq:returns.furniture" in offered
    alone = bot.turn(f"{conversation}-alone", "and what about furniture?")
    assert alone.replies[0].faq_id != "returns.furniture"


def test_answers_on_messaging_apps_are_short_and_can_be_had_in_full(bot: RunningBot, conversation: str) -> None:
    asked = "How long do I have to return something?"
    long = bot.turn(f"{conversation}-long", asked).replies[0]
    short = bot.turn(conversation, asked, brief=True)
    full = bot.turn(conversation, "In full", payload="full:returns.period", brief=True)

    assert len(short.replies[0].text) < len(long.text)
    assert "full:returns.period" in payloads(short)
    assert full.replies[0].text == long.text
    assert full.replies[0].faq_id == "returns.period"


def test_a_fact_names_the_message_it_came_from(bot: RunningBot, conversation: str) -> None:
    answer = bot.post(
        {
            **SOUND,
            "conversation_id": conversation,
            "messages": [
                {"id": "m.1", "text": "where is my order?", "at": "2026-11-22T10:00:00.000Z"},
                {"id": "m.2", "text": "204518 it is", "at": "2026-11-22T10:00:01.000Z"},
            ],
        }
    )

    assert answer.json()["facts"] == [{"name": "order_number", "value": "MF-204518", "message_id": "m.2"}]


# Tasks


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


# Facts for the brief


def test_facts_are_found_with_the_message_that_gave_them(bot: RunningBot) -> None:
    said = [
        "Hi, my name is Ann Lee and I ordered a beech stool on 3 May for £89, order MF-204518",
        "I want my money back, write to ann.lee@post.example or call 07700 900123",
        "MF-204518 as I said",
    ]
    messages = [{"id": f"m.{number}", "text": text} for number, text in enumerate(said, start=1)]
    answer = bot.post({"messages": messages}, path="facts")
    found = {(fact["name"], fact["value"], fact["message_id"]) for fact in answer.json()["facts"]}

    assert found == {
        ("name", "Ann Lee", "m.1"),
        ("product", "beech stool", "m.1"),
        ("date", "3 May", "m.1"),
        ("amount", "£89", "m.1"),
        ("order_number", "MF-204518", "m.1"),
        ("wish", "a refund", "m.2"),
        ("email", "ann.lee@post.example", "m.2"),
        ("phone", "07700 900123", "m.2"),
    }


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": [{"id": "m.1"}]}, []])
def test_a_malformed_question_for_facts_is_refused(bot: RunningBot, body: object) -> None:
    answer = bot.post(body, path="facts")

    assert answer.status_code == 422
    assert "messages" in answer.json()["message"]


def test_facts_need_the_token(bot: RunningBot) -> None:
    assert bot.post({"messages": [{"id": "m", "text": "hello"}]}, token="wrong", path="facts").status_code == 401


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


def test_a_form_can_be_left(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    left = bot.turn(conversation, "stop")
    after = bot.turn(conversation, "thanks")

    assert left.handoff is None
    assert "order number" not in texts(left)
    assert "order number" not in texts(after)


def test_another_task_replaces_the_one_that_is_open(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    reply = bot.turn(conversation, "where is my order?", payload="task:order_status")
    told = bot.turn(conversation, "MF-204518")

    assert "order number" in texts(reply)
    assert "PK700418265GB" in texts(told)


# Handoff


@pytest.mark.parametrize(
    "wish", ["I want to talk to a human", "agent please", "can I speak with someone from your team?"]
)
def test_a_wish_for_a_person_is_granted_at_once(bot: RunningBot, conversation: str, wish: str) -> None:
    reply = bot.turn(conversation, wish)

    assert reply.handoff is not None
    assert reply.handoff.reason is HandoffReason.ASKED_FOR_HUMAN
    assert reply.handoff.evidence
    assert reply.handoff.note
    assert "colleague" in texts(reply)


def test_the_button_for_a_person(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "Talk to a person", payload="human")

    assert reply.handoff is not None
    assert reply.handoff.reason is HandoffReason.ASKED_FOR_HUMAN


def test_a_wish_inside_a_form_is_granted_and_ends_the_form(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    reply = bot.turn(conversation, "no, let me talk to a person please")
    after = bot.turn(conversation, "hello", epoch=3)

    assert reply.handoff is not None
    assert len(reply.replies) == 1
    assert "order number" not in texts(after)


def test_frustration_is_passed_on_with_its_evidence(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my refund")
    reply = bot.turn(conversation, "this is ridiculous, I have asked twice now and you are no help at all!!")

    assert reply.handoff is not None
    assert reply.handoff.reason in (HandoffReason.FRUSTRATED, HandoffReason.NO_ANSWER)
    assert reply.handoff.evidence
    assert reply.handoff.signals
    assert "colleague" in texts(reply)


@pytest.mark.parametrize("reason", [reason for reason in HandoffReason if reason != HandoffReason.BOT_UNAVAILABLE])
def test_the_customer_reads_words_that_fit_the_reason(
    bot: RunningBot, conversation: str, reason: HandoffReason
) -> None:
    responses = YAML(typ="safe").load((CHECKOUT / "domain.yml").read_text("utf-8"))["responses"]
    story = next(story for story in read_stories() if story.reason == reason)
    reply = [bot.turn(conversation, step.text) for step in story.steps][-1]

    assert texts(reply) == responses[f"utter_handoff_{reason}"][0]["text"]
    assert len({responses[f"utter_handoff_{other}"][0]["text"] for other in HandoffReason}) == len(HandoffReason)


def test_repeats_are_told_with_their_number_and_proven_by_every_message(bot: RunningBot, conversation: str) -> None:
    asked = [
        bot.turn(conversation, "how long do I have to send something back?"),
        bot.turn(conversation, "no, how long do I have to send it back if it was a gift?"),
        bot.turn(conversation, "how long do I have to send a gift back??"),
    ]
    handoff = asked[-1].handoff

    assert handoff is not None
    assert "asked the same thing three times" in handoff.note.lower()
    assert "'How long do I have to return something?' did not help" in handoff.note
    assert len(set(handoff.evidence)) == len(asked)


def test_what_was_tried_is_passed_on(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "How long do I have?", payload="faq:returns.period")
    reply = bot.turn(conversation, "I want a person")

    assert reply.handoff is not None
    assert [tried.id for tried in reply.handoff.faqs_tried] == ["returns.period"]


def test_that_did_not_help_tries_once_more_and_then_a_person(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "How long do I have?", payload="faq:returns.period")
    second = bot.turn(conversation, "That didn't help", payload="helped:no")
    third = second if second.handoff else bot.turn(conversation, "That didn't help", payload="helped:no")

    assert third.handoff is not None or "human" in payloads(third)


@pytest.mark.parametrize("typed", ["/restart", "/stop", '/greet{"a": 1}'])
def test_typed_words_are_no_commands(bot: RunningBot, conversation: str, typed: str) -> None:
    bot.turn(conversation, "where is my order?")
    reply = bot.turn(conversation, typed)

    assert reply.replies
    assert reply.trace["intent"]["confidence"] < 1


@pytest.mark.parametrize("typed", ["human", "faq:returns.period", "none_of_these", "task:cancel_order"])
def test_typed_words_are_no_pressed_button(bot: RunningBot, conversation: str, typed: str) -> None:
    reply = bot.turn(conversation, typed)

    assert reply.trace["intent"]["confidence"] < 1


# Once, and in the right epoch


def test_the_same_turn_again_has_the_same_answer_and_runs_nothing(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something from order MF-204514")
    bot.turn(conversation, "noah.brennan@post.example")
    last = {"turn_id": "the-turn"}
    bot.turn(conversation, "Beech stool")
    first = bot.turn(conversation, "I changed my mind", **last)
    again = bot.turn(conversation, "I changed my mind", **last)

    assert again == first


def test_a_new_epoch_forgets_forms_and_signals(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    bot.turn(conversation, "this is awful, I am furious, get me somebody")
    reply = bot.turn(conversation, "hello", epoch=2)

    assert reply.handoff is None
    assert "order number" not in texts(reply)
    assert not [signal for signal in reply.signals if signal.name.endswith("before")]


@pytest.mark.parametrize("story", [story for story in read_stories() if story.reason], ids=lambda story: story.name)
def test_after_the_return_to_the_bot_what_led_to_the_handoff_is_spent(
    bot: RunningBot, conversation: str, story: Story
) -> None:
    handed = [bot.turn(conversation, step.text) for step in story.steps][-1]
    # Claimed and returned: two changes of owner.
    answered = bot.turn(conversation, "How long do I have?", payload="faq:returns.period", epoch=3)
    again = [bot.turn(conversation, step.text, epoch=3) for step in story.steps][-1]

    assert handed.handoff is not None
    assert answered.handoff is None
    assert answered.replies[0].faq_id == "returns.period"
    assert not {signal.name for signal in answered.signals} & PAST
    # A second handoff of the same customer works like the first.
    assert again.handoff is not None
    assert again.handoff.reason == story.reason


def test_an_old_epoch_is_refused(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "hello", epoch=3)
    answer = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "late", "epoch": 1})

    assert answer.status_code == 409
    assert answer.json()["code"] == "stale_epoch"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "<script>alert(1)</script>",
        "👋" * 50,
        "\x00\x01\x02 binary \ufffd",
        "   ",
        "/",
        "?" * 500,
        "ты говоришь по-русски?",
        "{order_number} {0} %s ${HOME}",
        "𝕳𝖊𝖑𝖑𝖔 \u202egnirts\u202c",
    ],
)
def test_any_text_has_an_answer(bot: RunningBot, conversation: str, text: str) -> None:
    reply = bot.turn(conversation, text)

    assert texts(reply).strip()


def test_a_broken_action_server_is_an_error_and_not_silence(bot: RunningBot, conversation: str) -> None:
    bot.actions.kill()
    try:
        broken = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "t9", "messages": [ORDER]})
    finally:
        bot.actions.start()
        bot.wait_for_actions(bot.actions.environment["BATON_ACTIONS_URL"])
    again = bot.post({**SOUND, "conversation_id": conversation, "turn_id": "t9", "messages": [ORDER]})

    assert broken.status_code == 500
    assert broken.json()["code"] == "action_failed"
    assert again.status_code == 200
    assert "PK700418265GB" in again.json()["replies"][0]["text"]


ORDER = {"id": "m.1", "text": "where is my order MF-204518", "at": "2026-11-22T10:00:00.000Z"}


def test_a_killed_bot_remembers_turn_and_form(bot: RunningBot, conversation: str) -> None:
    first = bot.turn(conversation, "where is my order?", turn_id="t1")
    bot.bot.kill()
    bot.bot.start()
    bot.wait()
    again = bot.turn(conversation, "where is my order?", turn_id="t1")
    told = bot.turn(conversation, "MF-204518")

    assert again == first
    assert "PK700418265GB" in texts(told)


def test_the_bot_listens_on_this_machine_only(bot: RunningBot) -> None:
    import socket

    port = int(bot.url.rsplit(":", 1)[1])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        if not address.startswith("127."):
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"http://{address}:{port}/webhooks/baton/health", timeout=2)


def test_a_rebuilt_index_answers_without_a_restart(bot: RunningBot, conversation: str) -> None:
    from kb_index.encoder import load_encoder
    from kb_index.index import Index

    folder = Path(bot.bot.environment["BATON_DATA_DIR"]) / "faq-index"
    before = bot.turn(conversation, "How long?", payload="faq:returns.period")
    index = Index.load(folder, load_encoder())
    entries = dict(index.entries)
    entries["returns.period"] = replace(entries["returns.period"], answer="Edited while the assistant was running.")
    index.entries = entries
    index.version = "edited"
    index.save(folder)
    deadline = time.monotonic() + 20
    for attempt in itertools.count():  # somebody new each time: the same answer again and again ends at a person
        after = bot.turn(f"{conversation}{attempt}", "How long?", payload="faq:returns.period")
        if texts(after) != texts(before) or time.monotonic() > deadline:
            break
        time.sleep(0.1)

    assert texts(after) == "Edited while the assistant was running."
