"""Answers a question from the FAQ, or asks which question is meant, or says that it does not know."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.faq import Candidate, LastFaq, offer, tell
from actions.reply import Kind, Speaker, Turn
from actions.skills.skill import Events, Skill

_SHOWN = 3


class AnswerFaq(Skill):
    """The outcome was decided by the index; this only words it."""

    called = "action_answer_faq"

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Answer, clarify or admit."""
        found = turn.parsed.get("faq") or {}
        candidates = [Candidate.read(item) for item in found.get("candidates") or ()]
        outcome = found.get("outcome")
        tried = LastFaq.read(turn.slots.get("last_faq")).tried
        if outcome == "answer" and candidates:
            best, *others = candidates
            tell(speaker, best)
            left = tuple(other for other in others if other.id not in tried)
            return [SlotSet("last_faq", LastFaq((*_without(tried, best.id), best.id)[-8:], left).dump())]
        if outcome == "clarify" and candidates:
            offer(speaker, "Which of these is it about?", candidates[:_SHOWN], Kind.CLARIFIED)
        elif candidates:
            text = "I don't have an answer to that. These come nearest; or I can pass you to a person."
            offer(speaker, text, candidates[:_SHOWN], Kind.ABSTAINED)
        else:
            offer(speaker, "I don't have an answer to that. I can pass you to a person.", (), Kind.ABSTAINED)
        return [SlotSet("last_faq", LastFaq(tried).dump())]


def _without(tried: tuple[str, ...], entry_id: str) -> tuple[str, ...]:
    return tuple(item for item in tried if item != entry_id)
