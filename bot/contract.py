"""The bot contract as the bot sees it: a checked request in, a reply out. The switchboard has the same types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.errors import BadRequest

MAX_MESSAGES = 200
MAX_SEARCHED = 10_000
MAX_MATCHES = 50


@dataclass(frozen=True)
class Message:
    """One message of the contact; `payload` belongs to a pressed button and is never typed text."""

    id: str
    text: str
    payload: str | None = None


@dataclass(frozen=True)
class TurnRequest:
    """The contact's messages that have no answer yet: together they are one question."""

    conversation_id: str
    turn_id: str
    epoch: int
    messages: tuple[Message, ...]
    facts: Mapping[str, str]
    locale: str | None
    brief: bool = False

    @classmethod
    def parse(cls, body: object) -> TurnRequest:
        """Check a decoded JSON body; the error says which field is wrong and what was expected."""
        if not isinstance(body, dict):
            raise BadRequest("the body must be a JSON object")
        messages = body.get("messages")
        if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
            raise BadRequest(f"messages must be a list of 1 to {MAX_MESSAGES} messages")
        facts = body.get("facts") or {}
        if not isinstance(facts, dict):
            raise BadRequest("facts must be an object of names and values")
        locale = body.get("locale")
        return cls(
            conversation_id=_text(body, "conversation_id"),
            turn_id=_text(body, "turn_id"),
            epoch=_epoch(body.get("epoch", 0)),
            messages=tuple(_message(item, index) for index, item in enumerate(messages)),
            facts={str(name): str(value) for name, value in facts.items() if value is not None},
            locale=locale if isinstance(locale, str) else None,
            brief=body.get("brief") is True,
        )


def parse_messages(body: object) -> tuple[Message, ...]:
    """The messages of a decoded JSON body whose facts are asked for."""
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
        raise BadRequest(f"messages must be a list of 1 to {MAX_MESSAGES} messages")
    return tuple(_message(item, index) for index, item in enumerate(messages))


def parse_search(body: object) -> tuple[str, int]:
    """Text and number of entries of a decoded JSON body that asks for matches."""
    text, most = (body.get("text"), body.get("most")) if isinstance(body, dict) else (None, None)
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_SEARCHED:
        raise BadRequest(f"text must be a string of 1 to {MAX_SEARCHED} characters")
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MAX_MATCHES:
        raise BadRequest(f"most must be a whole number, 1 to {MAX_MATCHES}")
    return text, most


@dataclass(frozen=True)
class Button:
    """A choice offered below a reply."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One message of the bot."""

    text: str
    buttons: tuple[Button, ...] = ()
    faq_id: str | None = None


@dataclass(frozen=True)
class Fact:
    """Something the contact has told, with the message it came from."""

    name: str
    value: str
    message_id: str | None = None


@dataclass(frozen=True)
class TurnReply:
    """What the bot decided to say, and whether people shall take over."""

    replies: tuple[Reply, ...]
    handoff: Mapping[str, Any] | None = None
    signals: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[Fact, ...] = ()
    trace: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The reply as the contract writes it."""
        replies: list[dict[str, Any]] = []
        for reply in self.replies:
            item: dict[str, Any] = {"text": reply.text}
            if reply.buttons:
                item["buttons"] = [asdict(button) for button in reply.buttons]
            if reply.faq_id:
                item["faq_id"] = reply.faq_id
            replies.append(item)
        return {
            "replies": replies,
            "handoff": dict(self.handoff) if self.handoff else None,
            "signals": [dict(signal) for signal in self.signals],
            "facts": [asdict(fact) for fact in self.facts],
            "trace": dict(self.trace),
        }


def _message(item: object, index: int) -> Message:
    if not isinstance(item, dict):
        raise BadRequest(f"messages[{index}] must be an object with id and text")
    text = item.get("text")
    if not isinstance(text, str):
        raise BadRequest(f"messages[{index}].text must be a string")
    payload = item.get("payload")
    if payload is not None and not isinstance(payload, str):
        raise BadRequest(f"messages[{index}].payload must be a string or null")
    return Message(id=_text(item, "id", f"messages[{index}].id"), text=text, payload=payload or None)


def _text(values: Mapping[str, Any], name: str, shown: str | None = None) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise BadRequest(f"{shown or name} must be a string of 1 to 200 characters")
    return value


def _epoch(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRequest("epoch must be a whole number, 0 or more")
    return value
