"""Collects what the assistant says in one turn."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel

from bot.contract import Button, Reply


class TurnOutput(OutputChannel):
    """Rasa sends here; the reply is made of it when the turn is over."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name in Rasa's events."""
        return "baton"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message."""
        self.said.append(message)

    def replies(self) -> tuple[Reply, ...]:
        """Every message with a text."""
        return tuple(_reply(message) for message in self.said if str(message.get("text") or "").strip())

    def handoff(self) -> dict[str, Any] | None:
        """The handoff among what was said."""
        for message in self.said:
            handoff = (message.get("custom") or {}).get("handoff")
            if isinstance(handoff, dict):
                return handoff
        return None


def _reply(message: dict[str, Any]) -> Reply:
    custom = message.get("custom") or {}
    buttons = tuple(
        Button(str(button["title"]), str(button["payload"]))
        for button in message.get("buttons") or ()
        if button.get("title") and button.get("payload")
    )
    return Reply(text=str(message["text"]).strip(), buttons=buttons, faq_id=custom.get("faq_id"))
