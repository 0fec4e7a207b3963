"""A customer with an open widget and an agent with an open console, as the browsers speak."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from websockets.legacy.client import connect as open_socket

ANSWER_S = 60.0


@dataclass(frozen=True)
class Answered:
    """One message and its answer. Times are of ``time.perf_counter``."""

    sent: float
    accepted: float
    answered: float
    text: str
    seq: int  # of the contact's message
    handed_off: bool

    @property
    def ms(self) -> float:
        """From the acceptance to the bot's first reply, both as the customer's socket saw them."""
        return (self.answered - self.accepted) * 1000

    @property
    def whole_ms(self) -> float:
        """From the sending to the bot's first reply."""
        return (self.answered - self.sent) * 1000


class Customer:
    """One conversation and its socket."""

    def __init__(self, url: str, conversation_id: str, token: str, socket: Any) -> None:
        self.url, self.conversation_id, self.token = url, conversation_id, token
        self._socket = socket
        self.handed_off = False

    @classmethod
    async def arrive(cls, url: str, http: aiohttp.ClientSession) -> Customer:
        """Open the widget for the first time; returns when the socket has shown what there is."""
        async with http.post(f"{url}/api/widget/conversations", json={"page": "/bench"}) as answer:
            answer.raise_for_status()
            started = await answer.json()
        socket = await connect(f"{url}/api/widget/ws?token={started['token']}&after=0")
        customer = cls(url, started["conversation_id"], started["token"], socket)
        await customer._until(lambda frame: frame["type"] == "status")
        return customer

    async def ask(self, text: str) -> Answered:
        """Send a message and wait for the bot's first reply to it."""
        client_id = str(uuid.uuid4())
        accepted, cursor = 0.0, 0
        sent = time.perf_counter()
        await self._socket.send(json.dumps({"type": "message", "client_id": client_id, "text": text}))
        async with asyncio.timeout(ANSWER_S):
            while True:
                frame = json.loads(await self._socket.recv())
                match frame["type"]:
                    case "accepted" if frame["client_id"] == client_id:
                        accepted, cursor = time.perf_counter(), int(frame["cursor"])
                    case "event":
                        event = frame["event"]
                        self.handed_off |= event["kind"] == "handoff.requested"
                        if accepted and event["seq"] > cursor and event["author"]["type"] == "bot" and "text" in event:
                            now = time.perf_counter()
                            return Answered(sent, accepted, now, event["text"], cursor, self.handed_off)
                    case "error":
                        raise RuntimeError(f"the switchboard refused a message: {frame['message']}")

    async def leave(self) -> None:
        """Close the socket."""
        await self._socket.close()

    async def _until(self, fits: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        async with asyncio.timeout(ANSWER_S):
            while True:
                frame: Mapping[str, Any] = json.loads(await self._socket.recv())
                if fits(frame):
                    return frame


class Console:
    """An agent's socket that notes when it is shown each conversation in the queue for the first time."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.shown: dict[str, tuple[float, float]] = {}  # conversation -> (perf_counter, wall clock) when shown
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, token: str) -> Console:
        """Sign in by API token."""
        return cls(await connect(f"{url}/api/agent/ws", {"authorization": f"Bearer {token}"}))

    async def wait_for(self, conversation_id: str) -> tuple[float, float]:
        """When the conversation appeared in the queue."""
        async with asyncio.timeout(ANSWER_S):
            while conversation_id not in self.shown:
                self._news.clear()
                await self._news.wait()
        return self.shown[conversation_id]

    async def close(self) -> None:
        """Stop reading and close."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._socket.close()

    async def _read(self) -> None:
        pings = asyncio.create_task(self._ping())
        try:
            while True:
                frame = json.loads(await self._socket.recv())
                now = (time.perf_counter(), time.time())
                found = [frame["conversation"]] if frame["type"] == "conversation" else []
                found += frame["conversations"] if frame["type"] == "snapshot" else []
                for conversation in found:
                    if conversation["owner"] == "queue":
                        self.shown.setdefault(conversation["id"], now)
                self._news.set()
        finally:
            pings.cancel()

    async def _ping(self) -> None:
        while True:
            await self._socket.send('{"type":"ping"}')
            await asyncio.sleep(10)


async def connect(url: str, headers: Mapping[str, str] | None = None) -> Any:
    """A socket like a browser's, without compression."""
    return await open_socket(
        url.replace("http", "ws", 1),
        extra_headers=dict(headers or {}),
        compression=None,
        ping_interval=None,
        max_size=None,
        max_queue=None,
        open_timeout=60,
        close_timeout=2,
    )


async def log_of(url: str, http: aiohttp.ClientSession, token: str, conversation_id: str) -> list[dict[str, Any]]:
    """Every event of a conversation as the agent's console gets them, with the time each was written."""
    where = f"{url}/api/agent/conversations/{conversation_id}"
    async with http.get(where, headers={"authorization": f"Bearer {token}"}) as answer:
        answer.raise_for_status()
        events: list[dict[str, Any]] = (await answer.json())["events"]
        return events


def written_at(event: Mapping[str, Any]) -> float:
    """Seconds since 1970 at which the script wrote the event, to the millisecond."""
    return datetime.fromisoformat(event["at"]).timestamp()
