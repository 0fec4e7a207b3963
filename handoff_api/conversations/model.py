"""The nouns: who owns a conversation, why it was handed off, and what we know of its contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Owner(StrEnum):
    """Who is to speak next. A conversation has exactly one owner at any time."""

    BOT = "bot"  # the assistant answers
    QUEUE = "queue"  # waiting for a person; the bot is silent
    AGENT = "agent"  # one agent holds it
    CLOSED = "closed"  # nobody; the next message of the contact reopens it


class HandoffReason(StrEnum):
    """Why a conversation goes to people. Counted in metrics; the customer's wording depends on it."""

    ASKED_FOR_HUMAN = "asked_for_human"  # an explicit wish, always granted
    FRUSTRATED = "frustrated"  # tone or repeats show it
    TOO_COMPLEX = "too_complex"  # several problems, exceptions, long stories
    NO_ANSWER = "no_answer"  # the bot did not know, or did not help
    SENSITIVE_TOPIC = "sensitive_topic"  # authored: safety, bereavement, legal, fraud, accessibility, privacy
    BOT_UNAVAILABLE = "bot_unavailable"  # the bot was away longer than the configured patience
    REQUESTED_BY_RULE = "requested_by_rule"  # a rule of the assistant, or an agent taking over


class HandoffState(StrEnum):
    """Where a handoff stands."""

    QUEUED = "queued"  # waiting for a person
    ASSIGNED = "assigned"  # an agent has it
    RESOLVED = "resolved"  # an agent closed it
    RETURNED = "returned"  # an agent gave it back to the bot
    ABANDONED = "abandoned"  # the contact left the queue


class Channel(StrEnum):
    """Where a conversation takes place."""

    WIDGET = "widget"
    TELEGRAM = "telegram"

    @property
    def is_messaging_app(self) -> bool:
        """Whether messages are read on a phone's messaging app, where long answers are a burden."""
        return self is not Channel.WIDGET


@dataclass(frozen=True)
class Contact:
    """A customer. ``verified`` is true, and ``tier`` there, only where the website signed the identity."""

    id: str
    name: str | None = None
    email: str | None = None
    page: str | None = None
    verified: bool = False
    tier: str | None = None


@dataclass(frozen=True)
class Conversation:
    """The current state of one thread; its history is the log. Times are milliseconds since 1970, UTC."""

    id: str
    owner: Owner
    epoch: int
    seq: int
    channel: Channel
    address: str
    contact: Contact
    locale: str
    bot_cursor: int
    contact_seq: int
    contact_read: int
    started_at: int
    updated_at: int
    queued_at: int | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    handoff: Mapping[str, Any] | None = None
    handoff_state: HandoffState | None = None
    facts: tuple[Mapping[str, Any], ...] = ()
    last: Mapping[str, Any] | None = None
    said: str | None = None  # the contact's last words
    rating: Mapping[str, Any] | None = None
    turn: str | None = None
    sent_cursor: int = 0
    facts_cursor: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)
