"""What the assistant's last reply lets the contact choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered


def last_buttons(events: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """The buttons of the last reply, `title` and `payload` each; none where the contact has the last word."""
    for event in reversed(events):
        if isinstance(event, BotUttered):
            return (event.data or {}).get("buttons") or ()
        if isinstance(event, UserUttered):
            break
    return ()
