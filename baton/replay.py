"""Makes the decisions of a conversation again, from its log and the weights on disk. Pure but for `read_log`."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.handoff.decision import HandoffDecision
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffAction
from bot.handoff.record import Record, decision_json
from bot.handoff.weights import Weights
from handoff_api.conversations.events import Event, EventKind


class Verdict(StrEnum):
    """What came of making a decision again."""

    IDENTICAL = "identical"
    DIFFERENT = "different"  # the same inputs and weights gave something else: the decision is not pure any more
    WEIGHTS_CHANGED = "weights_changed"  # decided with other weights than those at hand
    NOT_STORED = "not_stored"  # an older Baton, or another bot, stored less than it takes


@dataclass(frozen=True)
class Decided:
    """One decision of the bot, as the log has it and as it comes out again."""

    event_id: str  # the message of the bot that carries the decision
    turn_id: str
    at: int  # ms since 1970
    messages: tuple[Event, ...]  # of the contact, which it answers
    handoff: Event | None  # that it led to
    actions: tuple[str, ...]  # what the assistant did
    model: str
    record: Record | None
    again: HandoffDecision | None  # None where it could not be made again

    @property
    def verdict(self) -> Verdict:
        """Whether every bit is the same."""
        if self.record is None:
            return Verdict.NOT_STORED
        if self.again is None:
            return Verdict.WEIGHTS_CHANGED
        return (
            Verdict.IDENTICAL if self.again == self.record.decision and self._told_as_decided() else Verdict.DIFFERENT
        )

    def _told_as_decided(self) -> bool:
        """Agents were told what was decided; a rule of the assistant may hand off where the decision would not."""
        decision = self.record.decision if self.record else None
        if self.handoff is None or decision is None or decision.action is not HandoffAction.HAND_OFF:
            return True
        told: Mapping[str, Any] = self.handoff.data or {}
        return (told.get("reason"), told.get("note"), told.get("evidence")) == (
            decision.reason,
            decision.note,
            list(decision.evidence),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, under fixed keys."""
        return {
            "event_id": self.event_id,
            "turn_id": self.turn_id,
            "verdict": self.verdict.value,
            "messages": [{"id": event.id, "text": event.text or ""} for event in self.messages],
            "handoff": dict(self.handoff.data or {}) if self.handoff else None,
            "actions": list(self.actions),
            "model": self.model,
            "recorded": self.record.to_json() if self.record else None,
            "recomputed": decision_json(self.again) if self.again else None,
        }


def decisions(events: Sequence[Event], weights: Weights) -> list[Decided]:
    """Every decision of the bot in a log, oldest first."""
    return list(_decisions(events, weights))


def undecided(events: Sequence[Event], found: Sequence[Decided]) -> list[Event]:
    """Handoffs that no decision of the bot led to: a pressed button, a bot that was away."""
    explained = {decided.handoff.id for decided in found if decided.handoff}
    return [event for event in events if event.kind is EventKind.HANDOFF_REQUESTED and event.id not in explained]


def _decisions(events: Sequence[Event], weights: Weights) -> Iterator[Decided]:
    by_id = {event.id: event for event in events}
    handoff: Event | None = None
    for event in events:
        data = event.data or {}
        if event.kind is EventKind.HANDOFF_REQUESTED:
            handoff = event  # written together with the words that follow
        elif event.kind is EventKind.MESSAGE_SENT and "trace" in data:
            record = _record(data)
            at_hand = record is not None and record.decision.weights == weights.fingerprint
            yield Decided(
                event_id=event.id,
                turn_id=str(data.get("turn_id")),
                at=event.at,
                messages=tuple(by_id[ref] for ref in data.get("answers") or () if ref in by_id),
                handoff=handoff,
                actions=tuple(data["trace"].get("actions") or ()),
                model=str(data["trace"].get("model") or ""),
                record=record,
                again=record.settled(weights) if record is not None and at_hand else None,
            )
            handoff = None
        elif event.is_contact_message():
            handoff = None


def _record(data: Mapping[str, Any]) -> Record | None:
    try:
        return Record.read({**(data["trace"].get("decision") or {}), "signals": data.get("signals") or []})
    except HandoffDataError:
        return None


def read_log(redis_url: str, conversation_id: str) -> list[Event]:
    """The whole log. Raises LookupError where there is no such conversation."""
    from handoff_api.storage.connect import connect
    from handoff_api.storage.conversations import ConversationStore, UnknownConversation

    async def read() -> list[Event]:
        client = connect(redis_url)
        try:
            _, events = await ConversationStore.create(client, partitions=1).look(conversation_id, after=0)
            return events
        except UnknownConversation:
            raise LookupError(f"There is no conversation {conversation_id}") from None
        finally:
            await client.aclose()

    return asyncio.run(read())
