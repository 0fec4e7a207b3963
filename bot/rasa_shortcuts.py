"""Two places where Rasa works far longer than it must for every message.

Each keeps what Rasa returns; tests/bot/test_rasa_parts.py checks it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event

_resolve_by_type = Event.resolve_by_type


def install() -> None:
    """Put the shortcuts in Rasa's place."""
    RemoteAction._validate_action_result = _validate_action_result
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=128)(_resolve_by_type))


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
