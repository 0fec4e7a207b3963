"""From a turn to the bot's request, and from its reply to what is written. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from handoff_api import wording
from handoff_api.bot_contract import Fact, TurnMessage, TurnReply, TurnRequest
from handoff_api.conversations.events import BOT, EventKind, NewEvent, iso
from handoff_api.conversations.model import Conversation, HandoffReason, Owner
from handoff_api.conversations.switchboard import handoff_fields, handoff_record
from handoff_api.storage.conversations import BegunTurn, Transfer


@dataclass(frozen=True)
class Decision:
    """What a turn writes: events, and the handoff where there is one."""

    events: tuple[NewEvent, ...]
    transfer: Transfer | None
    fields: dict[str, str]
    reason: HandoffReason | None = None


def request_of(turn: BegunTurn) -> TurnRequest:
    """What the bot is asked."""
    messages = [
        TurnMessage(id=event.id, text=event.text or "", at=iso(event.at), payload=event.payload)
        for event in turn.events
        if event.is_contact_message()
    ]
    return TurnRequest(
        conversation_id=turn.conversation.id,
        turn_id=turn.id,
        epoch=turn.epoch,
        messages=messages,
        facts=_known(turn.conversation),
        locale=turn.conversation.locale,
        brief=turn.conversation.channel.is_messaging_app,
    )


def decision_of(turn: BegunTurn, reply: TurnReply, absence: Sequence[NewEvent]) -> Decision:
    """What the bot's reply writes. The decision's inputs go with its last message, so that it can be replayed."""
    basis = {
        "turn_id": turn.id,
        "answers": [event.id for event in turn.events if event.is_contact_message()],
        "signals": [signal.model_dump(exclude_defaults=True) for signal in reply.signals],
        "trace": reply.trace,
    }
    said = [
        NewEvent(
            EventKind.MESSAGE_SENT,
            BOT,
            message.text,
            [button.model_dump() for button in message.buttons],
            data={"faq_id": message.faq_id} if message.faq_id else {},
        )
        for message in reply.replies
    ]
    if not said:
        said = [NewEvent(EventKind.MESSAGE_SENT, BOT, wording.HANDED_OFF, data={})]
    last = said[-1]
    said[-1] = NewEvent(last.kind, last.author, last.text, last.buttons, data={**(last.data or {}), **basis})
    facts = [NewEvent(EventKind.FACT_NOTED, BOT, data=fact.model_dump(exclude_none=True)) for fact in reply.facts]
    fields = _facts_field(turn, reply.facts)
    if reply.handoff is None:
        return Decision((*facts, *said), None, fields)
    handoff = reply.handoff
    record = handoff_record(
        handoff.reason,
        handoff.note,
        signals=[signal.model_dump(exclude_defaults=True) for signal in handoff.signals],
        evidence=handoff.evidence,
        faqs_tried=[faq.model_dump(exclude_none=True) for faq in handoff.faqs_tried],
    )
    return _handed_off(record, handoff.reason, [*facts, *said], absence, fields)


def handoff_for(turn: BegunTurn, note: str, absence: Sequence[NewEvent]) -> Decision:
    """The turn goes to people because the bot does not answer it."""
    evidence = [event.id for event in turn.events if event.is_contact_message()]
    record = handoff_record(HandoffReason.BOT_UNAVAILABLE, note, evidence=evidence)
    said = [NewEvent(EventKind.MESSAGE_SENT, BOT, wording.BOT_AWAY)]
    return _handed_off(record, HandoffReason.BOT_UNAVAILABLE, said, absence, {})


def _handed_off(
    record: dict[str, object],
    reason: HandoffReason,
    said: Sequence[NewEvent],
    absence: Sequence[NewEvent],
    fields: dict[str, str],
) -> Decision:
    event = NewEvent(EventKind.HANDOFF_REQUESTED, BOT, data=record)
    return Decision((event, *said, *absence), Transfer(Owner.QUEUE), {**fields, **handoff_fields(record)}, reason)


def _known(conversation: Conversation) -> dict[str, str]:
    """What the contact has told, and the tier that the website vouches for, whatever they tell."""
    told = {str(fact["name"]): str(fact["value"]) for fact in conversation.facts}
    return {**told, "tier": conversation.contact.tier} if conversation.contact.tier else told


def _facts_field(turn: BegunTurn, facts: Sequence[Fact]) -> dict[str, str]:
    if not facts:
        return {}
    known = {str(fact["name"]): dict(fact) for fact in turn.conversation.facts}
    known |= {fact.name: fact.model_dump(exclude_none=True) for fact in facts}
    return {"facts": json.dumps(list(known.values()), ensure_ascii=False)}
