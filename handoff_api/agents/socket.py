"""The console's socket: a snapshot, then every change; events of the conversations it watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from handoff_api.agents.auth import authenticate, signed_in_socket
from handoff_api.agents.routes import summarize
from handoff_api.conversations.events import Event
from handoff_api.conversations.model import Conversation, Owner
from handoff_api.errors import ApiError, BadRequest
from handoff_api.live.frames import cursor_of, parse_frame, write_frame
from handoff_api.live.hub import QUEUE_SHOWN
from handoff_api.live.watch import Watch
from handoff_api.services import Services
from handoff_api.storage.agents import Agent
from handoff_api.storage.connect import StorageError
from handoff_api.storage.keys import partition_of

logger = logging.getLogger(__name__)
router = APIRouter(tags=["agent"])

_MOST_PENDING = 2000  # frames; a console that reads slower is cut off and comes back for a snapshot
_SNAPSHOT = {Owner.QUEUE: QUEUE_SHOWN, Owner.AGENT: 1000, Owner.BOT: 100, Owner.CLOSED: 100}
_MOST_WATCHED = 50
_LOGIN_CHECK_S = 10.0  # for when the news of an ended login was lost


@router.websocket("/api/agent/ws")
async def socket(websocket: WebSocket) -> None:
    """Needs the console's cookie or an API token."""
    await websocket.accept()
    try:
        agent = await signed_in_socket(websocket)
    except ApiError as error:
        await _refuse(websocket, error)
        return
    except StorageError:
        await websocket.close(1013)
        return
    await ConsoleSocket(websocket.app.state.services, websocket, agent).serve()


async def _refuse(websocket: WebSocket, error: ApiError) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may have left meanwhile
        await websocket.send_text(write_frame({"type": "error", "code": error.code, "message": error.message}))
        await websocket.close(4401)


class ConsoleSocket:
    """One open console."""

    def __init__(self, services: Services, websocket: WebSocket, agent: Agent) -> None:
        self._services, self._websocket, self._agent = services, websocket, agent
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_PENDING)
        self._watches: dict[str, Watch] = {}
        self._snapshot_due = asyncio.Event()
        self._too_slow = asyncio.Event()
        self._login_doubted = asyncio.Event()

    async def serve(self) -> None:
        """Until the agent leaves."""
        hub = self._services.hub
        await self._services.desk.sign_of_life(self._agent.id)
        hub.consoles.add(self)
        self._snapshot_due.set()
        login = asyncio.create_task(self._until_signed_out())
        works = (self._receive(), self._send(), self._take_snapshots(), self._too_slow.wait())
        tasks = [login, *(asyncio.ensure_future(work) for work in works)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._too_slow.is_set():
                await self._websocket.close(1013)
            elif login.done():
                await _refuse(self._websocket, login.result())
        finally:
            hub.consoles.discard(self)
            with contextlib.suppress(StorageError):
                await self._whisper_viewing("")
            for watch in self._watches.values():
                hub.unwatch(watch)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_signed_out(self) -> ApiError:
        """Why this console is not allowed any more: removed, signed out, or with a new password."""
        services = self._services
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._login_doubted.wait(), _LOGIN_CHECK_S)
            self._login_doubted.clear()
            try:
                await authenticate(self._websocket, use=False)
            except ApiError as error:
                with contextlib.suppress(StorageError):
                    if await services.agents.get(self._agent.id) is None:
                        await services.desk.leave(self._agent.id)  # a ping may have come in between
                return error
            except StorageError:
                logger.warning("console.storage_away", exc_info=True)

    # --- what the hub says -------------------------------------------------------------------------------------------
    def conversations_changed(self, conversations: list[Conversation]) -> None:
        for conversation in conversations:
            self._put({"type": "conversation", "conversation": summarize(self._services, conversation)})

    def lost_track(self) -> None:
        self._snapshot_due.set()

    def whispered(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "login_doubted" and message["agent_id"] == self._agent.id:
            self._login_doubted.set()
        if message.get("conversation_id") not in self._watches:
            return
        if message["type"] == "typing" and message["author"].get("id") != self._agent.id:
            self._put(dict(message))
        if message["type"] == "read":
            self._put(dict(message))

    def bot_state_changed(self, state: str) -> None:
        self._put({"type": "bot", "state": "up" if state == "closed" else "down"})

    def queue_changed(self, waiting: int) -> None:
        self._put({"type": "queue", "waiting": waiting})

    def presence_changed(self) -> None:
        asyncio.get_running_loop().create_task(self._send_presence())

    # --- sending -----------------------------------------------------------------------------------------------------
    def _put(self, frame: dict[str, Any]) -> None:
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._too_slow.set()

    async def _send(self) -> None:
        while True:
            frame = await self._frames.get()
            await self._websocket.send_text(write_frame(frame))

    async def _take_snapshots(self) -> None:
        while True:
            await self._snapshot_due.wait()
            self._snapshot_due.clear()
            try:
                self._put(await self._snapshot())
            except StorageError:
                logger.warning("console.storage_away", exc_info=True)
                await asyncio.sleep(0.5)
                self._snapshot_due.set()

    async def _snapshot(self) -> dict[str, Any]:
        store = self._services.store
        ids = [cid for owner, most in _SNAPSHOT.items() for cid, _ in await store.owned_by(owner, most)]
        found = [summarize(self._services, c) for c in await store.get_many(ids) if c is not None]
        self.bot_state_changed(self._services.hub.bot_state)
        waiting = len(self._services.hub.places)
        return {"type": "snapshot", "conversations": found, "waiting": waiting, "agents": await self._agents()}

    async def _agents(self) -> list[dict[str, Any]]:
        hub = self._services.hub
        return [
            {"id": a.id, "name": a.name, "online": a.id in hub.online, "viewing": hub.viewing.get(a.id)}
            for a in await self._services.agents.all()
        ]

    async def _send_presence(self) -> None:
        try:
            self._put({"type": "presence", "agents": await self._agents()})
        except StorageError:
            return  # the next change or snapshot brings it

    async def _show(self, cid: str, events: Sequence[Event]) -> None:
        for event in events:
            self._put({"type": "event", "conversation_id": cid, "cursor": str(event.seq), "event": event.for_agent()})

    # --- receiving ---------------------------------------------------------------------------------------------------
    async def _receive(self) -> None:
        while True:
            try:
                text = await self._websocket.receive_text()
            except (WebSocketDisconnect, KeyError, RuntimeError):
                return  # gone; KeyError is starlette's answer to a binary frame
            try:
                await self._obey(parse_frame(text))
            except ApiError as error:
                self._put({"type": "error", "code": error.code, "message": error.message})
            except StorageError:
                self._put({"type": "error", "code": "storage_away", "message": "try again in a moment"})

    async def _obey(self, frame: Mapping[str, Any]) -> None:
        services = self._services
        match frame["type"]:
            case "ping":
                await services.desk.sign_of_life(self._agent.id)
                self._put({"type": "pong"})
            case "watch":
                await self._start_watching(_conversation_id(frame), cursor_of(frame.get("after", 0)))
            case "unwatch":
                watch = self._watches.pop(_conversation_id(frame), None)
                if watch:
                    services.hub.unwatch(watch)
                    await self._whisper_viewing("")
            case "typing":
                author = {"type": "agent", "id": self._agent.id, "name": self._agent.name}
                await services.desk.whisper(
                    {"type": "typing", "conversation_id": _conversation_id(frame), "author": author}
                )
            case "read":
                pass  # kept for consoles that mark conversations as read; nothing is stored yet
            case other:
                raise BadRequest("unknown_type", f"expected watch, unwatch, typing, read or ping, got {other[:40]!r}")

    async def _start_watching(self, cid: str, after: int) -> None:
        if old := self._watches.pop(cid, None):
            self._services.hub.unwatch(old)
        if len(self._watches) >= _MOST_WATCHED:
            raise BadRequest("too_many_watched", f"expected at most {_MOST_WATCHED} watched conversations")

        async def show(events: Sequence[Event], _: Conversation) -> None:
            await self._show(cid, events)

        watch = Watch(self._services.store, cid, after, show)
        self._watches[cid] = watch
        self._services.hub.watch(watch)
        await self._whisper_viewing(cid)

    async def _whisper_viewing(self, cid: str) -> None:
        await self._services.desk.whisper({"type": "viewing", "agent_id": self._agent.id, "conversation_id": cid})


def _conversation_id(frame: Mapping[str, Any]) -> str:
    try:
        cid = str(frame.get("conversation_id"))
        partition_of(cid)
    except ValueError:
        raise BadRequest("bad_conversation_id", "expected conversation_id to be the id of a conversation") from None
    return cid
