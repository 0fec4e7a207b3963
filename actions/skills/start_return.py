"""Registers a return: which item, why, and how to send it back."""

from __future__ import annotations

from datetime import UTC, datetime

from rasa_sdk.events import SlotSet

from actions.reply import PERSON, Button, Kind, Speaker, Turn
from actions.shop.orders import Delivery, Order, OrderStatus, spoken_date
from actions.shop.shop import Made, Shop
from actions.skills.skill import Events, Skill
from actions.skills.task import Task

_SPENT = ("return_item", "return_reason", "order_confirmed", "form_failures")


class AskReturnItem(Skill):
    """Asks which item, with the items of the order as buttons; whoever is asked has proven the order is theirs."""

    called = "action_ask_return_form_return_item"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Ask."""
        order = self._shop.find(turn.known("order_number") or "")
        items = order.items if order else ()
        speaker.say(
            f"Which item of order {turn.known('order_number')} would you like to send back?",
            kind=Kind.ASKED_SLOT,
            buttons=[Button(item.name, f"say:{item.name}") for item in items],
        )
        return []


class StartReturn(Task):
    """Runs when the form is complete, or when the order cannot be returned whatever is answered."""

    called = "action_start_return"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Register the return, or say why it cannot be."""
        order = self._shop.find(turn.known("order_number") or "")
        refusal = refuse(order, datetime.now(UTC)) if order else None
        if refusal is not None:
            speaker.say(refusal, buttons=[PERSON])
            return _forget()
        item = order.find_item(turn.known("return_item") or "") if order else None
        if order is None or item is None or not order.proven_by(turn.known("proof") or ""):
            speaker.say("I couldn't register that return. A person can help.", kind=Kind.FORM_FAILURE, buttons=[PERSON])
            return _forget()
        if not item.returnable:
            speaker.say(
                f"{item.name} is cut or made to order, so it can't be returned unless it is faulty."
                " If it is, a person will help you.",
                buttons=[PERSON],
            )
            return _forget()
        slip = self._shop.start_return(order, item.name, turn.known("return_reason") or "", turn.turn_id)
        known = "already registered" if slip.made is Made.BEFORE else "registered"
        speaker.say(f"Your return of {item.name} is {known}: {slip.code}. {_how(order)}")
        return _forget()


def refuse(order: Order, now: datetime) -> str | None:
    """Why nothing of this order can be returned; None when it can."""
    if order.status is OrderStatus.RETURNED:
        return f"Order {order.number} has been returned already."
    if order.status is OrderStatus.CANCELLED:
        return f"Order {order.number} was cancelled, so there is nothing to return."
    if order.status is not OrderStatus.DELIVERED:
        return f"Order {order.number} has not been delivered yet. You can return it within 30 days of its arrival."
    until = order.returnable_until()
    if until is not None and until < now:
        ended = spoken_date(until)
        return f"The 30 days to return order {order.number} ended on {ended}. A person can look at exceptions."
    return None


def _how(order: Order) -> str:
    if order.delivery is Delivery.FURNITURE:
        return "We collect furniture for £25; the carrier calls you to agree on a day."
    return "Take the parcel to any drop-off point within 14 days and show this code; it's free."


def _forget() -> Events:
    return [SlotSet(name, None) for name in _SPENT]
