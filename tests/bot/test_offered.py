"""Which buttons the contact sees last."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    # Rasa's own dependencies.
    warnings.simplefilter("ignore")
    from bot.settings import keep_private

    keep_private()
    from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

    from bot.offered import last_buttons

YES = {"title": "Yes, please", "payload": "task:order_status"}
OFFER = BotUttered("Shall I do that now?", {"buttons": [YES]})
LISTENS = [SlotSet("last_faq", None), ActionExecuted("action_listen")]


def test_the_buttons_are_those_of_the_last_reply_also_of_stored_events() -> None:
    events = [
        UserUttered("hi"),
        BotUttered("Hello", {"buttons": [{"title": "Return", "payload": "x"}]}),
        OFFER,
        *LISTENS,
    ]
    stored = [Event.from_parameters(event.as_dict()) for event in events]

    assert last_buttons(events) == last_buttons(stored) == [YES]


def test_what_was_offered_before_is_over() -> None:
    assert not last_buttons([OFFER, BotUttered("What is your order number?"), *LISTENS])
    assert not last_buttons([OFFER, UserUttered("yes")])
    assert not last_buttons(LISTENS)
