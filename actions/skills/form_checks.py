"""Checks what forms are given: a value is accepted in its normal form, or refused with a word on what is expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.reply import Speaker, Turn
from actions.shop.orders import Order
from actions.shop.shop import Shop
from actions.skills.change_address import find_postcode
from actions.skills.form_help import count_failure
from actions.skills.skill import Events, Skill
from actions.skills.start_return import refuse


class FormCheck(Skill):
    """Rasa calls `validate_<form>` with the values it extracted, before the form asks on."""

    def __init__(self, form: str, shop: Shop) -> None:
        self.called = f"validate_{form}"
        self._form = form
        self._shop = shop

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Check every value given in this turn, in the order the form asks for them."""
        turn, speaker = Turn.of(tracker), Speaker(dispatcher)
        given = {name: value for name, value in tracker.slots_to_validate().items() if value is not None}
        checks: dict[str, Callable[[str], Events]] = {
            "order_number": lambda value: self._order_number(value, turn, speaker),
            "proof": lambda value: self._proof(value, given, turn, speaker),
            "return_item": lambda value: self._item(value, turn, speaker),
            "new_address": lambda value: self._address(value, turn, speaker),
        }
        events: Events = []
        for name, value in given.items():
            check = checks.get(name)
            events.extend(check(_one(value)) if check else [SlotSet(name, value)])
        if not any(event.get("name") == "proof" for event in events):
            events.extend(self._known_proof(given, turn))
        return events

    def _order_number(self, value: str, turn: Turn, speaker: Speaker) -> Events:
        order = self._shop.find(value)
        if order is not None:
            accepted: Events = [SlotSet("order_number", value)]
            if self._is_pointless(order):
                # Nothing more is asked for; the skill says why it cannot be done.
                accepted.append(SlotSet("requested_slot", None))
            return accepted
        text = f"I can't find an order {value}. It should be MF- and six digits, as in your confirmation e-mail."
        return [count_failure(turn, speaker, text), SlotSet("order_number", None)]

    def _is_pointless(self, order: Order) -> bool:
        if self._form in ("cancel_form", "address_form"):
            return not order.open_to_changes()
        return self._form == "return_form" and refuse(order, datetime.now(UTC)) is not None

    def _proof(self, value: str, given: dict[str, Any], turn: Turn, speaker: Speaker) -> Events:
        order = self._order(given, turn)
        if order is None or order.proven_by(value):
            return [SlotSet("proof", value)]
        text = f"That isn't the e-mail address or postcode of order {order.number}."
        return [count_failure(turn, speaker, text), SlotSet("proof", None)]

    def _known_proof(self, given: dict[str, Any], turn: Turn) -> Events:
        """An e-mail address or postcode given earlier proves the order without being asked for again."""
        order = self._order(given, turn)
        if order is None or turn.known("proof"):
            return []
        fits = [value for name in ("email", "postcode") if (value := turn.known(name)) and order.proven_by(value)]
        return [SlotSet("proof", fits[0])] if fits else []

    def _item(self, value: str, turn: Turn, speaker: Speaker) -> Events:
        order = self._order({}, turn)
        item = order.find_item(value) if order else None
        if item is not None:
            return [SlotSet("return_item", item.name)]
        names = ", ".join(item.name for item in order.items) if order else ""
        text = f"I don't see that in this order. It has: {names}."
        return [count_failure(turn, speaker, text), SlotSet("return_item", None)]

    def _address(self, value: str, turn: Turn, speaker: Speaker) -> Events:
        if find_postcode(value) and len(value) >= 12:
            return [SlotSet("new_address", value)]
        text = "That doesn't look like a whole address. I need the street, the town and a UK postcode."
        return [count_failure(turn, speaker, text), SlotSet("new_address", None)]

    def _order(self, given: dict[str, Any], turn: Turn) -> Order | None:
        number = _one(given["order_number"]) if "order_number" in given else turn.known("order_number")
        return self._shop.find(number) if number else None


def every_form_check(shop: Shop) -> list[FormCheck]:
    """One for each form in domain.yml."""
    return [FormCheck(form, shop) for form in ("order_form", "return_form", "cancel_form", "address_form")]


def _one(value: Any) -> str:
    """Of several values for one slot (two order numbers in a message) the last counts."""
    if isinstance(value, list):
        value = value[-1]
    return str(value)
