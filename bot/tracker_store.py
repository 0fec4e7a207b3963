"""Rasa's tracker store on Redis, with a bounded window and one write per turn.

The write holds the tracker, the turn's id and the reply together. So a turn either happened and can be answered again
word for word, or it did not happen and can be run, whenever the process is killed. Nothing is written over what another
process has written since this one read: of two that were given the same turn, one decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.sentinel import Sentinel

from bot import keys
from bot.errors import Overtaken
from bot.faq import KEY, FaqResult
from bot.memory import Memory
from bot.window import trim

# The tracker of the turn being run, in the task that runs it.
_current: ContextVar[DialogueStateTracker] = ContextVar("current_tracker")

# What is stored begins with the id of its turn, so its beginning tells whether it is still the same.
_BEGINNING = 200
_UNLESS_CHANGED = f"""
if redis.call('GETRANGE', KEYS[1], 0, {_BEGINNING - 1}) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


@dataclass(frozen=True)
class Recalled:
    """What was stored of a conversation; `memory` is None where nothing was, or nothing that is of use now."""

    memory: Memory | None
    beginning: bytes


class RedisTrackerStore(TrackerStore):
    """`open` a conversation for a turn, let Rasa retrieve and save as it likes, then `commit` once."""

    def __init__(self, redis: Any, domain: Domain | None = None) -> None:
        super().__init__(domain)
        self._redis = redis
        self._write = redis.register_script(_UNLESS_CHANGED)

    @classmethod
    def create_from_url(cls, url: str) -> RedisTrackerStore:
        """Over the storage at the address, of any form that BATON_REDIS_URL may have."""
        return cls(_connect(url))

    async def recall(self, conversation_id: str) -> Recalled:
        """What is stored of the conversation."""
        stored = await self._redis.get(keys.memory(conversation_id))
        if not isinstance(stored, bytes):
            return Recalled(None, b"")
        return Recalled(Memory.loads(stored), stored[:_BEGINNING])

    def open(self, conversation_id: str, memory: Memory | None) -> DialogueStateTracker:
        """Make the conversation's tracker and keep it at hand for Rasa during this turn."""
        tracker = DialogueStateTracker(conversation_id, self.domain.slots)
        if memory is None:
            tracker.update_with_events([ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()], self.domain)
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
        for stored in memory.events if memory else ():
            tracker.update(Event.from_parameters(dict(stored)), self.domain)
        _current.set(tracker)
        return tracker

    async def commit(
        self,
        tracker: DialogueStateTracker,
        before: Recalled,
        *,
        turn_id: str,
        epoch: int,
        encoder: str,
        reply: Mapping[str, Any],
    ) -> None:
        """Store state, turn and reply in one write; `before` is what the tracker was opened from.

        Raises Overtaken where something else is stored by now.
        """
        known = before.memory.events if before.memory else ()
        new = (_slim(event.as_dict()) for event in islice(tracker.events, len(known), None))
        events = trim([*known, *new])
        memory = Memory(turn_id, epoch, encoder, reply, events)
        written = await self._write(
            keys=[keys.memory(tracker.sender_id)], args=[before.beginning, memory.dumps(), keys.EXPIRY_SECONDS]
        )
        if not written:
            raise Overtaken("another process has answered a turn of this conversation meanwhile")

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the turn being run."""
        tracker = _current.get(None)
        return tracker if tracker is not None and tracker.sender_id == sender_id else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Remember the tracker until `commit`; nothing is written here."""
        _current.set(tracker)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()


class _Master(Redis):
    """The master of a Sentinel group; closing it gives back the connections to the Sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        for sentinel in self.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]
            await sentinel.aclose()


def _connect(url: str) -> Any:
    """A server, `redis+cluster://host:port` or `redis+sentinel://host:port,host:port/service`; ValueError else."""
    scheme, _, place = url.partition("://")
    options: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 5, "health_check_interval": 30}
    if scheme == "redis+cluster":
        return RedisCluster.from_url(f"redis://{place}", **options)
    if scheme == "redis+sentinel":
        hosts, _, service = place.partition("/")
        addresses = [(host, int(port)) for host, _, port in (one.rpartition(":") for one in hosts.split(","))]
        watchers = Sentinel(addresses, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        return watchers.master_for(service or "baton", redis_class=_Master, **options)
    return Redis.from_url(url, **options)


# Of a past message these parts of the parse result are looked at again; the rest is spent.
_KEPT = ("text", "intent", "entities", "vector", "wording")


def _slim(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if event.get("event") != "user":
        return event
    parsed: Mapping[str, Any] = event.get("parse_data") or {}
    kept = {name: parsed[name] for name in _KEPT if name in parsed}
    found = FaqResult.read(parsed)
    if found is not None:
        kept[KEY] = found.remembered()
    return {**event, "parse_data": kept}
