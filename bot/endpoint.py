"""The way to the action server: kept connections, and failures that are not lost."""

from __future__ import annotations

from typing import Any

import aiohttp
from pydantic_core import from_json, to_json
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

TIMEOUT_SECONDS = 10


class ActionEndpoint(EndpointConfig):
    """Rasa opens a new connection for each action; this one does not."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        super().__init__(url=url, headers=headers, enable_selective_domain=True)
        self._kept: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Run one action; raises what Rasa expects when the server refuses."""
        if self._kept is None:
            self._kept = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        async with self._kept.post(self.url, data=to_json(kwargs.get("json")), headers=self.headers) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, (await response.text()))
            return from_json(await response.read())

    async def close(self) -> None:
        """Close the kept connection."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None
