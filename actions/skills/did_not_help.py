"""After "that did not help": the next best answer once, then a person."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.faq import LastFaq, tell
from actions.reply import PERSON, Button, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

# A second guess that is likely wrong only costs patience.
_WORTH_TRYING = 0.1


class DidNotHelp(Skill):
    """Works on what `action_answer_faq` left in the slot."""

    called = "action_did_not_help"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Try once more, or offer a person."""
        last = LastFaq.read(turn.slots.get("last_faq"))
        left = [item for item in last.left if item.id not in last.tried and item.probability >= _WORTH_TRYING]
        if not last.tried:
            speaker.say(
                "I'm sorry. Could you tell me in other words what you need? I can also pass you to a person.",
                kind=Kind.CLARIFIED,
                buttons=[PERSON],
            )
            return []
        if left and not last.second_chance_used:
            tell(speaker, left[0], brief=turn.brief, lead="Sorry about that. Perhaps this is closer:")
            return [SlotSet("last_faq", LastFaq((*last.tried, left[0].id), tuple(left[1:]), True).dump())]
        speaker.say(
            "I'm sorry that didn't help. Shall I pass you to a person? They will see everything you've written.",
            kind=Kind.OFFERED_PERSON,
            buttons=[PERSON, Button("No, I'll ask differently", "say:No, thanks")],
        )
        return []
