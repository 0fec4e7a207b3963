"""Calls Telegram's Bot API.

TelegramError
|-- TelegramAway      not reachable, failing, or asking us to wait ``after_s`` seconds: ask again later
|-- TelegramConflict  somebody else fetches this bot's messages
|-- TelegramDenied    the token is wrong or was revoked
`-- TelegramRefused   it will never do this: the contact blocked us, or the request is wrong
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx


class TelegramError(Exception):
    """A call that did not succeed; the text says why and never holds the token."""


class TelegramAway(TelegramError):
    """Not now."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class TelegramConflict(TelegramError):
    """Somebody else fetches this bot's messages."""


class TelegramDenied(TelegramError):
    """The token is wrong or was revoked."""


class TelegramRefused(TelegramError):
    """It will never do this."""


class TelegramApi:
    """One bot at the Bot API."""

    def __init__(self, client: httpx.AsyncClient, files_url: str, bot_id: str) -> None:
        self._client, self._files_url, self.bot_id = client, files_url, bot_id

    @classmethod
    def at(cls, url: str, token: str) -> TelegramApi:
        """The bot of a token, such as ``123456789:AAE...``, whose first part is the bot's id."""
        timeout = httpx.Timeout(10.0, pool=None)
        root = url.rstrip("/")
        client = httpx.AsyncClient(base_url=f"{root}/bot{token}/", timeout=timeout)
        return cls(client, f"{root}/file/bot{token}/", token.partition(":")[0])

    async def call(self, method: str, parameters: Mapping[str, object] | None = None, *, wait_s: float = 0.0) -> Any:
        """The result of a method; parameters that are None are left out. Raises TelegramError.

        ``wait_s`` is how long the server was asked to wait for something to tell.
        """
        body = {name: value for name, value in (parameters or {}).items() if value is not None}
        try:
            answer = await self._client.post(method, json=body, timeout=httpx.Timeout(10.0 + wait_s, pool=None))
            content: dict[str, Any] = answer.json()
            if answer.is_success:
                return content["result"]
            why = str(content["description"])
        except httpx.HTTPError as error:
            raise TelegramAway(type(error).__name__) from None
        except (ValueError, KeyError, TypeError):
            raise TelegramAway(f"status {answer.status_code} without an answer of the Bot API") from None
        match answer.status_code:
            case 409:
                raise TelegramConflict(why)
            case 401 | 404:
                raise TelegramDenied(why)
            case 400 | 403:
                raise TelegramRefused(why)
            case _:
                after = (content.get("parameters") or {}).get("retry_after")
                raise TelegramAway(why, float(after) if after is not None else None)

    async def download(self, file_id: str) -> AsyncIterator[bytes]:
        """The content of a file, as it comes. Telegram hands out files of up to 20 MB. Raises TelegramError."""
        file = await self.call("getFile", {"file_id": file_id})
        try:
            request = self._client.build_request("GET", self._files_url + file["file_path"].lstrip("/"))
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise TelegramAway(type(error).__name__) from None
        except KeyError:
            raise TelegramRefused("it does not say where the file is") from None
        if answer.status_code != 200:
            await answer.aclose()
            kind = TelegramAway if answer.status_code >= 500 else TelegramRefused
            raise kind(f"status {answer.status_code} instead of the file")
        return _content(answer)

    async def close(self) -> None:
        await self._client.aclose()


async def _content(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()
