"""Answers a question from the FAQ, or asks which question is meant, or says that it does not know."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import SlotSet

from actions.faq import LastFaq, Part, offer, offer_task, shortened, tell
from actions.reply import PERSON, Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

_SHOWN = 3
# The right question is among those shown rather than not.
_LIKELY = 0.5


class AnswerFaq(Skill):
    """The outcome was decided by the index; this only words it."""

    called = "action_answer_faq"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Answer, clarify or admit."""
        found = turn.parsed.get("faq") or {}
        last = LastFaq.read(turn.slots.get("last_faq"))
        if turn.text and not any(sign.isalnum() for sign in turn.text):
            speaker.say("I didn't catch that. What would you like to know?", kind=Kind.CLARIFIED, buttons=[PERSON])
            return []
        if found.get("parts"):
            last = _answer_each([Part.read(item) for item in found["parts"]], last, turn, speaker)
        else:
            last = _answer_one(Part.read(found), last, turn, speaker)
        return [SlotSet("last_faq", last.dump())]


def _answer_one(asked: Part, last: LastFaq, turn: Turn, speaker: Speaker) -> LastFaq:
    candidates = asked.candidates
    if asked.is_answered:
        tell(speaker, candidates[0], brief=turn.brief)
        return last.after_answer(candidates[0], candidates[1:])
    if asked.outcome == "clarify" and candidates:
        likely = sum(candidate.probability for candidate in candidates[:_SHOWN]) >= _LIKELY
        text = "Which of these is it about?" if likely else "I'm not sure I have an answer to that. Is it one of these?"
        offer(speaker, text, candidates[:_SHOWN], Kind.CLARIFIED)
    elif candidates:
        text = "I don't have an answer to that. These come nearest; or I can pass you to a person."
        offer(speaker, text, candidates[:_SHOWN], Kind.ABSTAINED)
    else:
        offer(speaker, "I don't have an answer to that. I can pass you to a person.", (), Kind.ABSTAINED)
    return LastFaq(last.tried)


def _answer_each(parts: Sequence[Part], last: LastFaq, turn: Turn, speaker: Speaker) -> LastFaq:
    """Every question of the message gets its answer, or is named as the one that has none."""
    for part in parts:
        if part.is_answered:
            tell(speaker, part.candidates[0], brief=turn.brief)
            last = last.after_answer(part.candidates[0], part.candidates[1:])
    for part in parts:
        asked = shortened(part.text)
        if part.task:
            offer_task(speaker, part.task, part.text)
        elif not part.is_answered and part.outcome == "clarify":
            offer(speaker, f"About “{asked}”: is it one of these?", part.candidates[:_SHOWN], Kind.CLARIFIED)
        elif not part.is_answered:
            offer(speaker, f"I don't have an answer to “{asked}”. I can pass you to a person.", (), Kind.ABSTAINED)
    return last
