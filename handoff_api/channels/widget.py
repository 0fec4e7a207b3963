"""The website widget: a socket with a cursor, and the same over plain HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from handoff_api.channels.put_off import PutOff
from handoff_api.channels.visitor import Identity, contact_of
from handoff_api.conversations.events import Event
from handoff_api.conversations.model import Channel, Conversation, Owner
from handoff_api.conversations.switchboard import MessageRefused
from handoff_api.conversations.wire import status
from handoff_api.errors import ApiError, BadRequest, NotFound, NotSignedIn, TooMany
from handoff_api.live.frames import cursor_of, parse_frame, write_frame
from handoff_api.live.watch import Watch
from handoff_api.services import Services
from handoff_api.storage.connect import StorageError, storage_code
from handoff_api.storage.conversations import UnknownConversation

router = APIRouter(prefix="/api/widget", tags=["widget"])

_BAD_TOKEN, _BAD_FRAMES = 4401, 4400
_MOST_BAD_FRAMES = 20
_MOST_ID = 100  # characters of a client_id


class Start(BaseModel):
    """A visitor opens the widget for the first time."""

    model_config = ConfigDict(extra="forbid")

    page: str | None = Field(None, max_length=2000)
    identity: Identity | None = None
    locale: str = Field("en", max_length=35, pattern=r"^[A-Za-z0-9-]+$")


class Post(BaseModel):
    """A message without a socket."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(min_length=1, max_length=_MOST_ID)
    text: str
    payload: str | None = Field(None, max_length=300)


@router.post("/conversations", status_code=201)
async def start(body: Start, request: Request) -> dict[str, str]:
    """Begin a conversation and get the token that names it."""
    services: Services = request.app.state.services
    address = request.client.host if request.client else ""
    if not await services.desk.allow("visitor", address, services.settings.visitor_rate, 60):
        raise TooMany("too_many_conversations", "too many new conversations from here; try again in a minute")
    contact = contact_of(body.identity, body.page, services.settings.identity_secret.get_secret_value())
    cid = await services.switchboard.start(Channel.WIDGET, contact.id, contact, body.locale)
    return {"conversation_id": cid, "token": services.tokens.issue(cid)}


@router.post("/messages")
async def post(body: Post, request: Request, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    """Send a message; the answer carries the event it became."""
    services: Services = request.app.state.services
    cid = _conversation(services, authorization)
    written = await _accept(services, cid, body.client_id, body.text, body.payload)
    (event,) = await services.store.events(cid, written - 1, limit=1)
    return {"cursor": str(written), "event": event.for_contact()}


@router.get("/events")
async def events(
    request: Request, after: Annotated[int, Query(ge=0)] = 0, authorization: Annotated[str, Header()] = ""
) -> dict[str, Any]:
    """Everything the contact may see after a cursor, and who looks after them."""
    services: Services = request.app.state.services
    cid = _conversation(services, authorization)
    try:
        conversation = await services.store.get(cid)
    except UnknownConversation:
        raise NotFound("unknown_conversation", "this conversation does not exist any more") from None
    found = await services.store.events(cid, after)
    shown = [wire for event in found if (wire := event.for_contact())]
    cursor = found[-1].seq if found else after
    return {"events": shown, "cursor": str(cursor), "status": _status(services, conversation)}


@router.websocket("/ws")
async def socket(websocket: WebSocket, token: str = "", after: str = "0") -> None:
    """The widget's socket."""
    services: Services = websocket.app.state.services
    await websocket.accept()
    try:
        cid = services.tokens.read(token)
        await services.store.get(cid)
        cursor = cursor_of(after)
    except (NotSignedIn, UnknownConversation):
        await _close(websocket, _BAD_TOKEN, "bad_token", "expected a visitor token; start a new conversation")
        return
    except BadRequest as error:
        await _close(websocket, _BAD_FRAMES, error.code, error.message)
        return
    except StorageError:
        await _close(websocket, 1013, "storage_away", "try again in a moment")
        return
    await WidgetSocket(services, websocket, cid, cursor).serve()


class WidgetSocket:
    """One open widget. Events come from its watch; frames of the browser are handled in order."""

    def __init__(self, services: Services, websocket: WebSocket, cid: str, after: int) -> None:
        self._services, self._websocket, self._cid = services, websocket, cid
        self._watch = Watch(services.store, cid, after, self._show_if_there)
        self._last_status: dict[str, Any] | None = None
        self._put_off = PutOff()
        self._bad_frames = 0

    async def serve(self) -> None:
        """Until the browser leaves."""
        hub = self._services.hub
        hub.add_widget(self._cid, self)
        hub.watch(self._watch)
        try:
            while self._bad_frames < _MOST_BAD_FRAMES:
                await self._handle(await self._websocket.receive_text())
            await _close(self._websocket, _BAD_FRAMES, "bad_frames", "too many frames that could not be understood")
        except (WebSocketDisconnect, KeyError, RuntimeError):
            pass  # gone; KeyError is starlette's answer to a binary frame, which no widget sends
        finally:
            hub.unwatch(self._watch)
            hub.remove_widget(self._cid, self)

    async def _show_if_there(self, found: Sequence[Event], conversation: Conversation) -> None:
        try:
            await self._show(found, conversation)
        except WebSocketDisconnect:
            raise ConnectionAbortedError("the browser left") from None  # a watch knows no web framework

    async def _show(self, found: Sequence[Event], conversation: Conversation) -> None:
        for event in found:
            wire = event.for_contact()
            if wire:
                await self._send({"type": "event", "cursor": str(event.seq), "event": wire})
        present = _status(self._services, conversation)
        if present != self._last_status:
            self._last_status = present
            await self._send(present)

    def whispered(self, message: Mapping[str, Any]) -> None:
        """Typing of an agent."""
        if message.get("type") == "typing" and message.get("author", {}).get("type") == "agent":
            frame = {"type": "typing", "author": {"type": "agent", "name": message["author"]["name"]}}
            asyncio.get_running_loop().create_task(self._send_quietly(frame))

    async def _handle(self, text: str) -> None:
        client_id = None
        try:
            frame = parse_frame(text)
            client_id = frame.get("client_id")
            await self._obey(frame)
        except (MessageRefused, ApiError) as error:
            self._bad_frames += isinstance(error, BadRequest)
            await self._send_error(error.code, str(error), client_id)
        except UnknownConversation:
            await self._send_error("unknown_conversation", "this conversation does not exist any more", client_id)
        except StorageError as error:
            await self._send_error(storage_code(error), "not stored; try again in a moment", client_id)

    async def _obey(self, frame: Mapping[str, Any]) -> None:
        services, cid = self._services, self._cid
        match frame["type"]:
            case "message":
                client_id = _client_id(frame)
                self._put_off.check(client_id)
                try:
                    seq = await _accept(services, cid, client_id, frame.get("text"), frame.get("payload"))
                except (TooMany, StorageError):
                    self._put_off.put_off(client_id)
                    raise
                self._put_off.taken(client_id)
                await self._send({"type": "accepted", "client_id": client_id, "cursor": str(seq)})
            case "typing":
                await services.desk.whisper({"type": "typing", "conversation_id": cid, "author": {"type": "contact"}})
            case "read":
                cursor = cursor_of(frame.get("cursor"))
                await services.store.note_read(cid, cursor)
                await services.desk.whisper({"type": "read", "conversation_id": cid, "cursor": str(cursor)})
            case "request_human":
                written = await services.switchboard.request_human(cid, f"h:{_client_id(frame)}")
                await self._send({"type": "accepted", "client_id": _client_id(frame), "cursor": str(written.seq)})
            case "rating":
                written = await services.switchboard.rate(
                    cid,
                    f"r:{_client_id(frame)}",
                    frame.get("csat"),  # type: ignore[arg-type]
                    frame.get("comment"),
                )
                await self._send({"type": "accepted", "client_id": _client_id(frame), "cursor": str(written.seq)})
            case "ping":
                await self._send({"type": "pong"})
            case other:
                raise BadRequest(
                    "unknown_type",
                    f"expected message, typing, read, request_human, rating or ping, got {other[:40]!r}",
                )

    async def _send(self, frame: Mapping[str, Any]) -> None:
        await self._websocket.send_text(write_frame(frame))

    async def _send_quietly(self, frame: Mapping[str, Any]) -> None:
        try:
            await self._send(frame)
        except (RuntimeError, WebSocketDisconnect, OSError):
            return  # gone, and what it missed is worth nothing later

    async def _send_error(self, code: str, message: str, client_id: object) -> None:
        frame = {"type": "error", "code": code, "message": message}
        if isinstance(client_id, str):
            frame["client_id"] = client_id[:_MOST_ID]
        await self._send(frame)


def _status(services: Services, conversation: Conversation) -> dict[str, Any]:
    place = services.hub.places.get(conversation.id) if conversation.owner is Owner.QUEUE else None
    return status(conversation, place, services.hub.eta_s(place), online=bool(services.hub.online))


def _conversation(services: Services, authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("bad_token", "expected the header Authorization: Bearer <visitor token>")
    return services.tokens.read(token)


async def _accept(services: Services, cid: str, client_id: str, text: object, payload: object) -> int:
    if not services.pace.allow(cid):
        raise TooMany("too_fast", "too many messages at once; wait a few seconds and send it again")
    if payload is not None and (not isinstance(payload, str) or len(payload) > 300):
        raise BadRequest("payload_invalid", "expected payload to be a string of at most 300 characters")
    try:
        written = await services.switchboard.accept(cid, client_id, text, payload)  # type: ignore[arg-type]
    except UnknownConversation:
        raise NotFound("unknown_conversation", "this conversation does not exist any more") from None
    except MessageRefused as refused:
        raise BadRequest(refused.code, str(refused)) from None
    return written.seq


def _client_id(frame: Mapping[str, Any]) -> str:
    value = frame.get("client_id")
    if not isinstance(value, str) or not 1 <= len(value) <= _MOST_ID:
        raise BadRequest("client_id_invalid", f"expected client_id to be a string of 1 to {_MOST_ID} characters")
    return value


async def _close(websocket: WebSocket, code: int, name: str, message: str) -> None:
    await websocket.send_text(write_frame({"type": "error", "code": name, "message": message}))
    await websocket.close(code)
