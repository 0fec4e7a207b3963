"""Reads what is stored, straight from Redis, and replays who owned each conversation when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import redis

from handoff_api.storage import keys

OWNERS = ("bot", "queue", "agent", "closed")
# Written apart from the switchboard's own table of moves: this one judges it.
OWNER_AFTER = {
    "conversation.started": "bot",
    "handoff.requested": "queue",
    "conversation.queued": "queue",
    "conversation.claimed": "agent",
    "conversation.released": "queue",
    "conversation.transferred": "agent",
    "conversation.returned": "bot",
    "conversation.resolved": "closed",
    "conversation.reopened": "bot",
}
STAFF_ONLY = {"note.added", "fact.noted", "turn.refused", "delivery.updated"}


@dataclass(frozen=True)
class Entry:
    """One event of the log, and who owned the conversation just after it."""

    seq: int
    at: int
    kind: str
    author: str
    author_id: str
    author_name: str
    text: str
    data: dict[str, Any]
    owner: str
    epoch: int
    changed_at: int  # when the owner last changed, in ms

    @property
    def key(self) -> str:
        return str(self.data.get("client_id", ""))

    @property
    def is_message(self) -> bool:
        return self.kind == "message.sent"

    @property
    def changes_owner(self) -> bool:
        return self.kind in OWNER_AFTER


@dataclass(frozen=True)
class Stored:
    """One conversation as it lies in Redis."""

    cid: str
    fields: dict[str, str]
    entries: list[Entry]
    indexes: tuple[str, ...]  # the owners under which it is listed

    def number(self, name: str) -> int:
        return int(self.fields.get(name) or 0)

    @property
    def settled(self) -> bool:
        """Nothing waits for the bot."""
        waits = self.fields.get("owner") == "bot" and self.number("contact_seq") > self.number("bot_cursor")
        return not waits and not self.fields.get("turn")


def read(client: redis.Redis, cid: str) -> Stored:
    """Everything of one conversation."""
    partition = keys.partition_of(cid)
    fields: dict[str, str] = client.hgetall(keys.conversation(cid))  # type: ignore[assignment]
    rows: Any = client.xrange(keys.log(cid))
    listed = tuple(o for o in OWNERS if client.zscore(keys.owned_by(partition, o), cid) is not None)
    return Stored(
        cid, fields, list(replay((entry_id, int(raw["at"]), json.loads(raw["b"])) for entry_id, raw in rows)), listed
    )


def replay(rows: Iterable[tuple[Any, ...]]) -> Iterator[Entry]:
    """Follow the owner through a log of ids, times and bodies."""
    owner, epoch, changed_at = "", 0, 0
    for entry_id, at, body in rows:
        kind = body["kind"]
        if kind in OWNER_AFTER:
            owner, epoch, changed_at = OWNER_AFTER[kind], epoch + 1, at
        author = body["author"]
        yield Entry(
            int(entry_id.partition("-")[0]),
            at,
            kind,
            author["type"],
            author.get("id", ""),
            author.get("name", ""),
            body.get("text", ""),
            body.get("data") or {},
            owner,
            epoch,
            changed_at,
        )
