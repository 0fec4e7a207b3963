"""What any bot must speak to sit behind the switchboard: one POST per turn.

    POST <bot>/webhooks/baton/turn      TurnRequest -> TurnReply
    POST <bot>/webhooks/baton/facts     FactsRequest -> FactsReply      (optional: asked when an agent looks)
    POST <bot>/webhooks/baton/matches   MatchesRequest -> MatchesReply  (optional: asked when an agent seeks an answer)

The bot must be idempotent on ``turn_id``: the same turn asked again returns the stored reply and runs nothing twice.
``epoch`` rises whenever the conversation changed hands; what the bot knew of an older epoch is spent.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from handoff_api.conversations.model import HandoffReason


class _Contract(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class TurnMessage(_Contract):
    """One message of the contact. ``at`` is ISO 8601 UTC; ``payload`` belongs to a pressed button."""

    id: str
    text: str
    at: str
    payload: str | None = None


class TurnRequest(_Contract):
    """The contact messages the bot has not answered yet: together they are one question."""

    conversation_id: str
    turn_id: str
    epoch: int = Field(ge=0)
    messages: list[TurnMessage] = Field(min_length=1)
    facts: dict[str, str] = {}  # told by the contact; ``tier`` only by the website, signed
    locale: str = "en"
    brief: bool = False  # read on a messaging app: answers in their short form


class Button(_Contract):
    """A choice offered below a message."""

    title: str
    payload: str


class Reply(_Contract):
    """One message of the bot."""

    text: str = Field(min_length=1)
    buttons: list[Button] = []
    faq_id: str | None = None


class Signal(_Contract):
    """One measured input to the decision, with the message it was measured on and ``also`` others that show it."""

    name: str
    value: float
    message_id: str | None = None
    text: str | None = None
    also: list[str] = []


class FaqTried(_Contract):
    """An entry that was offered to the contact before the handoff."""

    id: str
    question: str | None = None


class Handoff(_Contract):
    """The bot's wish to pass the conversation to people, with its explanation."""

    reason: HandoffReason
    signals: list[Signal] = []
    evidence: list[str] = []
    note: str = ""
    faqs_tried: list[FaqTried] = []

    @field_validator("faqs_tried", mode="before")
    @classmethod
    def _ids_are_enough(cls, value: object) -> object:
        if isinstance(value, list):
            return [{"id": item} if isinstance(item, str) else item for item in value]
        return value


class Fact(_Contract):
    """Something the contact has told us, with the message it came from."""

    name: str
    value: str
    message_id: str | None = None


class TurnReply(_Contract):
    """What the bot decided: at least one reply or a handoff."""

    replies: list[Reply] = []
    handoff: Handoff | None = None
    signals: list[Signal] = []
    facts: list[Fact] = []
    trace: dict[str, Any] = {}

    @model_validator(mode="after")
    def _says_something(self) -> TurnReply:
        if not self.replies and self.handoff is None:
            raise ValueError("expected at least one reply or a handoff")
        return self


class GivenMessage(_Contract):
    """A message whose facts are asked for."""

    id: str
    text: str


class FactsRequest(_Contract):
    """Messages of one contact, oldest first."""

    messages: list[GivenMessage] = Field(min_length=1, max_length=200)


class FactsReply(_Contract):
    """Every fact once, with the message that gave it."""

    facts: list[Fact] = []


class MatchesRequest(_Contract):
    """What an agent seeks: words of their own, or what the customer wrote."""

    text: str = Field(min_length=1, max_length=10_000)
    most: int = Field(ge=1, le=50)


class Match(_Contract):
    """An FAQ entry and how probable it is that it answers the text."""

    faq_id: str
    probability: float = Field(ge=0, le=1)


class MatchesReply(_Contract):
    """The likeliest entries, best first."""

    matches: list[Match] = []
