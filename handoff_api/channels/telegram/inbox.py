"""Carries what Telegram reports to the switchboard, each thing once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from handoff_api import wording
from handoff_api.channels.notices import rating_of
from handoff_api.channels.telegram.api import TelegramApi, TelegramError
from handoff_api.channels.telegram.updates import CalledElsewhere, Pressed, Said, Sender, read_update
from handoff_api.conversations.events import Event
from handoff_api.conversations.model import Channel
from handoff_api.conversations.switchboard import MessageRefused, Switchboard

logger = logging.getLogger(__name__)

_MOST_TOAST = 200  # characters Telegram shows over the conversation when a button was pressed


class Inbox:
    """Takes updates. One taken twice is known by its key, which names the bot too: another bot numbers anew."""

    def __init__(self, api: TelegramApi, switchboard: Switchboard) -> None:
        self._api, self._switchboard = api, switchboard
        self._courtesies: set[asyncio.Task[None]] = set()

    async def take(self, update: Mapping[str, Any]) -> None:
        """Store one update. What cannot be read is logged, for it must not hold up what comes after it."""
        try:
            came = read_update(update)
        except ValidationError as error:
            faults = [".".join(map(str, fault["loc"])) for fault in error.errors()]
            logger.error("telegram.unreadable", extra={"update": update.get("update_id"), "faults": faults})
            return
        match came:
            case Said():
                await self._hear(came)
            case Pressed():
                await self._choose(came)
            case CalledElsewhere(address):
                self._do_later("sendMessage", {"chat_id": address, "text": wording.PRIVATE_ONLY})

    async def _hear(self, said: Said) -> None:
        cid = await self._conversation(said.sender)
        data = dict(said.data)
        original = await self._switchboard.accepted(cid, self._key(said.corrects)) if said.corrects else None
        if original:
            if original.text == said.text:
                return  # nothing a reader would see has changed
            data["corrects"] = original.id
        try:
            await self._switchboard.accept(cid, self._key(said.key), said.text, said.payload, data=data)
        except MessageRefused as refused:
            logger.info("telegram.message_refused", extra={"conversation": cid, "code": refused.code})

    async def _choose(self, pressed: Pressed) -> None:
        cid = await self._conversation(pressed.sender)
        button = await self._button(cid, pressed.choice)
        if button is None:
            toast = wording.CHOICE_GONE
        elif rating := rating_of(button["payload"]):
            await self._switchboard.rate(cid, self._key(pressed.key), rating, None)
            toast = wording.RATED
        else:
            await self._switchboard.accept(cid, self._key(pressed.key), button["title"], button["payload"])
            toast = button["title"]
        answer = {"callback_query_id": pressed.query_id, "text": toast[:_MOST_TOAST]}
        self._do_later("answerCallbackQuery", answer)

    async def _button(self, cid: str, choice: str) -> Mapping[str, str] | None:
        """The button a choice names, from the log: what was never offered cannot be pressed."""
        place = read_choice(cid, choice)
        if place is None:
            return None
        seq, index = place
        found = await self._switchboard.store.events(cid, seq - 1, limit=1)
        buttons = found[0].buttons if found and found[0].seq == seq else ()
        return buttons[index] if index < len(buttons) else None

    async def _conversation(self, sender: Sender) -> str:
        return await self._switchboard.at_address(Channel.TELEGRAM, sender.address, sender.contact, sender.locale)

    def _key(self, key: str) -> str:
        return f"tg:{self._api.bot_id}:{key}"

    def _do_later(self, method: str, parameters: Mapping[str, object]) -> None:
        """A courtesy that nobody waits for, and that is worth nothing later."""

        async def call() -> None:
            try:
                await self._api.call(method, parameters)
            except TelegramError as error:
                logger.info("telegram.courtesy_failed", extra={"method": method, "why": str(error)})

        task = asyncio.create_task(call())
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def close(self) -> None:
        courtesies = list(self._courtesies)
        for task in courtesies:
            task.cancel()
        await asyncio.gather(*courtesies, return_exceptions=True)


def choice_of(event: Event, index: int) -> str:
    """What goes with a button. Telegram allows 64 bytes, payloads are longer, and the log has them anyway."""
    return f"{_short(event.conversation_id)}.{event.seq}.{index}"


def read_choice(cid: str, choice: str) -> tuple[int, int] | None:
    """The seq and the index of a choice; None where it is not of this conversation, or made up."""
    name, *numbers = choice.split(".")
    if name != _short(cid) or len(numbers) != 2 or not all(n.isascii() and n.isdecimal() for n in numbers):
        return None
    seq, index = (int(number[:15]) for number in numbers)
    return (seq, index) if seq > 0 else None


def _short(cid: str) -> str:
    """Enough of a conversation's id to know the buttons of an earlier one at the same address."""
    return cid[-8:]
