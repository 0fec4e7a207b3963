"""What is stored of a conversation between two turns: one JSON document under one key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

# Raised whenever the stored form changes; what an older bot stored is then forgotten, not misread.
VERSION = 2


@dataclass(frozen=True)
class Memory:
    """The last turn with its reply, and the events from which the state is replayed."""

    turn_id: str
    epoch: int
    encoder: str  # whose vectors the events hold
    reply: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]

    def dumps(self) -> bytes:
        """The stored form."""
        document = {"version": VERSION, "turn_id": self.turn_id, "epoch": self.epoch, "encoder": self.encoder}
        return to_json({**document, "reply": self.reply, "events": self.events})

    @classmethod
    def loads(cls, stored: str | bytes) -> Memory | None:
        """Read the stored form; None when it was written by an incompatible version."""
        document = from_json(stored)
        if document.get("version") != VERSION:
            return None
        return cls(document["turn_id"], document["epoch"], document["encoder"], document["reply"], document["events"])
