"""Asks the bot over HTTP.

BotError
|-- BotAway      not reachable, or no answer in time: ask again later
|   `-- BotDied  a process ended while it worked on this: ask again a few times
|-- BotFailed    it answered that it failed: ask again a few times
`-- BotRefused   it will never answer this: the request or its reply is not of the contract
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import aiohttp
from pydantic import BaseModel, ValidationError

from handoff_api.bot_contract import FactsReply, FactsRequest, MatchesReply, MatchesRequest, TurnReply, TurnRequest

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)

# So many more calls may wait at a conversation's own process than at another.
SLACK = 1.5
# An answer takes a hundredth of it; a process that is silent for so long is stopped or overwhelmed.
SILENT_S = 1.0
LEAST_REST_S = 0.5


class BotError(Exception):
    """The bot did not answer a turn."""


class BotAway(BotError):
    """Not reachable, or no answer in time."""


class BotDied(BotAway):
    """A process ended while it worked on this."""


class BotFailed(BotError):
    """It answered that it failed."""


class BotRefused(BotError):
    """The request or the reply is not of the contract."""


class Bot:
    """The bot behind its contract: one process, or several alike that share its memory.

    A conversation keeps to one of them, which has its messages at hand, as long as that one is not away or clearly
    busier than another.
    """

    def __init__(self, processes: Sequence[_Process]) -> None:
        self._processes = processes

    @classmethod
    def at(cls, urls: str, token: str, timeout_s: float) -> Bot:
        """The bot at an address, or at several with commas between. Call it where the event loop runs.

        ``timeout_s``: how many seconds one answer may take.
        """
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=2.0)
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"

        def session(url: str) -> aiohttp.ClientSession:
            # aiohttp spends a third of what httpx does on a call, and this is a call for every message.
            connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=4.0)
            return aiohttp.ClientSession(url, timeout=timeout, connector=connector, headers=headers)

        named = enumerate(urls.split(","), start=1)
        return cls([_Process(f"bot-{number}", session(url.strip())) for number, url in named])

    async def ask(self, request: TurnRequest) -> TurnReply:
        """The bot's decision on a turn. Raises BotAway, BotFailed, BotRefused."""
        return await self._post("turn", request, TurnReply, request.conversation_id.encode())

    async def facts(self, request: FactsRequest) -> FactsReply:
        """What these messages tell. Raises as `ask` does; a bot that finds no facts is BotRefused."""
        return await self._post("facts", request, FactsReply)

    async def matches(self, request: MatchesRequest) -> MatchesReply:
        """The FAQ entries that may answer a text. Raises as `ask` does; a bot without an FAQ is BotRefused."""
        return await self._post("matches", request, MatchesReply)

    async def healthy(self) -> bool:
        """Whether any of its processes says it is up, within 2 seconds."""
        return any(await asyncio.gather(*(process.healthy() for process in self._processes)))

    async def close(self) -> None:
        for process in self._processes:
            await process.session.close()

    async def _post(self, what: str, request: BaseModel, expected: type[Answer], belongs: bytes = b"") -> Answer:
        body = request.model_dump_json(exclude_none=True).encode()
        away: list[BotAway] = []
        for process in self._in_turn(belongs or body):
            try:
                status, content = await process.post(what, body)
                break
            except BotAway as error:
                away.append(error)
        else:
            raise next((error for error in away if isinstance(error, BotDied)), away[-1])
        if status >= 500:
            raise BotFailed(str(status))
        if status != 200:
            raise BotRefused(str(status))
        try:
            return expected.model_validate_json(content)
        except ValidationError as error:
            raise BotRefused(f"reply: {error.error_count()} faults") from None

    def _in_turn(self, belongs: bytes) -> list[_Process]:
        """Whom to ask, first choice first; what belongs together has the same first choice."""
        own = crc32(belongs) % len(self._processes)
        ring = [*self._processes[own:], *self._processes[:own]]
        for process in ring:
            if process.is_silent():
                process.note_away("silent")
        return sorted(ring, key=lambda process: (process.is_away(), process.busy - SLACK * (process is ring[0])))


@dataclass
class _Process:
    """One process of the bot."""

    name: str  # as `baton up` calls it, and its log
    session: aiohttp.ClientSession
    busy: int = 0  # calls it has not answered yet
    silent_since: float = 0.0  # while it is busy: since when it has answered nothing (monotonic seconds, as all here)
    rests_until: float = 0.0  # it failed to answer a call; until then others are asked first
    told_away: bool = False  # the log says that it is

    def is_away(self) -> bool:
        """Whether another is the better choice, as far as is known."""
        return time.monotonic() < self.rests_until or self.is_silent()

    def is_silent(self) -> bool:
        """Whether it has calls and answers none of them."""
        return self.busy > 0 and time.monotonic() - self.silent_since > SILENT_S

    def note_away(self, why: str) -> None:
        """Say once, until it answers again, that others are asked instead."""
        if not self.told_away:
            self.told_away = True
            logger.warning("bot.process_away", extra={"bot": self.name, "why": why})

    async def post(self, what: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of its answer. Raises BotAway."""
        began = time.monotonic()
        if not self.busy:
            self.silent_since = began
        self.busy += 1
        try:
            async with self.session.post(f"/webhooks/baton/{what}", data=body) as answer:
                status, content = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            # One that lets its callers wait is left alone the longer, the longer it took them to find out.
            self._rest(type(error).__name__, max(LEAST_REST_S, time.monotonic() - began))
            died = isinstance(
                error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | aiohttp.ClientPayloadError
            )
            never_reached = isinstance(error, aiohttp.ClientConnectorError)
            raise (BotDied if died and not never_reached else BotAway)(type(error).__name__) from None
        finally:
            self.busy -= 1
        if status in {502, 503, 504}:
            self._rest(str(status), LEAST_REST_S)
            raise BotAway(str(status))
        self.silent_since, self.rests_until = time.monotonic(), 0.0
        if self.told_away:
            self.told_away = False
            logger.info("bot.process_back", extra={"bot": self.name})
        return status, content

    def _rest(self, why: str, seconds: float) -> None:
        self.rests_until = time.monotonic() + seconds
        self.note_away(why)

    async def healthy(self) -> bool:
        """Whether it says it is up, within 2 seconds."""
        try:
            async with self.session.get("/webhooks/baton/health", timeout=aiohttp.ClientTimeout(total=2.0)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False
