"""What an agent needs to know before the first word: why, on what evidence, what was tried, what is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handoff_api.conversations.events import Event, EventKind
from handoff_api.conversations.model import Conversation, HandoffReason

REASONS: dict[HandoffReason, str] = {
    HandoffReason.ASKED_FOR_HUMAN: "Asked for a person.",
    HandoffReason.FRUSTRATED: "Is frustrated.",
    HandoffReason.TOO_COMPLEX: "The request is too complex for the assistant.",
    HandoffReason.NO_ANSWER: "The assistant had no answer that helped.",
    HandoffReason.SENSITIVE_TOPIC: "A sensitive topic that a person must handle.",
    HandoffReason.BOT_UNAVAILABLE: "The assistant was not available.",
    HandoffReason.REQUESTED_BY_RULE: "A rule asks for a person here.",
}


# Who it is first, then which order and what about it; other kinds follow in the order they were given.
_KINDS = {
    name: place
    for place, name in enumerate(
        ("name", "email", "phone", "order_number", "product", "amount", "date", "wish", "postcode", "person")
    )
}


@dataclass(frozen=True)
class Brief:
    """The agent's summary of one conversation; every statement links to the event it came from."""

    reason_text: str
    evidence: tuple[Mapping[str, Any], ...]
    tried: tuple[Mapping[str, Any], ...]
    facts: tuple[Mapping[str, Any], ...]
    signals: tuple[Mapping[str, Any], ...]


def make_brief(conversation: Conversation, events: Sequence[Event], titles: Mapping[str, str]) -> Brief:
    """Sum up a conversation from its state and its log. ``titles`` maps FAQ ids to their questions."""
    handoff = conversation.handoff or {}
    by_id = {event.id: event for event in events}
    reason_text = ""
    if handoff:
        reason_text = handoff.get("note") or REASONS[HandoffReason(handoff["reason"])]
    evidence = tuple(
        {"event_id": event.id, "text": event.text or ""}
        for event in sorted((by_id[ref] for ref in handoff.get("evidence", ()) if ref in by_id), key=_place)
    )
    return Brief(
        reason_text,
        evidence,
        _tried(events, handoff, titles),
        _facts(conversation, events),
        tuple(handoff.get("signals", ())),
    )


def _place(event: Event) -> int:
    return event.seq


def _tried(
    events: Sequence[Event], handoff: Mapping[str, Any], titles: Mapping[str, str]
) -> tuple[Mapping[str, Any], ...]:
    names = {faq["id"]: faq.get("question") for faq in handoff.get("faqs_tried", ())}
    tried: dict[str, Mapping[str, Any]] = {}
    for event in events:
        faq_id = (event.data or {}).get("faq_id")
        if faq_id and faq_id not in tried:
            question = titles.get(faq_id) or names.get(faq_id) or faq_id
            tried[faq_id] = {"faq_id": faq_id, "question": question, "event_id": event.id}
    return tuple(tried.values())


def _facts(conversation: Conversation, events: Sequence[Event]) -> tuple[Mapping[str, Any], ...]:
    """What the website says of the contact and what they have told, each once, the kinds in a fixed order."""
    contact = conversation.contact
    given = [("name", contact.name), ("email", contact.email)]
    found: dict[tuple[str, str], Mapping[str, Any]] = {
        (name, value.lower()): {"name": name, "value": value, "event_id": None} for name, value in given if value
    }
    for event in events:
        if event.kind is EventKind.FACT_NOTED and event.data:
            name, value = str(event.data["name"]), str(event.data["value"])
            fact = {"name": name, "value": value, "event_id": event.data.get("message_id")}
            if found.setdefault((name, value.lower()), fact)["event_id"] is None:
                found[(name, value.lower())] = fact
    return tuple(sorted(found.values(), key=lambda fact: _KINDS.get(fact["name"], len(_KINDS))))
