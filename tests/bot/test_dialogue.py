"""From Rasa's events to what the handoff decision looks at."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    # Rasa's own dependencies.
    warnings.simplefilter("ignore")
    from bot.settings import keep_private

    keep_private()
    from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
    from rasa.shared.core.slots import TextSlot
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.dialogue import bot_action, contact_message, exchanges, view_of
    from bot.handoff.dialogue_signals import bot_repetition
    from bot.handoff.view import BotActionKind
    from bot.vectors import pack, unpack


def said(text: str, intent: str, number: int, probability: float = 0.9) -> Any:
    parsed = {
        "intent": {"name": intent, "confidence": 0.8},
        "entities": [{"entity": "order_number", "value": "MF-204518"}],
        "faq": {"outcome": "answer", "candidates": [{"id": "a.b", "question": "?", "probability": probability}]},
        "vector": pack(np.full(384, 0.05, dtype=np.float32)),
        "wording": pack(np.full(384, -0.05, dtype=np.float32)),
        "parts": pack(np.repeat(np.asarray([[0.1], [0.2]], dtype=np.float32), 768, axis=1)),
    }
    return UserUttered(text, parsed["intent"], parsed["entities"], parsed, metadata={"message_id": f"m{number}"})


def replied(
    text: str, kind: str | None = None, utter: str | None = None, buttons: tuple[str, ...] = (), **custom: Any
) -> Any:
    data: dict[str, Any] = {"custom": {"kind": kind, **custom}} if kind else {}
    data["buttons"] = [{"title": title, "payload": "faq:x"} for title in buttons]
    return BotUttered(text, data, metadata={"utter_action": utter} if utter else {})


def test_messages_with_what_the_bot_did() -> None:
    events = [
        ActionExecuted("action_listen"),
        said("how long?", "faq", 1),
        replied("30 days", "answered", faq_id="a.b", question="How long?", probability=0.9),
        ActionExecuted("action_listen"),
        said("thanks", "thanks", 2),
        replied("You're welcome", utter="utter_thanks"),
    ]
    first, second = exchanges(events, epoch=4)

    assert first.message.id == "m1"
    assert first.message.epoch == 4
    assert first.message.entities[0].value == "MF-204518"
    assert np.allclose(first.message.vector, -first.message.wording)
    assert np.allclose(first.message.wording, -0.05, atol=1e-4)
    assert first.message.parts.shape == (2, 768)
    assert np.allclose(first.message.parts[1], 0.2, atol=1e-3)
    assert first.actions[0].kind is BotActionKind.ANSWERED
    assert first.actions[0].faq_id == "a.b"
    assert second.actions[0].kind is BotActionKind.SMALL_TALK


def test_messages_that_came_together_keep_their_ids_and_texts() -> None:
    several, one, older = said("useless!\nhello?", "faq", 2), said("and now?", "faq", 3), said("hello", "greet", 4)
    several.metadata["messages"] = [["m1", 0, 8], ["m2", 9, 15]]
    one.metadata["messages"] = [["m3", 0, 8]]
    first, second, third = (exchange.message for exchange in exchanges([several, one, older], epoch=0))

    assert (first.id, first.ids) == ("m2", ("m1", "m2"))
    assert first.together == (("m1", "useless!"), ("m2", "hello?"))
    assert (second.ids, second.together) == (("m3",), ())
    assert third.ids == ("m4",)


@pytest.mark.parametrize("kind", ["clarified", "abstained"])
def test_two_menus_are_the_same_only_if_they_offer_the_same(kind: str) -> None:
    first = ("Do you deliver to Europe?", "Do you deliver outside Europe?")
    second = ("Where can I park?", "Which courier delivers my order?")
    menus = [replied("Which of these is it about?", kind, buttons=titles) for titles in (first, second, first)]
    said_so = [bot_action(menu) for menu in menus]

    assert bot_repetition([(said_so[0],), (said_so[1],)], [1.0, 1.0]) == 0.0
    assert bot_repetition([(said_so[0],), (said_so[2],)], [1.0, 1.0]) == 1.0


def test_only_a_question_has_an_faq_probability() -> None:
    question, answer = exchanges([said("how long?", "faq", 1), said("yes", "affirm", 2)], epoch=0)

    assert question.message.faq_probability == 0.9
    assert answer.message.faq_probability is None
    assert answer.message.faq_id is None


def test_a_forms_reminder_is_no_action_of_its_own() -> None:
    events = [
        said("do you deliver to Norway?", "faq", 1),
        replied("Yes", "answered", faq_id="a.b"),
        replied("What is your order number?", utter="utter_ask_order_number"),
        said("where is my order", "order_status", 2),
        replied("What is your order number?", utter="utter_ask_order_number"),
    ]
    between, asked = exchanges(events, epoch=0)

    assert [action.kind for action in between.actions] == [BotActionKind.ANSWERED]
    assert [action.kind for action in asked.actions] == [BotActionKind.ASKED_SLOT]


WAYS_OUT = [{"title": "None of these", "payload": "none_of_these"}, {"title": "Talk to a person", "payload": "human"}]


def test_of_the_bots_words_what_it_asks_is_kept() -> None:
    menu = replied("Not sure. Did you mean one of these?", "clarified", buttons=("Return periods", "Return costs"))
    menu.data["buttons"] += WAYS_OUT
    answer = replied("You have 30 days. Keep the box.", "answered", buttons=("What does a return cost?",))
    offer = replied("That didn't help. Shall I pass you to a person?", "offered_person")
    offer.data["buttons"] = [WAYS_OUT[1], {"title": "No, I'll ask differently", "payload": "say:No, thanks"}]
    reminder = replied("Thanks! And your order number? It begins with MF.", utter="utter_ask_order_number")
    [exchange] = exchanges([said("returns", "faq", 1), menu, answer, offer, reminder], epoch=0)
    assert exchange.words == (
        "Did you mean one of these? Return periods / Return costs",
        "",
        "Shall I pass you to a person?",
        "And your order number? It begins with MF.",
    )


def last_exchange(reply: Any, answer: str, intent: str) -> Any:
    events = [said("may I sing in your shop?", "faq", 1), reply]
    latest = said(answer, intent, 2)
    message = contact_message(latest.parse_data, latest.metadata, latest.text, epoch=0)
    return view_of(DialogueStateTracker.from_events("c1-x", [*events, latest]), message).earlier[-1]


@pytest.mark.parametrize("kind", ["abstained", "clarified"])
def test_what_is_offered_in_passing_is_offered_to_who_agrees(kind: str) -> None:
    reply = replied("I don't have an answer to that. I can pass you to a person.", kind)
    reply.data["buttons"] += WAYS_OUT
    agreed = last_exchange(reply, "yes please", "affirm")
    assert [action.kind for action in agreed.actions] == [BotActionKind(kind), BotActionKind.OFFERED_PERSON]
    assert agreed.actions[1].offered == ("I can pass you to a person.",)
    assert agreed.words[-1] == "I can pass you to a person."
    assert [action.kind for action in last_exchange(reply, "hello", "greet").actions] == [BotActionKind(kind)]


@pytest.mark.parametrize(
    ("text", "kind", "buttons"),
    [
        ("Our team in the shop knows. Ask a colleague there.", "answered", WAYS_OUT),
        ("Do you mean the team order?", "clarified", []),
        ("Which of these is it about?", "clarified", WAYS_OUT),
    ],
)
def test_not_every_person_that_is_named_is_offered(text: str, kind: str, buttons: list[dict[str, str]]) -> None:
    reply = replied(text, kind)
    reply.data["buttons"] += buttons
    assert [action.kind for action in last_exchange(reply, "yes", "affirm").actions] == [BotActionKind(kind)]


def test_the_latest_message_is_not_its_own_past() -> None:
    last = said("where is it?", "order_status", 2)
    tracker = DialogueStateTracker.from_events(
        "c1-x", [said("hello", "greet", 1), last, SlotSet("email", "a@b.example")]
    )
    view = view_of(tracker, contact_message(last.parse_data, last.metadata, last.text, epoch=0))

    assert [exchange.message.id for exchange in view.earlier] == ["m1"]
    assert view.message.id == "m2"


def test_vectors_survive_packing() -> None:
    vector = np.random.default_rng(1).normal(size=384).astype(np.float32)
    vector /= np.linalg.norm(vector)

    assert np.abs(unpack(pack(vector)) - vector).max() < 1e-3
    assert len(pack(vector)) < 1100


@pytest.mark.parametrize(
    ("events", "in_hand"),
    [
        ([replied("Order MF-204518 is on its way", "answered")], True),
        ([said("where is 204518", "order_status", 1)], True),
        ([replied("Order MF-204518 is on its way", "answered"), said("thanks", "thanks", 2)], True),
        ([replied("Is it still about order MF-204518?", utter="utter_ask_order_confirmed")], False),
        (
            [replied("Order MF-204518 is on its way", "answered"), replied("Shall I?", utter="utter_ask_other_task")],
            False,
        ),
        ([replied("“Cancel MF-204518” Shall I?", utter="utter_ask_other_task")], True),
        (
            [
                replied("Order MF-204518 is on its way", "answered"),
                replied("Shall I?", "asked_slot", utter="utter_ask_other_task", asked="can I return it"),
            ],
            True,
        ),
        ([], False),
    ],
)
def test_an_order_is_in_hand_while_the_last_words_name_it(events: list[Any], in_hand: bool) -> None:
    from bot.dialogue import order_in_hand

    slots = [TextSlot("order_number", mappings=[{"type": "custom"}])]
    before = [replied("Hello", "small_talk")]
    tracker = DialogueStateTracker.from_events("c1-x", [*before, SlotSet("order_number", "MF-204518"), *events], slots)

    assert order_in_hand(tracker) == ("MF-204518" if in_hand else None)
