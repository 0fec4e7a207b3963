"""Asks the bot over HTTP.

BotError
|-- BotAway      not reachable, or no answer in time: ask again later
|-- BotFailed    it answered that it failed: ask again a few times
`-- BotRefused   it will never answer this: the request or its reply is not of the contract
"""

from __future__ import annotations

from typing import TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from handoff_api.bot_contract import FactsReply, FactsRequest, MatchesReply, MatchesRequest, TurnReply, TurnRequest

Answer = TypeVar("Answer", bound=BaseModel)


class BotError(Exception):
    """The bot did not answer a turn."""


class BotAway(BotError):
    """Not reachable, or no answer in time."""


class BotFailed(BotError):
    """It answered that it failed."""


class BotRefused(BotError):
    """The request or the reply is not of the contract."""


class Bot:
    """The bot behind its contract."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    def at(cls, url: str, token: str, timeout_s: float) -> Bot:
        """A bot at an address; one answer may take ``timeout_s`` seconds. Call it where the event loop runs."""
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=2.0)
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        # aiohttp spends a third of what httpx does on a call, and this is a call for every message.
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=4.0)
        return cls(aiohttp.ClientSession(url, timeout=timeout, connector=connector, headers=headers))

    async def ask(self, request: TurnRequest) -> TurnReply:
        """The bot's decision on a turn. Raises BotAway, BotFailed, BotRefused."""
        return await self._post("turn", request, TurnReply)

    async def facts(self, request: FactsRequest) -> FactsReply:
        """What these messages tell. Raises as `ask` does; a bot that finds no facts is BotRefused."""
        return await self._post("facts", request, FactsReply)

    async def matches(self, request: MatchesRequest) -> MatchesReply:
        """The FAQ entries that may answer a text. Raises as `ask` does; a bot without an FAQ is BotRefused."""
        return await self._post("matches", request, MatchesReply)

    async def _post(self, what: str, request: BaseModel, expected: type[Answer]) -> Answer:
        body = request.model_dump_json(exclude_none=True).encode()
        try:
            async with self._session.post(f"/webhooks/baton/{what}", data=body) as answer:
                status, content = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BotAway(type(error).__name__) from None
        if status in {502, 503, 504}:
            raise BotAway(str(status))
        if status >= 500:
            raise BotFailed(str(status))
        if status != 200:
            raise BotRefused(str(status))
        try:
            return expected.model_validate_json(content)
        except ValidationError as error:
            raise BotRefused(f"reply: {error.error_count()} faults") from None

    async def healthy(self) -> bool:
        """Whether the bot says it is up, within 2 seconds."""
        try:
            async with self._session.get("/webhooks/baton/health", timeout=aiohttp.ClientTimeout(total=2.0)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        await self._session.close()
