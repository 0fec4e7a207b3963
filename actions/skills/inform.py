"""A fact without a question: an order number is looked up, anything else is noted."""

from __future__ import annotations

from actions.reply import Button, Kind, Speaker, Turn
from actions.shop.shop import Shop
from actions.skills.order_status import tell_status
from actions.skills.skill import Events, Skill


class Inform(Skill):
    """Somebody sends "MF-204519" or an e-mail address and nothing else."""

    called = "action_inform"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """An order number on its own asks for the order."""
        given = {str(entity.get("entity")) for entity in turn.parsed.get("entities") or ()}
        number = turn.known("order_number")
        if "order_number" in given and number:
            return tell_status(self._shop, number, speaker)
        speaker.say(
            "Thank you, I've noted that. What can I do for you?",
            kind=Kind.CLARIFIED,
            buttons=[
                Button("Where is my order?", "task:order_status"),
                Button("Return something", "task:start_return"),
            ],
        )
        return []
