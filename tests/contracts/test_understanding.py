"""What the real bot makes of words: answers, several questions, follow-ups, facts."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.running_bot import SOUND, RunningBot, payloads, texts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


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


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("whats ur return policy n do u deliver to norway", ["returns.period", "shipping.europe"]),
        ("opening hours? parking?", ["stores.hours", "stores.parking"]),
        ("delivery cost and return period", ["shipping.uk_cost", "returns.period"]),
    ],
)
def test_two_questions_are_answered_however_they_are_put(
    bot: RunningBot, conversation: str, text: str, given: list[str]
) -> None:
    assert [said.faq_id for said in bot.turn(conversation, text).replies] == given


def test_a_task_that_is_only_told_is_offered_too(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "i need to return a lamp also how do i get an invoice")

    assert reply.replies[0].faq_id == "orders.invoice"
    assert "task:start_return" in payloads(reply)


def test_another_place_is_understood_with_the_question_before(bot: RunningBot, conversation: str) -> None:
    for asked in ("what are the opening hours in leeds", "and in bristol?", "what about sunday"):
        assert bot.turn(conversation, asked).replies[0].faq_id == "stores.hours"


def test_the_question_that_has_no_answer_is_named(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "How long is the warranty, and who will win the election?")

    assert [said.faq_id for said in reply.replies] == ["warranty.length", None]
    assert "who will win the election?" in reply.replies[1].text
    assert "human" in payloads(reply)


def test_a_task_beside_a_question_is_offered(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "Where is my order? And what time do the shops open?")

    assert reply.replies[0].faq_id == "stores.hours"
    assert "task:order_status" in payloads(reply)


@pytest.mark.parametrize("typed", ["yes please", "ok"])
def test_a_typed_yes_to_an_offer_is_its_button(bot: RunningBot, conversation: str, typed: str) -> None:
    both = conversation, f"{conversation}-pressed"
    offers = [bot.turn(name, "i need to return a lamp also how do i get an invoice").replies[-1] for name in both]
    [button] = offers[0].buttons
    said, did = bot.turn(both[0], typed), bot.turn(both[1], button.title, payload=button.payload)

    assert said.trace["actions"] == did.trace["actions"] == ["return_form"]
    assert texts(said) == texts(did)


@pytest.mark.parametrize(
    ("typed", "done"),
    [(["no thanks"], ["utter_deny"]), (["do you deliver to Norway?", "yes please"], ["utter_affirm"])],
)
def test_an_offer_that_is_declined_or_passed_over_is_none(
    bot: RunningBot, conversation: str, typed: list[str], done: list[str]
) -> None:
    bot.turn(conversation, "i need to return a lamp also how do i get an invoice")

    assert [bot.turn(conversation, text) for text in typed][-1].trace["actions"] == done


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
