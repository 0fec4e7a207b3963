"""Deletes conversations that nobody needs any more, whole, where the operator has set how long they are kept."""

from __future__ import annotations

import asyncio
import logging
import time

from handoff_api.conversations.model import Owner
from handoff_api.storage.connect import StorageError
from handoff_api.storage.conversations import ConversationStore

logger = logging.getLogger(__name__)

_EVERY_S = 3600.0
_AT_ONCE = 200


class Retention:
    """Closed conversations, and those the bot has answered, in which nothing has happened for ``days``."""

    def __init__(self, store: ConversationStore, days: int) -> None:
        self._store, self._days = store, days

    async def run(self) -> None:
        """Until cancelled; nothing is ever deleted with 0 days. Any number of copies may run."""
        while self._days:
            try:
                await self.sweep()
            except (StorageError, OSError):
                logger.warning("retention.storage_away", exc_info=True)
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> int:
        """Delete what is due; returns how many conversations went."""
        before = int((time.time() - self._days * 86_400) * 1000)
        gone = 0
        for owner in (Owner.CLOSED, Owner.BOT):
            for partition in range(self._store.partitions):
                gone += await self._sweep(owner, partition, before)
        if gone:
            logger.info("retention.deleted", extra={"conversations": gone, "days": self._days})
        return gone

    async def _sweep(self, owner: Owner, partition: int, before: int) -> int:
        gone = kept = 0
        while found := await self._store.unmoved_since(owner, partition, before, skip=kept, most=_AT_ONCE):
            for cid in found:
                if await self._store.forget(cid, before):
                    gone += 1
                else:
                    kept += 1
        return gone
