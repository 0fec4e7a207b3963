"""Passes the conversation to people: the reason's wording and its explanation. Facts go with every reply, not here."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.faq import LastFaq
from actions.reply import Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

_ASKED = "asked_for_human"
_BY_RULE = "requested_by_rule"
_SPENT = (
    *("requested_slot", "last_faq", "form_failures", "order_confirmed", "cancel_confirmed"),
    *("return_item", "return_reason", "new_address", "also_asked"),
)


class HandOff(Skill):
    """The switchboard stores the handoff and these words in one step, so what they say is true."""

    called = "action_hand_off"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Word the reason and hand over the explanation."""
        decision = turn.slots.get("decision") or {}
        if decision.get("action") != "hand_off":
            decision = {**decision, **_by_rule(turn)}
        reason = decision["reason"]
        handoff = {
            "reason": reason,
            "signals": decision.get("signals") or [],
            "evidence": decision.get("evidence") or [],
            "note": decision.get("note") or "",
            "faqs_tried": decision.get("faqs_tried") or list(LastFaq.read(turn.slots.get("last_faq")).tried),
        }
        speaker.say(response=f"utter_handoff_{reason}", kind=Kind.ANSWERED, more={"handoff": handoff})
        # What was being asked for is over; the facts stay.
        return [ActiveLoop(None), *(SlotSet(name, None) for name in _SPENT)]


def _by_rule(turn: Turn) -> dict[str, Any]:
    """A rule of data/rules hands off where the decision would not."""
    asked = turn.intent == "talk_to_person"
    return {
        "reason": _ASKED if asked else _BY_RULE,
        "note": "Asked for a person." if asked else f"A rule asks for a person here ({turn.intent or 'no intent'}).",
        "evidence": [message_id for message_id, *_ in turn.metadata.get("messages") or ()],
    }
