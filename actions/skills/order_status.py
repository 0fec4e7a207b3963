"""Where an order is. The number alone tells the status; nothing personal is told."""

from __future__ import annotations

from datetime import UTC, datetime

from rasa_sdk.events import SlotSet

from actions.reply import PERSON, Button, Kind, Speaker, Turn
from actions.shop.orders import Delivery, Order, OrderStatus, spoken_date
from actions.shop.shop import Shop
from actions.skills.skill import Events
from actions.skills.task import Task


class TellOrderStatus(Task):
    """Runs when the form has an order number that exists."""

    called = "action_order_status"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Look the order up and say where it is."""
        number = turn.known("order_number")
        if number is None:
            speaker.say("I don't have an order number to look up.", kind=Kind.FORM_FAILURE, buttons=[PERSON])
            return []
        return tell_status(self._shop, number, speaker)


def tell_status(shop: Shop, number: str, speaker: Speaker) -> Events:
    """Say where the order is, or that there is none of this number."""
    order = shop.find(number)
    if order is None:
        speaker.say(
            f"I can't find an order {number}. Please check it against your confirmation e-mail: MF- and six digits.",
            kind=Kind.FORM_FAILURE,
            buttons=[PERSON],
        )
        return [SlotSet("order_number", None)]
    speaker.say(describe(order, datetime.now(UTC)), buttons=_next_steps(order))
    return [SlotSet("form_failures", None), SlotSet("order_confirmed", None)]


def describe(order: Order, now: datetime) -> str:
    """The status in a sentence or two."""
    number = order.number
    match order.status:
        case OrderStatus.PLACED:
            said = f"Order {number} is placed and paid; we are getting it ready. {_expected(order, now)}"
        case OrderStatus.PACKED:
            said = f"Order {number} is packed and waits for the carrier. {_expected(order, now)}"
        case OrderStatus.SHIPPED:
            tracked = f"with {order.carrier}; the tracking number is {order.tracking}"
            said = f"Order {number} is on its way {tracked}. {_expected(order, now)}"
        case OrderStatus.DELIVERED:
            said = f"Order {number} was delivered on {spoken_date(order.delivered_at or now)}."
            until = order.returnable_until()
            if until is not None and until >= now:
                said += f" You can return it until {spoken_date(until)}."
        case OrderStatus.CANCELLED:
            day = spoken_date(order.cancelled_at or order.placed_at)
            said = f"Order {number} was cancelled on {day}. The refund takes up to 5 working days."
        case OrderStatus.RETURNED:
            said = f"Order {number} has come back to us. The refund is paid within 5 working days of its arrival."
    return said.strip()


def _expected(order: Order, now: datetime) -> str:
    if order.delivery is Delivery.FURNITURE:
        return "Furniture is delivered by two people; the carrier calls you to agree on a day."
    day = order.expected_by()
    if day is None:
        return ""
    if day.date() < now.date():
        return f"It should have arrived by {spoken_date(day)}, so it is late. A person can ask the carrier about it."
    return f"It should arrive by {spoken_date(day)}."


def _next_steps(order: Order) -> list[Button]:
    if order.open_to_changes():
        return [Button("Change the address", "task:change_address"), Button("Cancel the order", "task:cancel_order")]
    if order.status is OrderStatus.DELIVERED:
        return [Button("Return something", "task:start_return")]
    if order.status is OrderStatus.SHIPPED and (day := order.expected_by()) and day < datetime.now(UTC):
        return [PERSON]
    return []
