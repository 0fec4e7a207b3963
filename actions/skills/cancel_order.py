"""Cancels an order that is not packed yet, after a clear yes."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.reply import PERSON, Button, Kind, Speaker, Turn
from actions.shop.orders import OrderStatus
from actions.shop.shop import Made, Shop
from actions.skills.skill import Events, Skill
from actions.skills.task import Task


class AskCancelConfirmed(Skill):
    """Shows what would be cancelled and asks for a yes."""

    called = "action_ask_cancel_form_cancel_confirmed"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Ask."""
        order = self._shop.find(turn.known("order_number") or "")
        items = ", ".join(item.name for item in order.items) if order else ""
        speaker.say(
            f"Shall I cancel order {turn.known('order_number')} ({items})? It can't be undone.",
            kind=Kind.ASKED_SLOT,
            buttons=[Button("Yes, cancel it", "say:Yes"), Button("No, keep it", "say:No")],
        )
        return []


class CancelOrder(Task):
    """Runs when the form is complete."""

    called = "action_cancel_order"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Cancel, or say why not."""
        number = turn.known("order_number") or ""
        order = self._shop.find(number)
        forget: Events = [SlotSet(name, None) for name in ("cancel_confirmed", "order_confirmed", "form_failures")]
        if order is None:
            speaker.say("I couldn't find that order. A person can help.", kind=Kind.FORM_FAILURE, buttons=[PERSON])
            return forget
        if not order.open_to_changes() and turn.slots.get("cancel_confirmed") is not True:
            _tell(speaker, number, Made.BEFORE if order.status is OrderStatus.CANCELLED else Made.TOO_LATE)
            return forget
        if not order.proven_by(turn.known("proof") or ""):
            speaker.say("I couldn't cancel that order. A person can help.", kind=Kind.FORM_FAILURE, buttons=[PERSON])
            return forget
        if turn.slots.get("cancel_confirmed") is not True:
            speaker.say(f"All right, order {number} stays as it is.")
            return forget
        _tell(speaker, number, self._shop.cancel(number, turn.turn_id))
        return forget


def _tell(speaker: Speaker, number: str, made: Made) -> None:
    match made:
        case Made.NOW:
            speaker.say(f"Order {number} is cancelled. The refund takes up to 5 working days.")
        case Made.BEFORE:
            speaker.say(f"Order {number} was cancelled already; nothing more to do.")
        case Made.TOO_LATE:
            speaker.say(
                f"Order {number} is already packed or sent, so I can't cancel it any more."
                " You can return it free of charge within 30 days of its arrival.",
                buttons=[Button("How do returns work?", "say:How do I return something?"), PERSON],
            )
