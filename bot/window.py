"""Keeps a conversation's memory small: the newest events, and what the dropped ones left behind.

Rasa replays a conversation's events for every message, so the cost of a message grows with the conversation unless the
number of events is bounded. What a dropped event did that still matters is the value of a slot or an open form: those
are written as a few events in front of the window, and replaying gives the same state as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KEEP = 40
# Slots whose earlier values are large and never looked at again.
_LATEST_ONLY = frozenset({"decision", "last_faq", "session_started_metadata"})

Event = Mapping[str, Any]


def trim(events: Sequence[Event], keep: int = KEEP) -> list[Event]:
    """The newest `keep` events or a few more, from the beginning of a turn, after the state the others left."""
    start = _turn_start(events, len(events) - keep)
    kept = [*_left_behind(events[:start]), *events[start:]] if start > 0 else list(events)
    return _without_superseded(kept)


def _without_superseded(events: Sequence[Event]) -> list[Event]:
    """Of the large slots only the last value."""
    last = {str(event.get("name")): place for place, event in enumerate(events) if event.get("event") == "slot"}
    return [
        event
        for place, event in enumerate(events)
        if event.get("event") != "slot" or event.get("name") not in _LATEST_ONLY or last[str(event["name"])] == place
    ]


def _turn_start(events: Sequence[Event], latest: int) -> int:
    """The index of the last `action_listen` that is at `latest` or before it and is answered by the contact."""
    for index in range(min(latest, len(events) - 2), 0, -1):
        if events[index].get("name") == "action_listen" and events[index + 1].get("event") == "user":
            return index
    return 0


def _left_behind(events: Sequence[Event]) -> list[Event]:
    """The state after these events, written as few events."""
    slots: dict[str, Event] = {}
    loop: Event | None = None
    session: Event | None = None
    for event in events:
        kind = event.get("event")
        if kind == "slot":
            slots[str(event["name"])] = event
        elif kind == "reset_slots":
            slots.clear()
        elif kind == "active_loop":
            loop = event if event.get("name") else None
        elif kind == "session_started":
            session = event
    kept = [slot for slot in slots.values() if slot.get("value") is not None]
    return [event for event in (session, *kept, loop) if event is not None]
