"""After "none of these": another try in other words, or a person."""

from __future__ import annotations

from actions.reply import PERSON, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill


class NoneOfThese(Skill):
    """None of the offered questions was meant."""

    called = "action_none_of_these"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Offer both ways on."""
        speaker.say(
            "All right. Tell me in other words what you need, or I pass you to a person.",
            kind=Kind.ABSTAINED,
            buttons=[PERSON],
        )
        return []
