"""The base of the skills that end a task: then comes what else the same message asked for."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.faq import offer_task
from actions.reply import Speaker, Turn
from actions.skills.skill import Events, Skill


class Task(Skill):
    """Runs when its form is complete, and offers the next task afterwards."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """What the SDK calls."""
        return [*super().run(dispatcher, tracker, domain), *_offer_next(Turn.of(tracker), Speaker(dispatcher))]


def _offer_next(turn: Turn, speaker: Speaker) -> Events:
    waiting = turn.slots.get("also_asked")
    if not waiting:
        return []
    offer_task(speaker, waiting[0]["task"], waiting[0]["text"])
    number = waiting[0]["order_number"]
    return [SlotSet("order_number", number)] if number else []
