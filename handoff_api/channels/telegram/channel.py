"""Telegram behind the port of messaging apps."""

from __future__ import annotations

import hmac
import logging
from collections.abc import AsyncIterator, Mapping
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from handoff_api.channels.port import FileGone, SendLater, SendRefused
from handoff_api.channels.telegram import markup
from handoff_api.channels.telegram.api import TelegramApi, TelegramAway, TelegramError, TelegramRefused
from handoff_api.channels.telegram.inbox import Inbox, choice_of
from handoff_api.channels.telegram.patience import Patience
from handoff_api.channels.telegram.poller import Poller
from handoff_api.channels.telegram.updates import COMMANDS, WANTED
from handoff_api.conversations.events import AuthorType, Event
from handoff_api.conversations.model import Channel
from handoff_api.conversations.switchboard import Switchboard
from handoff_api.errors import BadRequest, NotSignedIn
from handoff_api.settings import Settings
from handoff_api.storage.desk import DeskStore

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/api/channels/telegram/webhook"
_DENIED_S = 60.0  # a wrong token is mended by a person
_SHORT = 3  # buttons with titles of up to so many characters share a row


class TelegramChannel:
    """One Telegram bot. Only private chats with it are conversations."""

    channel = Channel.TELEGRAM

    def __init__(
        self, api: TelegramApi, switchboard: Switchboard, desk: DeskStore, settings: Settings, patience: Patience
    ) -> None:
        self._api, self._settings, self._patience = api, settings, patience
        self._inbox = Inbox(api, switchboard)
        self._poller = Poller(api, desk, self._inbox.take, patience)
        self._begun: dict[str, tuple[str, int]] = {}  # address -> message under way, and how many parts were sent

    @classmethod
    def create(cls, switchboard: Switchboard, desk: DeskStore, settings: Settings) -> TelegramChannel:
        """The bot of the settings."""
        api = TelegramApi.at(settings.telegram_api_url, settings.telegram_token.get_secret_value())
        return cls(api, switchboard, desk, settings, Patience())

    async def close(self) -> None:
        await self._inbox.close()
        await self._api.close()

    # --- what contacts send ------------------------------------------------------------------------------------------
    async def receive(self) -> None:
        """Poll until cancelled; in webhook mode tell Telegram where we are, and return."""
        commands = [{"command": name, "description": text} for name, text in COMMANDS.items() if text]
        await self._patience.until_done(lambda: self._api.call("setMyCommands", {"commands": commands}))
        if self._settings.telegram_mode == "poll":
            return await self._poller.run()
        hook = {
            "url": self._settings.public_url.rstrip("/") + WEBHOOK_PATH,
            "secret_token": self._settings.telegram_webhook_secret.get_secret_value(),
            "allowed_updates": WANTED,
        }
        return await self._patience.until_done(lambda: self._api.call("setWebhook", hook))

    def router(self) -> APIRouter | None:
        """The webhook, in that mode. Telegram sends an update again until the answer says that it is stored."""
        if self._settings.telegram_mode == "poll":
            return None
        router = APIRouter(tags=["telegram"])
        secret = self._settings.telegram_webhook_secret.get_secret_value().encode()

        @router.post(WEBHOOK_PATH)
        async def webhook(
            request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
        ) -> dict[str, bool]:
            if not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), secret):
                raise NotSignedIn("bad_secret", "expected the secret that Telegram was told with the webhook")
            try:
                update = await request.json()
            except ValueError:
                update = None
            if not isinstance(update, dict):
                raise BadRequest("bad_request", "expected an update of the Bot API as a JSON object")
            await self._inbox.take(update)
            return {"ok": True}

        return router

    async def open_file(self, reference: str) -> AsyncIterator[bytes]:
        """A photo, document or recording. Raises SendLater, FileGone."""
        try:
            return await self._api.download(reference)
        except TelegramRefused as refused:
            raise FileGone(str(refused)) from None
        except TelegramError as error:
            raise SendLater(str(error)) from None

    # --- what contacts are sent --------------------------------------------------------------------------------------
    async def send(self, address: str, event: Event) -> None:
        """Deliver one message, in parts where it is long; an agent's begins with the agent's name.

        Raises SendLater, SendRefused.
        """
        name = (event.author.name or "")[:100] if event.author.type is AuthorType.AGENT else ""
        head = f"{name}:\n" if name else ""
        parts = markup.parts_of(event.text or "", markup.MOST - markup.units(head))
        under_way, sent = self._begun.get(address, ("", 0))
        for count, part in enumerate(parts):
            if under_way == event.id and count < sent:
                continue  # before an attempt that failed at a later part
            html, plain = markup.to_html(part, self._settings.public_url), part
            if head and count == 0:
                html, plain = f"<b>{escape(name, quote=False)}:</b>\n{html}", head + plain
            await self._send_part(address, html, plain, _keyboard(event) if count == len(parts) - 1 else None)
            self._begun[address] = (event.id, count + 1)
        self._begun.pop(address, None)

    async def _send_part(self, address: str, html: str, plain: str, keyboard: Mapping[str, Any] | None) -> None:
        message = {"chat_id": address, "reply_markup": keyboard, "link_preview_options": {"is_disabled": True}}
        try:
            try:
                await self._api.call("sendMessage", {**message, "text": html, "parse_mode": "HTML"})
            except TelegramRefused as refused:
                if "can't parse entities" not in str(refused):
                    raise
                logger.error("telegram.markup_refused", extra={"why": str(refused)})
                await self._api.call("sendMessage", {**message, "text": plain})
        except TelegramRefused as refused:
            raise SendRefused(str(refused)) from None
        except TelegramAway as away:
            raise SendLater(str(away), away.after_s) from None
        except TelegramError as error:
            raise SendLater(str(error), _DENIED_S) from None


def _keyboard(event: Event) -> dict[str, Any] | None:
    """The buttons below a message: one a row, but short ones side by side."""
    if not event.buttons:
        return None
    keys = [{"text": b["title"], "callback_data": choice_of(event, index)} for index, b in enumerate(event.buttons)]
    rows = [keys] if all(len(key["text"]) <= _SHORT for key in keys) else [[key] for key in keys]
    return {"inline_keyboard": rows}
