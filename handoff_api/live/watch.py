"""One reader's view of one conversation: every event after its cursor, in order, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from handoff_api.conversations.events import Event
from handoff_api.conversations.model import Conversation
from handoff_api.storage.connect import StorageError
from handoff_api.storage.conversations import ConversationStore, UnknownConversation

logger = logging.getLogger(__name__)

Sink = Callable[[Sequence[Event], Conversation], Awaitable[None]]


class Watch:
    """Reads the log when woken and hands what is new to ``sink``. Costs nothing while nothing happens."""

    def __init__(self, store: ConversationStore, conversation_id: str, after: int, sink: Sink) -> None:
        self.conversation_id = conversation_id
        self.cursor = after
        self._store = store
        self._sink = sink
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Something may have happened. Safe to call at any time, from the event loop."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        while self._again:
            self._again = False
            try:
                conversation, events = await self._store.look(self.conversation_id, self.cursor)
                await self._sink(events, conversation)
                if events:
                    self.cursor = events[-1].seq
            except StorageError:
                logger.warning("watch.storage_away", exc_info=True)
                await asyncio.sleep(0.5)
                self._again = True
            except (RuntimeError, ConnectionError):  # the socket is closed; its handler unsubscribes us
                return
            except UnknownConversation:  # deleted meanwhile; the browser hears of it when it asks for something
                return
