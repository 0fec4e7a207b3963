"""Several messages that came together are one question; this remembers which words came from which message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.contract import Message

# Enough to know what somebody wants. The switchboard keeps every character for the agent.
MAX_CHARACTERS = 2_000
# Invisible, no white space: keeps typed text from looking like one of Rasa's own `/intent` commands.
GUARD = "\u2060"
_ELLIPSIS = " ... "


@dataclass(frozen=True)
class Span:
    """The part of the question's text that one message gave."""

    message_id: str
    start: int
    end: int


@dataclass(frozen=True)
class Question:
    """What the assistant is asked in one turn."""

    text: str
    spans: tuple[Span, ...]
    payload: str | None = None

    @classmethod
    def join(cls, messages: Sequence[Message], limit: int = MAX_CHARACTERS) -> Question:
        """Join the texts by line breaks; of a very long text keep the beginning and the end.

        A pressed button speaks for itself only when it is the last thing the contact did: words typed after it are what
        the contact wants now. `say:` stands for typed words.
        """
        last = messages[-1]
        payload = last.payload
        if payload and payload.startswith("say:"):
            messages = [*messages[:-1], Message(last.id, payload.removeprefix("say:"))]
            payload = None
        elif payload:
            messages = [last]
        share = max(80, limit // len(messages))
        text, spans = "", []
        for message in messages:
            if text:
                text += "\n"
            part = shorten(message.text.strip(), share)
            if not text and part.startswith("/"):
                part = GUARD + part
            spans.append(Span(message.id, len(text), len(text) + len(part)))
            text += part
        return cls(text=text or GUARD, spans=tuple(spans), payload=payload)

    def message_at(self, offset: int) -> str:
        """The id of the message that gave the character at `offset`."""
        for span in self.spans:
            if offset <= span.end:
                return span.message_id
        return self.spans[-1].message_id


def shorten(text: str, limit: int) -> str:
    """Three quarters from the beginning, one quarter from the end: wishes stand at either."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    return text[: limit - tail - len(_ELLIPSIS)] + _ELLIPSIS + text[-tail:]
