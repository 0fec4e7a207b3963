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
        begins = not turn.known("requested_slot")
        said = given.pop("order_confirmed", None)
        confirmed = None if begins else said
        own = next(iter(turn.parsed.get("tasks") or ()), None)
        if own and own["order_number"]:
            given["order_number"] = own["order_number"]
        if confirmed is False and "order_number" not in given:
            return [SlotSet(name, None) for name in ("order_number", "order_confirmed", "proof")]
        checks: dict[str, Callable[[str], Events]] = {
            "order_number": lambda value: self._order_number(value, turn, speaker),
            "proof": lambda value: self._proof(value, given, turn, speaker),
            "return_item": lambda value: self._item(value, given, turn, speaker),
            "new_address": lambda value: self._address(value, given, turn, speaker),
        }
        events: Events = []
        if begins and (also := _also_asked(turn)) != turn.slots.get("also_asked"):
            events.append(SlotSet("also_asked", also))
        for name, value in given.items():
            check = checks.get(name)
            events.extend(check(_one(value)) if check else [SlotSet(name, value)])
        if not any(event.get("name") == "proof" for event in events):
            events.extend(self._known_proof(given, turn))
        if "order_number" in given and "return_item" not in given:
            events.extend(self._known_item(given, turn))
        if confirmed is True or "order_number" in given:
            events.extend(self._is_meant(given, turn, confirmed=confirmed is True))
        return events

    def _is_meant(self, given: dict[str, Any], turn: Turn, *, confirmed: bool) -> Events:
        """A number of this moment is the one that is meant; one from long ago is asked about, not used in silence."""
        order = self._order(given, turn)
        if order is None:
            return []
        if not (confirmed or _is_of_this_moment(order.number, turn)):
            return [SlotSet("order_confirmed", None)]
        if self._is_pointless(order):
            # Nothing more is asked for; the skill says why it cannot be done.
            return [SlotSet("order_confirmed", True), SlotSet("requested_slot", None)]
        return [SlotSet("order_confirmed", True)]

    def _order_number(self, value: str, turn: Turn, speaker: Speaker) -> Events:
        if self._shop.find(value) is not None:
            return [SlotSet("order_number", value)]
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
        if value not in turn.given():
            # It belongs to an earlier order.
            return [SlotSet("proof", None)]
        text = f"That isn't the e-mail address or postcode of order {order.number}."
        return [count_failure(turn, speaker, text), SlotSet("proof", None)]

    def _known_proof(self, given: dict[str, Any], turn: Turn) -> Events:
        """An e-mail address or postcode given earlier proves the order, or no longer does: it may be another by now."""
        order = self._order(given, turn)
        if order is None:
            return []
        known = (turn.known(name) for name in ("proof", "email", "postcode"))
        proof = next((value for value in known if value and order.proven_by(value)), None)
        return [] if proof == turn.known("proof") else [SlotSet("proof", proof)]

    def _known_item(self, given: dict[str, Any], turn: Turn) -> Events:
        """What was said of an item is forgotten with its order."""
        order, item = self._order(given, turn), turn.known("return_item")
        if item is None or (order and item in (one.name for one in order.items)):
            return []
        return [SlotSet(name, None) for name in ("return_item", "return_reason")]

    def _item(self, value: str, given: dict[str, Any], turn: Turn, speaker: Speaker) -> Events:
        order = self._order(given, turn)
        item = order.find_item(value) if order else None
        if item is not None or "order_number" in given:
            # Where it is the number of an order, the form asks again, for an item of that one.
            return [SlotSet("return_item", item and item.name)]
        names = ", ".join(item.name for item in order.items) if order else ""
        text = f"I don't see that in this order. It has: {names}."
        return [count_failure(turn, speaker, text), SlotSet("return_item", None)]

    def _address(self, value: str, given: dict[str, Any], turn: Turn, speaker: Speaker) -> Events:
        whole = bool(find_postcode(value)) and len(value) >= 12
        if whole or "order_number" in given:
            return [SlotSet("new_address", value if whole else None)]
        text = "That doesn't look like a whole address. I need the street, the town and a UK postcode."
        return [count_failure(turn, speaker, text), SlotSet("new_address", None)]

    def _order(self, given: dict[str, Any], turn: Turn) -> Order | None:
        number = _one(given["order_number"]) if "order_number" in given else turn.known("order_number")
        return self._shop.find(number) if number else None


def every_form_check(shop: Shop) -> list[FormCheck]:
    """One for each form in domain.yml."""
    return [FormCheck(form, shop) for form in ("order_form", "return_form", "cancel_form", "address_form")]


def _also_asked(turn: Turn) -> list[dict[str, Any]] | None:
    """The tasks asked for together with the one that begins, in this message or, if it was waiting itself, before."""
    asked = turn.parsed.get("tasks") or turn.slots.get("also_asked") or []
    others = [other for other in asked if other["task"] != turn.intent]
    return others if 0 < len(others) < len(asked) else None


def _is_of_this_moment(number: str, turn: Turn) -> bool:
    """Named in this message, asked for just now, or what the last words were about."""
    asked = turn.known("requested_slot")
    return (
        number in turn.given()
        or number == turn.metadata.get("order_in_hand")
        or asked == "order_number"
        or (asked is not None and turn.slots.get("order_confirmed") is True)
    )


def _one(value: Any) -> str:
    """Of several values for one slot (two order numbers in a message) the last counts."""
    if isinstance(value, list):
        value = value[-1]
    return str(value)
