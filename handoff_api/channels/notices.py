"""What a contact on a messaging app is told in words where the widget draws a status: place in line, the rating. Pure.

A notice is written to the log like any message, so agents see what the contact was told, and the outbox delivers it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handoff_api import wording
from handoff_api.conversations.events import SYSTEM, Event, EventKind, NewEvent
from handoff_api.conversations.model import Owner

_RATING = re.compile(r"rate:([1-5])")
_RATING_BUTTONS = [{"title": str(csat), "payload": f"rate:{csat}"} for csat in range(1, 6)]


@dataclass(frozen=True)
class Notice:
    """A message, and who must own the conversation for it to be still true."""

    message: NewEvent
    owners: frozenset[Owner] = frozenset()


def notice_of(event: Event, place: int | None) -> Notice | None:
    """What to say about an event; ``place`` is the conversation's place in line."""
    match event.kind:
        case EventKind.HANDOFF_REQUESTED if place:
            text = wording.NEXT_IN_LINE if place == 1 else wording.PLACE_IN_LINE.format(place=place)
            return Notice(_said(text), frozenset({Owner.QUEUE}))
        case EventKind.CONVERSATION_RESOLVED:
            message = NewEvent(EventKind.MESSAGE_SENT, SYSTEM, wording.ASK_RATING, _RATING_BUTTONS)
            return Notice(message, frozenset({Owner.CLOSED}))
        case EventKind.RATING_GIVEN:
            return Notice(_said(wording.THANKS_FOR_RATING))
        case _:
            return None


def rating_of(payload: str) -> int | None:
    """The rating a pressed button stands for; None for other buttons."""
    found = _RATING.fullmatch(payload)
    return int(found[1]) if found else None


def _said(text: str) -> NewEvent:
    return NewEvent(EventKind.MESSAGE_SENT, SYSTEM, text)
