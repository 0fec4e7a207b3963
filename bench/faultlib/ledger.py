"""What every side wrote, what it was told was accepted, and what it saw: the evidence of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sent:
    """A message of one side; ``told`` is the cursor under which it was said to be accepted."""

    key: str
    cid: str
    order: int
    text: str
    author: str = "contact"
    told: int | None = None
    told_at: float = 0.0
    refused: str | None = None


@dataclass
class View:
    """What one unbroken reader was shown, by seq; a reload or a new watch begins a new one."""

    reader: str
    cid: str
    after: int
    seqs: list[int] = field(default_factory=list)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)  # when each was shown
    complete: bool = False  # it was open to the end, so it must reach the end of the log

    @property
    def last(self) -> int:
        return self.seqs[-1] if self.seqs else self.after


@dataclass
class Command:
    """What an agent asked for and was told."""

    key: str
    agent_id: str
    cid: str
    verb: str
    result: str
    code: str
    message: str
    seq: int | None


@dataclass
class Absence:
    """An agent vanished and held this conversation."""

    agent_id: str
    cid: str
    epoch: int
    until_ms: int


@dataclass
class Ledger:
    """Everything the harness itself knows; the log in Redis is compared with it."""

    messages: dict[str, Sent] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)  # id -> visitor token
    views: list[View] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    presence: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # agent -> times it was there, in ms
    deaf: list[tuple[int, int]] = field(default_factory=list)  # ms when no switchboard or no worker was serving
    wishes: dict[str, tuple[str, int]] = field(default_factory=dict)  # key -> conversation, cursor
    faults: list[str] = field(default_factory=list)  # "name: detail", found while running
    notes: dict[str, int] = field(default_factory=dict)

    def write(self, key: str, cid: str, text: str, author: str = "contact") -> Sent:
        """Note a message before it is sent for the first time."""
        sent = Sent(key, cid, len(self.messages), text, author)
        self.messages[key] = sent
        return sent

    def tell(self, key: str, cursor: int) -> None:
        """The switchboard said that this is accepted; saying so twice must name the same place."""
        sent = self.messages[key]
        if sent.told is None:
            sent.told, sent.told_at = cursor, time.time()
        elif sent.told != cursor:
            self.faults.append(f"doubled: {key} was accepted at {sent.told} and again at {cursor} in {sent.cid}")

    def view(self, reader: str, cid: str, after: int) -> View:
        view = View(reader, cid, after)
        self.views.append(view)
        return view

    def show(self, view: View, event: dict[str, Any]) -> None:
        """An event reached a screen."""
        seq = int(event["seq"])
        if seq in view.events or seq <= view.after:
            self.faults.append(f"doubled: {view.reader} was shown {view.cid}.{seq} again")
            return
        if seq < view.last:
            self.faults.append(f"out_of_order: {view.reader} was shown {view.cid}.{seq} after {view.last}")
        view.seqs.append(seq)
        view.events[seq] = event
        view.times[seq] = time.time()

    def count(self, name: str, by: int = 1) -> None:
        self.notes[name] = self.notes.get(name, 0) + by
