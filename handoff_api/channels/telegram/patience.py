"""Asks Telegram until it works, and tells the operator once what is wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from handoff_api.channels.telegram.api import (
    TelegramAway,
    TelegramConflict,
    TelegramDenied,
    TelegramError,
    TelegramRefused,
)
from handoff_api.storage.connect import StorageError

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")


class Patience:
    """Waits twice as long after each failure, and a long time where only a person can help."""

    def __init__(self, first_wait_s: float = 1.0, most_wait_s: float = 60.0) -> None:
        self._first_wait_s, self._most_wait_s = first_wait_s, most_wait_s
        self._told = ""

    async def until_done(self, ask: Callable[[], Awaitable[_Result]]) -> _Result:
        """The answer, however long it takes."""
        wait = self._first_wait_s
        while True:
            try:
                answer = await ask()
                self._told = ""
                return answer
            except TelegramError as error:
                pause = self._pause(error, wait)
                self._tell(error, pause)
            except (StorageError, OSError):
                logger.warning("telegram.storage_away", exc_info=True)
                pause = wait
            await asyncio.sleep(pause)
            wait = min(wait * 2, self._most_wait_s)

    def _pause(self, error: TelegramError, wait: float) -> float:
        if isinstance(error, TelegramAway):
            return wait if error.after_s is None else error.after_s
        return self._most_wait_s / 4 if isinstance(error, TelegramConflict) else self._most_wait_s

    def _tell(self, error: TelegramError, pause: float) -> None:
        if str(error) == self._told:
            return
        self._told = str(error)
        level = logging.WARNING if isinstance(error, TelegramAway) else logging.ERROR
        logger.log(level, "telegram.trouble", extra={"why": str(error), "do": advice(error), "again_in_s": pause})


def advice(error: TelegramError) -> str:
    """What the operator can do."""
    match error:
        case TelegramConflict():
            return "another program fetches the messages of this bot: stop it, or give Baton a bot of its own"
        case TelegramDenied():
            return "Telegram does not know BATON_TELEGRAM_TOKEN: ask BotFather for the present one and restart"
        case TelegramRefused():
            return "Telegram refuses this setting: in webhook mode check BATON_PUBLIC_URL"
        case _:
            return "nothing: Telegram is busy or not reachable, and is asked again"
