"""Asks the bot over HTTP.

BotError
|-- BotAway      not reachable, or no answer in time: ask again later
|-- BotFailed    it answered that it failed: ask again a few times
`-- BotRefused   it will never answer this: the request or its reply is not of the contract
"""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from handoff_api.bot_contract import TurnReply, TurnRequest


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

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str, token: str, timeout_s: float) -> Bot:
        """A bot at an address; one answer may take ``timeout_s`` seconds."""
        timeout = httpx.Timeout(timeout_s, connect=2.0, pool=None)
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=4.0)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return cls(httpx.AsyncClient(base_url=url, timeout=timeout, limits=limits, headers=headers, trust_env=False))

    async def ask(self, request: TurnRequest) -> TurnReply:
        """The bot's decision on a turn. Raises BotAway, BotFailed, BotRefused."""
        body = request.model_dump_json(exclude_none=True)
        try:
            answer = await self._client.post(
                "/webhooks/baton/turn", content=body, headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise BotAway(type(error).__name__) from None
        if answer.status_code in {502, 503, 504}:
            raise BotAway(str(answer.status_code))
        if answer.status_code >= 500:
            raise BotFailed(str(answer.status_code))
        if answer.status_code != 200:
            raise BotRefused(str(answer.status_code))
        try:
            return TurnReply.model_validate_json(answer.content)
        except ValidationError as error:
            raise BotRefused(f"reply: {error.error_count()} faults") from None

    async def healthy(self) -> bool:
        """Whether the bot says it is up, within 2 seconds."""
        try:
            answer = await self._client.get("/webhooks/baton/health", timeout=2.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def close(self) -> None:
        await self._client.aclose()
