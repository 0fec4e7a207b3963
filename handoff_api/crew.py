"""Works off a work stream: many conversations at once, keeping what is in hand, taking over from the dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from handoff_api.storage.connect import StorageError
from handoff_api.storage.conversations import UnknownConversation
from handoff_api.storage.streams import Work, WorkStream

logger = logging.getLogger(__name__)

_KEEP_S = 2.0  # how often work in hand is confirmed
_ABANDONED_MS = 8000  # work not confirmed for so long belongs to whoever finds it
_MOST_IN_HAND = 2000


class Crew:
    """Runs ``handle`` for every entry of a stream. An entry ends by a script of ``handle``, never here."""

    def __init__(self, stream: WorkStream, handle: Callable[[Work], Awaitable[None]]) -> None:
        self._stream, self._handle = stream, handle
        self._in_hand: dict[Work, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for partition in range(self._stream.partitions):
                    group.create_task(self._take_new(partition))
                group.create_task(self._look_after())
        finally:
            for task in self._in_hand.values():
                task.cancel()

    async def _take_new(self, partition: int) -> None:
        prepared = False
        while True:
            try:
                if not prepared:
                    await self._stream.prepare()
                    prepared = True
                room = _MOST_IN_HAND - len(self._in_hand)
                if room <= 0:
                    await asyncio.sleep(0.1)
                    continue
                for work in await self._stream.next(partition, min(room, 64)):
                    self._begin(work)
            except (StorageError, OSError):
                logger.warning("crew.storage_away", exc_info=True)
                await asyncio.sleep(0.5)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_S)
            try:
                await self._stream.keep(list(self._in_hand))
                for partition in range(self._stream.partitions):
                    for work in await self._stream.take_over(partition, _ABANDONED_MS):
                        self._begin(work)
            except (StorageError, OSError):
                logger.warning("crew.storage_away", exc_info=True)

    def _begin(self, work: Work) -> None:
        # Two partitions may give entries of the same millisecond the same number: the partition is part of the work.
        if work not in self._in_hand:
            self._in_hand[work] = asyncio.create_task(self._finish(work))

    async def _finish(self, work: Work) -> None:
        try:
            while True:
                try:
                    await self._handle(work)
                    return
                except UnknownConversation:
                    logger.error("crew.unknown_conversation", extra={"conversation": work.conversation_id})
                    return
                except (StorageError, OSError):
                    logger.warning("crew.storage_away", exc_info=True)
                    await asyncio.sleep(0.5)
        except Exception:  # a fault of ours must not stop the others; the entry is taken over and tried again
            logger.exception("crew.failed", extra={"conversation": work.conversation_id})
        finally:
            self._in_hand.pop(work, None)
