"""What contacts on messaging apps are told in words."""

from __future__ import annotations

import pytest

from handoff_api.channels.notices import notice_of, rating_of
from handoff_api.conversations.events import ANNOUNCED, CONTACT, SYSTEM, Event, EventKind, NewEvent
from handoff_api.conversations.model import Owner


def event(kind: EventKind) -> Event:
    return Event("c0-0123456789abcdef", 4, 0, kind, SYSTEM)


@pytest.mark.parametrize(("place", "text"), [(1, "You are next in line."), (7, "You are number 7 in line.")])
def test_the_place_in_line_is_true_only_while_waiting(place: int, text: str) -> None:
    notice = notice_of(event(EventKind.HANDOFF_REQUESTED), place)
    assert notice is not None
    assert (notice.message.text, notice.owners) == (text, {Owner.QUEUE})


def test_nothing_is_said_of_a_place_there_is_not() -> None:
    assert notice_of(event(EventKind.HANDOFF_REQUESTED), None) is None


def test_a_closed_conversation_asks_for_a_rating_that_its_buttons_give() -> None:
    notice = notice_of(event(EventKind.CONVERSATION_RESOLVED), None)
    assert notice is not None
    assert [rating_of(button["payload"]) for button in notice.message.buttons] == [1, 2, 3, 4, 5]
    assert notice.owners == {Owner.CLOSED}


@pytest.mark.parametrize("payload", ["", "human", "rate:0", "rate:6", "rate:55", "rate:", "rate:²", "faq:rate:5"])
def test_other_buttons_are_no_rating(payload: str) -> None:
    assert rating_of(payload) is None


def test_the_outbox_wakes_for_every_kind_that_has_a_notice() -> None:
    """A handoff always comes with a message, which wakes it too."""
    spoken_of = {kind for kind in EventKind if notice_of(event(kind), 1)}
    assert spoken_of == ANNOUNCED | {EventKind.HANDOFF_REQUESTED}
    assert {NewEvent(kind, CONTACT).tag() for kind in ANNOUNCED} == {"d"}
