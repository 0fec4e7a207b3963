"""The reply when no rule fits, so that no message stays without one."""

from __future__ import annotations

from actions.reply import PERSON, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill


class NotUnderstood(Skill):
    """Rasa's fallback action."""

    called = "action_not_understood"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Say so, and offer a person."""
        speaker.say(
            "I didn't understand that. Could you put it in other words? I can also pass you to a person.",
            kind=Kind.ABSTAINED,
            buttons=[PERSON],
        )
        return []
