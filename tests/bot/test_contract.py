"""What comes in is checked, with an error that names the field; what goes out has the contract's form."""

from typing import Any

import pytest

from bot.contract import Button, Fact, Reply, TurnReply, TurnRequest
from bot.errors import BadRequest

SOUND: dict[str, Any] = {
    "conversation_id": "c3-abc",
    "turn_id": "t1",
    "epoch": 2,
    "messages": [{"id": "c3-abc.1", "text": "hello", "at": "2026-11-22T10:00:00Z"}],
    "facts": {"email": "a@b.example", "vip": None},
    "locale": "en-GB",
}


def test_a_sound_request() -> None:
    request = TurnRequest.parse(SOUND)

    assert request.conversation_id == "c3-abc"
    assert request.epoch == 2
    assert request.messages[0].text == "hello"
    assert request.messages[0].payload is None
    assert request.facts == {"email": "a@b.example"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"conversation_id": 7}, "conversation_id"),
        ({"turn_id": ""}, "turn_id"),
        ({"turn_id": "x" * 300}, "turn_id"),
        ({"epoch": -1}, "epoch"),
        ({"epoch": "1"}, "epoch"),
        ({"epoch": True}, "epoch"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"id": "1"}]}, r"messages\[0\].text"),
        ({"messages": [{"text": "hi"}]}, r"messages\[0\].id"),
        ({"messages": [{"id": "1", "text": "hi", "payload": 3}]}, r"messages\[0\].payload"),
        ({"messages": ["hi"]}, r"messages\[0\]"),
        ({"facts": ["a"]}, "facts"),
    ],
)
def test_a_fault_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        TurnRequest.parse({**SOUND, **change})


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_a_body_that_is_no_object(body: object) -> None:
    with pytest.raises(BadRequest, match="object"):
        TurnRequest.parse(body)


def test_a_reply_in_the_contracts_form() -> None:
    reply = TurnReply(
        replies=(Reply("Hello"), Reply("Choose", (Button("One", "faq:a.b"),), "a.b")),
        facts=(Fact("email", "a@b.example", "m1"),),
    )

    assert reply.as_json() == {
        "replies": [
            {"text": "Hello"},
            {"text": "Choose", "buttons": [{"title": "One", "payload": "faq:a.b"}], "faq_id": "a.b"},
        ],
        "handoff": None,
        "signals": [],
        "facts": [{"name": "email", "value": "a@b.example", "message_id": "m1"}],
        "trace": {},
    }
