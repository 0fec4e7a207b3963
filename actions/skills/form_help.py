"""In a form, after something that is not what was asked for: help, and after two failures a person."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.reply import PERSON, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

_HELP = {
    "order_number": "I need the order number for this. It looks like MF-204518 and is at the top of your"
    " confirmation e-mail.",
    "order_confirmed": "Please answer yes, or tell me the number of the order you mean.",
    "proof": "I can only change an order with the e-mail address or the postcode that belongs to it.",
    "return_item": "Please tell me which of the items you'd like to send back.",
    "return_reason": "A few words are enough, or choose one of the reasons.",
    "cancel_confirmed": "Please answer yes or no, so that I don't do anything you don't want.",
    "new_address": "I need the street, the town and the postcode.",
}


class FormHelp(Skill):
    """The form asks again by itself; this says what is expected."""

    called = "action_form_help"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Explain what is needed; whoever wants to try again knows."""
        if turn.intent == "try_again":
            speaker.say("Of course.", kind=Kind.SMALL_TALK)
            return []
        help_text = _HELP.get(turn.known("requested_slot") or "", "I need this to go on.")
        return [count_failure(turn, speaker, help_text)]


def count_failure(turn: Turn, speaker: Speaker, text: str) -> dict[str, object]:
    """Say what was wrong; from the second time on, offer a person."""
    failures = int(turn.slots.get("form_failures") or 0) + 1
    if failures >= 2:
        text += " If you don't have it at hand, a person can help you as well."
    speaker.say(text, kind=Kind.FORM_FAILURE, buttons=[PERSON] if failures >= 2 else ())
    event: dict[str, object] = SlotSet("form_failures", failures)
    return event
