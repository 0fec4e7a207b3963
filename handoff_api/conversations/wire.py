"""The state of a conversation on the wires: a summary for agents, a status for the contact. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from handoff_api.conversations.brief import Brief
from handoff_api.conversations.events import iso
from handoff_api.conversations.model import Conversation, Owner

_SNIPPET = 300  # characters of a message in a list


def summary(conversation: Conversation, place: int | None, titles: Mapping[str, str]) -> dict[str, Any]:
    """What the console's lists show of a conversation."""
    c = conversation
    wire: dict[str, Any] = {
        "id": c.id,
        "owner": str(c.owner),
        "epoch": c.epoch,
        "seq": c.seq,
        "channel": str(c.channel),
        "contact": {k: v for k, v in asdict(c.contact).items() if v},
        "handoff": None,
        "agent": {"id": c.agent_id, "name": c.agent_name} if c.agent_id else None,
        "last_message": {"author": c.last["author"], "text": c.last["text"][:_SNIPPET], "at": iso(c.last["at"])}
        if c.last
        else None,
        "contact_read": c.contact_read,
        "started_at": iso(c.started_at),
        "updated_at": iso(c.updated_at),
    }
    if c.said:
        wire["last_said"] = c.said[:_SNIPPET]
    if c.facts:
        wire["facts"] = [str(fact["value"]) for fact in c.facts]
    if c.handoff:
        wire["handoff"] = {**c.handoff, "state": str(c.handoff_state) if c.handoff_state else None}
        wire["handoff"]["faqs_tried"] = [
            {**faq, "question": titles.get(faq["id"], faq.get("question") or faq["id"])}
            for faq in c.handoff.get("faqs_tried", ())
        ]
    if c.queued_at:
        wire["queued_at"] = iso(c.queued_at)
    if place:
        wire["position"] = place
    if c.rating:
        wire["rating"] = dict(c.rating)
    return wire


def status(conversation: Conversation, place: int | None, eta_s: int | None, *, online: bool) -> dict[str, Any]:
    """What the contact is told of who looks after them."""
    wire: dict[str, Any] = {"type": "status", "owner": str(conversation.owner), "people_online": online}
    if conversation.owner is Owner.QUEUE and place:
        wire["position"] = place
        if eta_s is not None:
            wire["eta_s"] = eta_s
    if conversation.owner is Owner.AGENT:
        wire["agent"] = {"name": conversation.agent_name}
    if conversation.owner is Owner.CLOSED:
        wire["rated"] = conversation.rating is not None
    return wire


def brief(value: Brief) -> dict[str, Any]:
    """The brief as JSON."""
    return {
        "reason_text": value.reason_text,
        "evidence": [dict(item) for item in value.evidence],
        "tried": [dict(item) for item in value.tried],
        "facts": [dict(item) for item in value.facts],
        "signals": [dict(item) for item in value.signals],
    }
