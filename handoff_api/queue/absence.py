"""Agents who vanish: their conversations go back into the queue, where they were, ahead of newer ones."""

from __future__ import annotations

import asyncio
import logging

from handoff_api.conversations.model import Owner
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.switchboard import AgentRef, Switchboard
from handoff_api.storage.connect import StorageError
from handoff_api.storage.desk import DeskStore

logger = logging.getLogger(__name__)

_EVERY_S = 3.0


class AbsenceSweeper:
    """Looks every few seconds which conversations are held by agents who are not there."""

    def __init__(self, switchboard: Switchboard, desk: DeskStore) -> None:
        self._switchboard, self._desk = switchboard, desk

    async def run(self) -> None:
        """Until cancelled. Any number of copies may run: each move happens once."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.sweep()
            except (StorageError, OSError):
                logger.warning("absence.storage_away", exc_info=True)

    async def sweep(self) -> int:
        """Requeue what absent agents hold; returns how many conversations moved."""
        store = self._switchboard.store
        if not await self._desk.heard_long_enough():
            return 0  # we were away ourselves: agents get time to come back
        held = [cid for cid, _ in await store.owned_by(Owner.AGENT, limit=10_000)]
        online = await self._desk.online()
        moved = 0
        for conversation in await store.get_many(held):
            if conversation is None or conversation.agent_id is None or conversation.agent_id in online:
                continue
            agent = AgentRef(conversation.agent_id, conversation.agent_name or "")
            written = await self._switchboard.move(
                Verb.EXPIRE,
                conversation.id,
                f"expire:{conversation.epoch}",
                agent,
                epoch=conversation.epoch,
            )
            if written.result == "ok":
                moved += 1
                logger.info("agent.gone", extra={"conversation": conversation.id, "agent": agent.id})
        return moved
