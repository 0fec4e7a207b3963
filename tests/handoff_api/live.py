"""A switchboard with its worker in this process, on real sockets, and small clients for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import websockets

from handoff_api.agents.passwords import hash_password
from handoff_api.app import create_app
from handoff_api.services import Services
from handoff_api.settings import Settings
from handoff_api.storage.agents import AgentStore, Role
from handoff_api.worker import work
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving

PASSWORD = "correct-horse-battery"


def answer(turn: dict[str, Any]) -> dict[str, Any]:
    """Echo; an angry customer is handed off."""
    text = " | ".join(message["text"] for message in turn["messages"])
    if "angry" in text:
        handoff = {
            "reason": "frustrated",
            "note": "Tone rising.",
            "evidence": [message["id"] for message in turn["messages"]],
            "signals": [{"name": "frustration", "value": 0.9}],
        }
        return {"replies": [{"text": "A colleague will help."}], "handoff": handoff}
    return {"replies": [{"text": f"echo {text}", "faq_id": "returns.period"}], "handoff": None}


class Socket:
    """A widget's or console's socket: sends frames, and waits for one that fits."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.frames: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self._connection.send(json.dumps(frame))

    async def send_raw(self, raw: str | bytes) -> None:
        await self._connection.send(raw)

    async def until(self, fits: Callable[[dict[str, Any]], Any], timeout: float = 10) -> dict[str, Any]:
        """The next frame that fits."""
        async with asyncio.timeout(timeout):
            while True:
                frame: dict[str, Any] = json.loads(await self._connection.recv())
                self.frames.append(frame)
                if fits(frame):
                    return frame

    async def quiet(self, seconds: float) -> list[dict[str, Any]]:
        """Everything that still comes within a time."""
        start = len(self.frames)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda _: False, seconds)
        return self.frames[start:]

    async def say(self, text: str, client_id: str | None = None, **more: Any) -> str:
        client_id = client_id or str(uuid.uuid4())
        await self.send(type="message", client_id=client_id, text=text, **more)
        return client_id

    async def until_text(self, text: str) -> dict[str, Any]:
        """The event with exactly this text."""
        return await self.until(lambda f: f["type"] == "event" and f["event"].get("text") == text)


@dataclass
class Live:
    """The running switchboard."""

    url: str
    http: httpx.AsyncClient
    bot: FakeBot
    services: Services
    settings: Settings

    async def visitor(self) -> tuple[str, str]:
        answer = await self.http.post("/api/widget/conversations", json={"page": "/lamps"})
        assert answer.status_code == 201, answer.text
        return answer.json()["conversation_id"], answer.json()["token"]

    @contextlib.asynccontextmanager
    async def widget(self, token: str, after: int | str = 0) -> AsyncIterator[Socket]:
        url = f"{self.url.replace('http', 'ws')}/api/widget/ws?token={token}&after={after}"
        async with websockets.connect(url) as connection:
            yield Socket(connection)

    async def until_owner(self, cid: str, owner: str) -> None:
        """Until the conversation belongs to them."""
        async with asyncio.timeout(10):
            while (await self.services.store.get(cid)).owner != owner:
                await asyncio.sleep(0.02)

    async def agent(self, name: str = "Priya") -> httpx.AsyncClient:
        """A client that is signed in."""
        store = AgentStore(self.services.client)
        email = f"{name.lower()}@example.com"
        if not await store.by_email(email):
            await store.add(name, email, Role.AGENT, hash_password(PASSWORD))
        client = httpx.AsyncClient(base_url=self.url, timeout=10)
        answer = await client.post("/api/agent/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    @contextlib.asynccontextmanager
    async def console(self, agent: httpx.AsyncClient) -> AsyncIterator[Socket]:
        cookie = f"baton_agent={agent.cookies['baton_agent']}"
        async with websockets.connect(
            f"{self.url.replace('http', 'ws')}/api/agent/ws", extra_headers={"cookie": cookie}, max_size=None
        ) as connection:
            yield Socket(connection)


async def command(agent: httpx.AsyncClient, cid: str, verb: str, **body: Any) -> httpx.Response:
    """One command of an agent."""
    return await agent.post(f"/api/agent/conversations/{cid}/{verb}", json={"command_id": str(uuid.uuid4()), **body})


@contextlib.asynccontextmanager
async def live_switchboard(settings: Settings, *, with_bot: bool = True) -> AsyncIterator[Live]:
    """Start everything but Rasa; ``with_bot`` false leaves the bot's address dead."""
    bot = FakeBot(answer)
    async with contextlib.AsyncExitStack() as stack:
        bot_url = await stack.enter_async_context(serving(bot.app)) if with_bot else "http://127.0.0.1:9"
        settings = settings.model_copy(update={"bot_url": bot_url})
        app = create_app(settings)
        url = await stack.enter_async_context(serving(app, ws="wsproto"))
        worker = asyncio.create_task(work(settings))
        stack.push_async_callback(_stop, worker)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=10))
        while (await http.get("/readyz")).json().get("bot", {}).get("state") == "no_worker":
            await asyncio.sleep(0.02)
        yield Live(url, http, bot, app.state.services, settings)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
