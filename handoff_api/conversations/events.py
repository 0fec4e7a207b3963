"""The one vocabulary of events, for the log, the sockets and the metrics: ``noun.verb_past``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What can happen in a conversation."""

    CONVERSATION_STARTED = "conversation.started"
    MESSAGE_SENT = "message.sent"  # author contact, bot, agent or system
    NOTE_ADDED = "note.added"  # private, by an agent
    HANDOFF_REQUESTED = "handoff.requested"  # owner becomes queue; data: reason, signals, evidence, note, faqs_tried
    CONVERSATION_QUEUED = "conversation.queued"  # back to the queue without an agent's doing (agent vanished)
    CONVERSATION_CLAIMED = "conversation.claimed"
    CONVERSATION_RELEASED = "conversation.released"
    CONVERSATION_TRANSFERRED = "conversation.transferred"
    CONVERSATION_RETURNED = "conversation.returned"  # owner becomes bot
    CONVERSATION_RESOLVED = "conversation.resolved"  # owner becomes closed
    CONVERSATION_REOPENED = "conversation.reopened"  # the contact wrote after it was closed
    RATING_GIVEN = "rating.given"
    FACT_NOTED = "fact.noted"
    DELIVERY_UPDATED = "delivery.updated"  # by a messaging app; data: message_id, status (delayed, sent, failed), why
    TURN_REFUSED = "turn.refused"  # a reply of the bot came too late and was dropped; audit only


class AuthorType(StrEnum):
    """Who did it."""

    CONTACT = "contact"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


# What has no words of its own, but a contact on a messaging app is told of it (channels/notices.py).
ANNOUNCED = frozenset({EventKind.CONVERSATION_RESOLVED, EventKind.RATING_GIVEN})

STAFF_ONLY = frozenset({EventKind.NOTE_ADDED, EventKind.FACT_NOTED, EventKind.TURN_REFUSED, EventKind.DELIVERY_UPDATED})


@dataclass(frozen=True)
class Author:
    """``id`` and ``name`` are set for agents only."""

    type: AuthorType
    name: str | None = None
    id: str | None = None


CONTACT = Author(AuthorType.CONTACT)
BOT = Author(AuthorType.BOT)
SYSTEM = Author(AuthorType.SYSTEM)


@dataclass(frozen=True)
class NewEvent:
    """An event before it is written: it has no place in the log yet."""

    kind: EventKind
    author: Author
    text: str | None = None
    buttons: Sequence[Mapping[str, str]] = ()
    payload: str | None = None
    data: Mapping[str, Any] | None = None

    def encode(self) -> str:
        """The body as stored: compact JSON without empty fields."""
        author = {"type": self.author.type, "name": self.author.name, "id": self.author.id}
        body: dict[str, Any] = {"kind": self.kind, "author": {k: v for k, v in author.items() if v}}
        if self.text is not None:
            body["text"] = self.text
        if self.buttons:
            body["buttons"] = [dict(button) for button in self.buttons]
        if self.payload:
            body["payload"] = self.payload
        if self.data:
            body["data"] = dict(self.data)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    def tag(self) -> str:
        """How the scripts treat it: ``c`` asks for an answer, ``r`` and ``d`` go to the contact, ``o`` is other."""
        if self.kind is EventKind.MESSAGE_SENT:
            return "c" if self.author.type is AuthorType.CONTACT else "r"
        return "d" if self.kind in ANNOUNCED else "o"


@dataclass(frozen=True)
class Event:
    """One immutable entry of a conversation's log; ``seq`` counts 1, 2, 3 ... without gaps."""

    conversation_id: str
    seq: int
    at: int
    kind: EventKind
    author: Author
    text: str | None = None
    buttons: tuple[Mapping[str, str], ...] = ()
    payload: str | None = None
    data: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        return event_id(self.conversation_id, self.seq)

    @classmethod
    def decode(cls, conversation_id: str, seq: int, at: int, body: str) -> Event:
        raw = json.loads(body)
        author = raw["author"]
        return cls(
            conversation_id,
            seq,
            at,
            EventKind(raw["kind"]),
            Author(AuthorType(author["type"]), author.get("name"), author.get("id")),
            raw.get("text"),
            tuple(raw.get("buttons", ())),
            raw.get("payload"),
            raw.get("data"),
        )

    def is_contact_message(self) -> bool:
        return self.kind is EventKind.MESSAGE_SENT and self.author.type is AuthorType.CONTACT

    def for_agent(self) -> dict[str, Any]:
        """The event on an agent's wire: everything."""
        wire = self._wire()
        if self.kind is EventKind.NOTE_ADDED:
            wire["private"] = True
        if self.data:
            wire["data"] = dict(self.data)
        return wire

    def for_contact(self) -> dict[str, Any] | None:
        """The event on the contact's wire, or None where it is for staff only. Scores and agent ids stay inside."""
        if self.kind in STAFF_ONLY:
            return None
        wire = self._wire()
        wire["author"].pop("id", None)
        if self.data and "client_id" in self.data:
            wire["data"] = {"client_id": self.data["client_id"]}
        if self.data and self.kind is EventKind.HANDOFF_REQUESTED:
            wire["data"] = {"reason": self.data.get("reason")}
        if self.data and self.kind is EventKind.CONVERSATION_TRANSFERRED:
            wire["data"] = {"to": {"name": self.data.get("to", {}).get("name")}}
        if self.data and self.kind is EventKind.RATING_GIVEN:
            wire["data"] = {"csat": self.data.get("csat")}
        return wire

    def _wire(self) -> dict[str, Any]:
        author: dict[str, Any] = {"type": str(self.author.type)}
        if self.author.name:
            author["name"] = self.author.name
        if self.author.id:
            author["id"] = self.author.id
        wire: dict[str, Any] = {
            "id": self.id,
            "seq": self.seq,
            "at": iso(self.at),
            "kind": str(self.kind),
            "author": author,
        }
        if self.text is not None:
            wire["text"] = self.text
        if self.buttons:
            wire["buttons"] = [dict(button) for button in self.buttons]
        return wire


def event_id(conversation_id: str, seq: int) -> str:
    """The id of an event on every wire."""
    return f"{conversation_id}.{seq}"


def iso(at_ms: int) -> str:
    """Milliseconds since 1970 as ISO 8601 UTC with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
