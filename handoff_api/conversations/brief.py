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
        {"event_id": ref, "text": by_id[ref].text or ""} for ref in handoff.get("evidence", ()) if ref in by_id
    )
    return Brief(
        reason_text,
        evidence,
        _tried(events, handoff, titles),
        _facts(conversation, events),
        tuple(handoff.get("signals", ())),
    )


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
    latest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in events:
        if event.kind is EventKind.FACT_NOTED and event.data:
            fact = event.data
            latest[(fact["name"], fact["value"])] = {
                "name": fact["name"],
                "value": fact["value"],
                "event_id": fact.get("message_id"),
            }
    contact = conversation.contact
    given = [("name", contact.name), ("email", contact.email)]
    return (
        *({"name": name, "value": value, "event_id": None} for name, value in given if value),
        *latest.values(),
    )
