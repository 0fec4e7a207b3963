"""A circuit breaker: while the bot is away nobody asks it, and one probe finds out when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Nygard, Release It!, 2007: closed passes calls, open holds them back, half open lets one try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after ``most`` failures in a row; a healthy probe half-opens it, a success closes it."""

    def __init__(self, probe: Callable[[], Awaitable[bool]], most: int = 3, every_s: float = 0.5) -> None:
        self.state = BreakerState.CLOSED
        self.since = time.time()
        self._probe, self._most, self._every_s = probe, most, every_s
        self._failures = 0
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._prober: asyncio.Task[None] | None = None

    async def admit(self) -> None:
        """Wait until a call may be made."""
        while True:
            await self._may_pass.wait()
            if not self._may_pass.is_set():  # woken together with another, who is the one that tries
                continue
            if self.state is BreakerState.CLOSED:
                return
            if self.state is BreakerState.HALF_OPEN:  # this caller is the one that tries
                self._may_pass.clear()
                return

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0
        if self.state is not BreakerState.CLOSED:
            self._become(BreakerState.CLOSED)
        self._may_pass.set()

    def failed(self) -> None:
        """A call was not answered."""
        self._failures += 1
        if self.state is BreakerState.HALF_OPEN or self._failures >= self._most:
            self._become(BreakerState.OPEN)
            self._may_pass.clear()
            if self._prober is None or self._prober.done():
                self._prober = asyncio.create_task(self._wait_for_health())

    def gave_up(self) -> None:
        """A caller that was admitted ends without an outcome; somebody else may try."""
        if self.state is BreakerState.HALF_OPEN:
            self._may_pass.set()

    async def _wait_for_health(self) -> None:
        while not await self._probe():
            await asyncio.sleep(self._every_s)
        if self.state is BreakerState.OPEN:
            self._become(BreakerState.HALF_OPEN)
            self._may_pass.set()

    def _become(self, state: BreakerState) -> None:
        if state is not self.state:
            self.state, self.since = state, time.time()
