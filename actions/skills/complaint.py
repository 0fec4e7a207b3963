"""Something went wrong with an order: take it seriously and offer what can be done at once."""

from __future__ import annotations

from actions.reply import PERSON, Button, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill


class Complaint(Skill):
    """Calm complaints; angry ones are passed on before."""

    called = "action_complaint"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Offer the three ways on."""
        speaker.say(
            "I'm sorry about that. I can start a return, check the order, or pass you to a person who puts it right.",
            # A menu, not an offer: "ok thanks" accepts none of the three.
            kind=Kind.ASKED_SLOT,
            buttons=[
                PERSON,
                Button("Start a return", "task:start_return"),
                Button("Check the order", "task:order_status"),
            ],
        )
        return []
