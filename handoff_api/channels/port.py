"""What a messaging app must be able to do to be a channel: one file, this port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from fastapi import APIRouter

from handoff_api.conversations.events import Event
from handoff_api.conversations.model import Channel


class SendLater(Exception):
    """Not now: try again, after ``after_s`` seconds where the provider says so."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class SendRefused(Exception):
    """Never: the provider will not deliver this message; the text says why."""


class FileGone(Exception):
    """The provider does not hand out this file; the text says why."""


class MessagingChannel(Protocol):
    """A messaging app."""

    channel: Channel

    async def send(self, address: str, event: Event) -> None:
        """Deliver one message. Raises SendLater, SendRefused."""

    async def receive(self) -> None:
        """Fetch messages until cancelled, for providers that are asked; returns at once for those that call us."""

    def router(self) -> APIRouter | None:
        """Routes for providers that call us."""

    async def open_file(self, reference: str) -> AsyncIterator[bytes]:
        """The content of a file a contact sent, as it comes. Raises SendLater where not now, FileGone."""

    async def close(self) -> None:
        """Give back connections."""
