"""Sends an order that is not packed yet to another address."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions.reply import PERSON, Kind, Speaker, Turn
from actions.shop.shop import Made, Shop
from actions.skills.skill import Events
from actions.skills.task import Task

POSTCODE = re.compile(r"\b([A-Za-z]{1,2}\d[A-Za-z\d]?)\s*(\d[A-Za-z]{2})\b")


class ChangeAddress(Task):
    """Runs when the form is complete."""

    called = "action_change_address"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Change it, or say why not."""
        number = turn.known("order_number") or ""
        order = self._shop.find(number)
        forget: Events = [SlotSet(name, None) for name in ("new_address", "order_confirmed", "form_failures")]
        if order is not None and not order.open_to_changes():
            _tell_too_late(speaker, number)
            return forget
        if order is None or not order.proven_by(turn.known("proof") or ""):
            speaker.say("I couldn't change that order. A person can help.", kind=Kind.FORM_FAILURE, buttons=[PERSON])
            return forget
        address = " ".join((turn.known("new_address") or "").split())
        match self._shop.change_address(number, address, find_postcode(address) or "", turn.turn_id):
            case Made.NOW:
                speaker.say(f"Done. Order {number} now goes to: {address}")
                # The proof may have been the old postcode.
                forget.append(SlotSet("proof", None))
            case Made.BEFORE:
                speaker.say(f"Order {number} goes to that address already.")
            case Made.TOO_LATE:
                _tell_too_late(speaker, number)
        return forget


def _tell_too_late(speaker: Speaker, number: str) -> None:
    speaker.say(
        f"Order {number} is already packed or sent, so I can't change its address any more."
        " A person can ask the carrier to redirect it.",
        buttons=[PERSON],
    )


def find_postcode(text: str) -> str | None:
    """The last United Kingdom postcode in an address."""
    found = POSTCODE.findall(text)
    return f"{found[-1][0]} {found[-1][1]}".upper() if found else None
