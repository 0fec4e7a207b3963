"""Places where Rasa works far longer than it must for every message.

Each keeps what Rasa returns, or what our skills use of it; tests/bot/test_rasa_parts.py checks it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_resolve_by_type = Event.resolve_by_type
# Of a message these parts are for the assistant only.
_INTERNAL = ("vector", "wording", "parts", "signals", "intent_ranking", "text_tokens")


def install() -> None:
    """Put the shortcuts in Rasa's place."""
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction._action_call_format = _action_call_format
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=128)(_resolve_by_type))
    Slot.__copy__ = _copy_of_slot


def _copy_of_slot(self: Slot) -> Slot:
    """What copy.copy makes of a slot, in a seventh of the time: every tracker begins with copies of all slots."""
    made: Slot = object.__new__(type(self))
    made.__dict__.update(self.__dict__)
    return made


def _action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """A call with this turn's events only: skills work on slots and the latest message.

    Rasa writes out the whole conversation, with everything the assistant keeps of each message.
    """
    state = tracker.current_state()
    events: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            kept = {name: value for name, value in (state["latest_message"] or {}).items() if name not in _INTERNAL}
            state["latest_message"] = {**kept, "metadata": event.metadata}
            break
        events.insert(0, event.as_dict())
    call = {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**state, "events": events},
        "version": rasa.__version__,
    }
    if domain.does_custom_action_explicitly_need_domain(self.name()):
        call["domain"] = domain.as_dict()
    return call


def _validate_action_result(self: RemoteAction, result: Any) -> bool:
    """The shape of an answer of our own action server; reading the events checks the rest.

    Rasa validates its schema against the schema of schemas first, each time: 60 ms.
    """
    events, responses = (result.get("events"), result.get("responses")) if isinstance(result, dict) else (None, None)
    if not isinstance(events, list) or not isinstance(responses, list):
        raise ValueError(f"the action server's answer to {self.name()} must have events and responses")
    if not all(isinstance(item, dict) for item in (*events, *responses)):
        raise ValueError(f"the action server's answer to {self.name()} must hold objects")
    return True
