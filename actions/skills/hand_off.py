"""Passes the conversation to people: the reason's wording, and everything an agent needs to go on."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.faq import LastFaq
from actions.reply import Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

_ASKED = "asked_for_human"


class HandOff(Skill):
    """The switchboard stores the handoff and these words in one step, so what they say is true."""

    called = "action_hand_off"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Word the reason and hand over the explanation."""
        decision = turn.slots.get("decision") or {}
        reason = decision.get("reason") or _ASKED
        handoff = {
            "reason": reason,
            "signals": decision.get("signals") or [],
            "evidence": decision.get("evidence") or [],
            "note": decision.get("note") or "",
            "faqs_tried": decision.get("faqs_tried") or list(LastFaq.read(turn.slots.get("last_faq")).tried),
        }
        speaker.say(response=f"utter_handoff_{reason}", kind=Kind.ANSWERED, more={"handoff": handoff})
        # What was being asked for is over; the facts stay.
        spent = ("last_faq", "form_failures", "return_item", "return_reason", "new_address", "cancel_confirmed")
        return [ActiveLoop(None), SlotSet("requested_slot", None), *(SlotSet(name, None) for name in spent)]
