"""Follows the feed and wakes the sockets of this process. Everything it sends can be read again from the log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from handoff_api.conversations.model import Conversation, Owner
from handoff_api.live.watch import Watch
from handoff_api.storage.connect import StorageError
from handoff_api.storage.conversations import ConversationStore
from handoff_api.storage.desk import DeskStore, queue_places
from handoff_api.storage.streams import follow_feed

logger = logging.getLogger(__name__)

QUEUE_SHOWN = 1000  # of those who wait, consoles are told of the first so many, and how many there are in all
_GATHER_S = 0.03  # changes within this time reach the consoles together
_GLANCE_S = 1.0  # how often the bot's state and the agents' presence are looked at


class Console(Protocol):
    """An agent's socket."""

    def conversations_changed(self, conversations: list[Conversation]) -> None: ...
    def lost_track(self) -> None: ...
    def whispered(self, message: Mapping[str, Any]) -> None: ...
    def bot_state_changed(self, state: str) -> None: ...
    def queue_changed(self, waiting: int) -> None: ...
    def presence_changed(self) -> None: ...


class Widget(Protocol):
    """What a contact's socket hears besides its conversation's events."""

    def whispered(self, message: Mapping[str, Any]) -> None: ...


class Hub:
    """Who in this process listens to what."""

    def __init__(self, client: Any, store: ConversationStore, desk: DeskStore) -> None:
        self._client, self.store, self.desk = client, store, desk
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._widgets: dict[str, set[Widget]] = defaultdict(set)
        self.consoles: set[Console] = set()
        self.places: dict[str, int] = {}
        self.seconds_per_claim: float | None = None
        self.online: frozenset[str] = frozenset()
        self.bot_state = "down"
        self.viewing: dict[str, str] = {}
        self._changed: set[str] = set()
        self._something_changed = asyncio.Event()
        self._queue_changed = asyncio.Event()

    # --- who listens -------------------------------------------------------------------------------------------------
    def watch(self, watch: Watch) -> None:
        self._watches[watch.conversation_id].add(watch)
        watch.wake()

    def unwatch(self, watch: Watch) -> None:
        watch.stop()
        _discard(self._watches, watch.conversation_id, watch)

    def add_widget(self, cid: str, widget: Widget) -> None:
        self._widgets[cid].add(widget)

    def remove_widget(self, cid: str, widget: Widget) -> None:
        _discard(self._widgets, cid, widget)

    @property
    def sockets(self) -> int:
        return sum(map(len, self._widgets.values())) + len(self.consoles)

    def eta_s(self, place: int | None) -> int | None:
        """Expected wait in seconds at a place in line; None while there is too little to go by."""
        if place is None or self.seconds_per_claim is None:
            return None
        return round(place * self.seconds_per_claim)

    # --- running -----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Follow everything until cancelled."""
        async with asyncio.TaskGroup() as group:
            for partition in range(self.store.partitions):
                group.create_task(self._lasting(lambda p=partition: self._follow(p)))  # type: ignore[misc]
            group.create_task(self._lasting(self._hear_whispers))
            group.create_task(self._lasting(self._tell_consoles))
            group.create_task(self._lasting(self._place_queue))
            group.create_task(self._lasting(self._glance))

    async def _lasting(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await work()
            except (StorageError, OSError):
                logger.warning("hub.storage_away", exc_info=True)
                await asyncio.sleep(0.5)
            except Exception:  # a fault of ours must not stop the others, nor go unheard
                logger.exception("hub.failed")
                await asyncio.sleep(0.5)

    async def _follow(self, partition: int) -> None:
        async for moves in follow_feed(self._client, partition):
            if moves is None:
                self._look_at_everything()
                continue
            for moved in moves:
                self._changed.add(moved.conversation_id)
                for watch in self._watches.get(moved.conversation_id, ()):
                    watch.wake()
                if moved.queue:
                    self._queue_changed.set()
            self._something_changed.set()

    def _look_at_everything(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()
        for console in self.consoles:
            console.lost_track()
        self._queue_changed.set()

    async def _tell_consoles(self) -> None:
        while True:
            await self._something_changed.wait()
            self._something_changed.clear()
            changed, self._changed = list(self._changed), set()
            if self.consoles:
                conversations = [c for c in await self.store.get_many(changed) if c is not None]
                for console in list(self.consoles):
                    console.conversations_changed(conversations)
            await asyncio.sleep(_GATHER_S)

    async def _place_queue(self) -> None:
        while True:
            await self._queue_changed.wait()
            self._queue_changed.clear()
            before = self.places
            self.places = queue_places(await self.store.owned_by(Owner.QUEUE, limit=100_000))
            self.seconds_per_claim = await self.desk.seconds_per_claim()
            moved = [cid for cid in self.places.keys() | before.keys() if self.places.get(cid) != before.get(cid)]
            for cid in moved:
                for watch in self._watches.get(cid, ()):
                    watch.wake()
            # Further back nobody sees the places: telling of thousands at each claim would cut every console off.
            self._changed.update(cid for cid in moved if self.places.get(cid, 0) <= QUEUE_SHOWN)
            self._something_changed.set()
            if len(self.places) != len(before):
                for console in list(self.consoles):
                    console.queue_changed(len(self.places))
            await asyncio.sleep(0.2)

    async def _hear_whispers(self) -> None:
        async for message in self.desk.whispers():
            if message.get("type") == "viewing":
                self.viewing[message["agent_id"]] = message["conversation_id"]
                self._presence_changed()
            cid = message.get("conversation_id", "")
            for widget in list(self._widgets.get(cid, ())):
                widget.whispered(message)
            for console in list(self.consoles):
                console.whispered(message)

    async def _glance(self) -> None:
        while True:
            await self.desk.note_listening()
            online = await self.desk.online()
            if online != self.online:
                came_or_left = bool(online) != bool(self.online)
                self.online = online
                self._presence_changed()
                if came_or_left:
                    self._wake_waiting()
            state = (await self.desk.bot_state() or {}).get("state", "down")
            if state != self.bot_state:
                self.bot_state = state
                for console in list(self.consoles):
                    console.bot_state_changed(state)
            await asyncio.sleep(_GLANCE_S)

    def _wake_waiting(self) -> None:
        """Who waits is told when the first agent comes and when the last one leaves."""
        for cid in self.places:
            for watch in self._watches.get(cid, ()):
                watch.wake()

    def _presence_changed(self) -> None:
        for console in list(self.consoles):
            console.presence_changed()


def _discard(table: dict[str, set[Any]], key: str, item: object) -> None:
    with contextlib.suppress(KeyError):
        table[key].discard(item)
        if not table[key]:
            del table[key]
