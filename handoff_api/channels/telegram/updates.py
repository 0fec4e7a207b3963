"""Reads Telegram's updates: what a contact said, or which button was pressed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from handoff_api import wording
from handoff_api.conversations.model import Contact
from handoff_api.conversations.switchboard import HUMAN

WANTED = ["message", "edited_message", "callback_query"]  # the kinds of update that we read
COMMANDS = {"start": "", "human": wording.HUMAN_COMMAND}  # what contacts may type; shown where it has a text

_COMMAND = re.compile(r"/(start|human)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_LOCALE = re.compile(r"[A-Za-z0-9-]{1,35}")


class _Chat(BaseModel):
    id: int
    type: str
    first_name: str = ""
    last_name: str = ""


class _User(BaseModel):
    id: int
    language_code: str = ""


class _File(BaseModel):
    file_id: str
    file_name: str | None = None
    file_size: int | None = None
    emoji: str | None = None


class _Location(BaseModel):
    latitude: float
    longitude: float


class _Venue(BaseModel):
    location: _Location
    title: str = ""
    address: str = ""


class _ContactCard(BaseModel):
    phone_number: str
    first_name: str = ""
    last_name: str = ""


class _Message(BaseModel):
    message_id: int
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    edit_date: int | None = None
    text: str | None = None
    caption: str | None = None
    photo: list[_File] = []
    animation: _File | None = None
    video: _File | None = None
    video_note: _File | None = None
    voice: _File | None = None
    audio: _File | None = None
    document: _File | None = None
    sticker: _File | None = None
    venue: _Venue | None = None
    location: _Location | None = None
    contact: _ContactCard | None = None
    dice: Any = None
    poll: Any = None
    game: Any = None
    story: Any = None
    paid_media: Any = None
    checklist: Any = None


class _Query(BaseModel):
    id: str
    sender: _User = Field(alias="from")
    message: _Message | None = None
    data: str | None = None


class _Update(BaseModel):
    update_id: int
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Query | None = None


_FILES = {  # an animation is also given as a document, so the order counts
    "photo": "photo",
    "animation": "animation",
    "video": "video",
    "video_note": "video message",
    "voice": "voice message",
    "audio": "audio",
    "document": "document",
    "sticker": "sticker",
}
_OTHERS = ("dice", "poll", "game", "story", "paid_media", "checklist")


@dataclass(frozen=True)
class Sender:
    """Who wrote, and where to answer."""

    address: str
    contact: Contact
    locale: str


@dataclass(frozen=True)
class Said:
    """A message. ``key`` names it for good; ``corrects`` is the key of the message it is a new version of."""

    sender: Sender
    key: str
    text: str
    payload: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    corrects: str | None = None


@dataclass(frozen=True)
class Pressed:
    """A button. ``choice`` is what we sent with it, or what somebody made up."""

    sender: Sender
    key: str
    query_id: str
    choice: str


@dataclass(frozen=True)
class CalledElsewhere:
    """A command in a group, where we do not answer."""

    address: str


def read_update(raw: Mapping[str, Any]) -> Said | Pressed | CalledElsewhere | None:
    """What an update says; None where it is nothing for us. Raises pydantic's ValidationError."""
    update = _Update.model_validate(raw)
    if update.callback_query:
        return _pressed(update.callback_query)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type != "private":
        called = update.message and (message.text or "").startswith("/")
        return CalledElsewhere(str(message.chat.id)) if called else None
    return _edited(message) if update.edited_message else _said(message)


def _pressed(query: _Query) -> Pressed | None:
    if query.message is None or query.message.chat.type != "private":
        return None
    return Pressed(_sender(query.message.chat, query.sender), f"q{query.id}", query.id, query.data or "")


def _edited(message: _Message) -> Said | None:
    """Telegram also reports changes that are no edit, such as a moving location; those have no words."""
    said = _said(message) if message.text or message.caption else None
    if said is None:
        return None
    return Said(said.sender, f"{said.key}e{message.edit_date}", said.text, said.payload, said.data, said.key)


def _said(message: _Message) -> Said | None:
    sender, key = _sender(message.chat, message.sender), f"m{message.message_id}"
    if message.text:
        command = _COMMAND.fullmatch(message.text)
        if command and command[1] == "human":
            return Said(sender, key, message.text, HUMAN)
        if command:
            return Said(sender, key, wording.HELLO, data={"command": message.text})
        return Said(sender, key, message.text)
    attached = _attached(message)
    if attached is None:
        return None
    line, attachment = attached
    text = f"{message.caption}\n{line}" if message.caption else line
    return Said(sender, key, text, data={"attachments": [attachment]})


def _attached(message: _Message) -> tuple[str, dict[str, Any]] | None:
    """The line that says what came, and what of it agents' tools can use."""
    if message.venue or message.location:
        return _place(message)
    if card := message.contact:
        name = f"{card.first_name} {card.last_name}".strip()
        line = f"[contact card] {name}, {card.phone_number}"
        return line, {"kind": "contact card", "name": name, "phone": card.phone_number}
    for kind_field, kind in _FILES.items():
        value = getattr(message, kind_field)
        if value:
            return _file(kind, value[-1] if isinstance(value, list) else value)  # sizes of a photo: largest last
    for kind in _OTHERS:
        if getattr(message, kind) is not None:
            return wording.UNSUPPORTED.format(kind=kind.replace("_", " ")), {"kind": kind.replace("_", " ")}
    return None


def _place(message: _Message) -> tuple[str, dict[str, Any]]:
    spot = message.venue.location if message.venue else message.location
    assert spot is not None
    where = {"latitude": spot.latitude, "longitude": spot.longitude}
    line = f"[location] {spot.latitude:.5f}, {spot.longitude:.5f}"
    if message.venue is None:
        return line, {"kind": "location", **where}
    return f"{line} {message.venue.title}, {message.venue.address}", {
        "kind": "location",
        "name": message.venue.title,
        **where,
    }


def _file(kind: str, file: _File) -> tuple[str, dict[str, Any]]:
    named = {"name": file.file_name, "size": file.file_size}
    attachment = {"kind": kind, "file_id": file.file_id, **{k: v for k, v in named.items() if v}}
    if kind == "sticker" and file.emoji:
        return f"[sticker] {file.emoji}", attachment
    return (f"[{kind} {file.file_name}]" if file.file_name else f"[{kind}]"), attachment


def _sender(chat: _Chat, user: _User | None) -> Sender:
    name = f"{chat.first_name} {chat.last_name}".strip()[:200]
    language = user.language_code if user else ""
    locale = language if _LOCALE.fullmatch(language) else "en"
    return Sender(str(chat.id), Contact(f"tg-{chat.id}", name or None), locale)
