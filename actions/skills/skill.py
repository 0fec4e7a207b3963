"""The base of all skills: a name, and one method that is given typed things and returns events."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.reply import Speaker, Turn

Events = list[dict[str, Any]]


class Skill(Action):
    """Subclasses set `called` and write `answer`."""

    called = ""

    def name(self) -> str:
        """The action's name in domain.yml."""
        return self.called

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """What the SDK calls."""
        return self.answer(Turn.of(tracker), Speaker(dispatcher))

    def answer(self, turn: Turn, speaker: Speaker) -> Events:
        """Speak and return the events that change what is known."""
        raise NotImplementedError
