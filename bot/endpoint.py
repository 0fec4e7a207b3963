"""The way to the action server: one kept connection, a short request, and failures that are not lost."""

from __future__ import annotations

from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

TIMEOUT_SECONDS = 10
# Of a message these parts are for the assistant only.
_INTERNAL = ("vector", "signals", "intent_ranking", "text_tokens")


class ActionEndpoint(EndpointConfig):
    """Rasa opens a new connection for each action and sends the whole conversation; this one does neither."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url=url, headers={"Authorization": f"Bearer {token}"}, enable_selective_domain=True)
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
        body = slim(kwargs.get("json") or {})
        async with self._kept.post(self.url, json=body, headers=self.headers) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, (await response.text()))
            return await response.json()

    async def close(self) -> None:
        """Close the kept connection."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None


def slim(call: dict[str, Any]) -> dict[str, Any]:
    """The call without the turns before this one: skills work on slots and the latest message."""
    tracker = call.get("tracker")
    if not isinstance(tracker, dict):
        return call
    events = tracker.get("events") or []
    start = next((index for index in range(len(events) - 1, -1, -1) if events[index].get("event") == "user"), 0)
    kept = [event for event in events[start:] if event.get("event") != "user"]
    latest = {name: value for name, value in (tracker.get("latest_message") or {}).items() if name not in _INTERNAL}
    latest["metadata"] = events[start].get("metadata") if events else None
    return {**call, "tracker": {**tracker, "events": kept, "latest_message": latest}}
