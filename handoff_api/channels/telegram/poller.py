"""Long polling: fetches updates in one copy of the switchboard at a time, and confirms only what is stored."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handoff_api.channels.telegram.api import TelegramApi
from handoff_api.channels.telegram.patience import Patience
from handoff_api.channels.telegram.updates import WANTED
from handoff_api.storage.connect import StorageError
from handoff_api.storage.desk import DeskStore

logger = logging.getLogger(__name__)

_POLL_S = 25  # how long Telegram holds a question it has no answer to
_LEASE_MS, _RENEW_S = 10_000, 3.0  # another copy takes over this long after the one that polls died


class Poller:
    """Polls while it holds the lease.

    Telegram remembers what was confirmed, so we keep no offset. A kept one would lose messages: after a week without
    any, Telegram numbers updates anew, perhaps below it.
    """

    def __init__(
        self,
        api: TelegramApi,
        desk: DeskStore,
        take: Callable[[Mapping[str, Any]], Awaitable[None]],
        patience: Patience,
    ) -> None:
        self._api, self._desk, self._take, self._patience = api, desk, take, patience
        self._lease = f"telegram:{api.bot_id}"
        self._holder = secrets.token_hex(6)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._desk.hold(self._lease, self._holder, _LEASE_MS):
                    await self._poll_while_held()
                else:
                    await asyncio.sleep(_RENEW_S)
            except (StorageError, OSError):
                logger.warning("telegram.storage_away", exc_info=True)
                await asyncio.sleep(_RENEW_S)

    async def _poll_while_held(self) -> None:
        poll = asyncio.create_task(self._poll())
        try:
            while not poll.done() and await self._desk.hold(self._lease, self._holder, _LEASE_MS):
                await asyncio.wait({poll}, timeout=_RENEW_S)
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
            with contextlib.suppress(StorageError, OSError):
                await self._desk.let_go(self._lease, self._holder)
        if not poll.cancelled():
            poll.result()  # a fault of ours: whoever runs this process must hear of it

    async def _poll(self) -> None:
        await self._patience.until_done(lambda: self._api.call("deleteWebhook"))
        stored: int | None = None
        while True:
            confirmed = stored
            stored = await self._patience.until_done(lambda offset=confirmed: self._fetch(offset))  # type: ignore[misc]

    async def _fetch(self, confirmed: int | None) -> int | None:
        """Store what is new; the next question confirms it. What fails before is sent again, and known by its key."""
        question = {"timeout": _POLL_S, "offset": confirmed, "allowed_updates": WANTED}
        updates = await self._api.call("getUpdates", question, wait_s=_POLL_S)
        for update in updates:
            try:
                await self._take(update)
            except (StorageError, OSError):
                raise
            except Exception:  # a fault of ours in one update must not silence every contact
                logger.exception("telegram.update_failed", extra={"update": update["update_id"]})
        return int(updates[-1]["update_id"]) + 1 if updates else None
