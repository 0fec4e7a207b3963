"""A whole worker between a fake Telegram and a fake bot, over real HTTP and a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest_asyncio
from pydantic import SecretStr

from handoff_api.conversations.events import Event, EventKind
from handoff_api.conversations.model import Channel, Contact, Conversation
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.switchboard import AgentRef
from handoff_api.services import Services
from handoff_api.settings import Settings
from handoff_api.worker import work
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving
from tests.fakes.telegram import TOKEN, FakeTelegram

PRIYA = AgentRef("a-priya", "Priya <3 & co")
ADA = 4711


@dataclass
class Line:
    """The customer's end, the agent's end, and what is between them."""

    telegram: FakeTelegram
    bot: FakeBot
    services: Services

    async def conversation(self, person: int = ADA) -> Conversation:
        cid = await self.services.switchboard.at_address(Channel.TELEGRAM, str(person), Contact(f"tg-{person}"), "en")
        return await self.services.store.get(cid)

    async def log(self, person: int = ADA) -> list[Event]:
        return await self.services.store.events((await self.conversation(person)).id)

    async def said_by_contact(self, person: int = ADA) -> list[str | None]:
        return [event.text for event in await self.log(person) if event.is_contact_message()]

    async def happened(self, kind: EventKind, count: int = 1) -> list[Event]:
        async with asyncio.timeout(10):
            while len(found := [event for event in await self.log() if event.kind is kind]) < count:
                await asyncio.sleep(0.02)
        return found

    async def agent(self, verb: Verb) -> None:
        await self.services.desk.sign_of_life(PRIYA.id)
        cid = (await self.conversation()).id
        written = await self.services.switchboard.move(verb, cid, str(uuid4()), PRIYA)
        assert written.result == "ok"

    async def agent_says(self, text: str) -> None:
        cid = (await self.conversation()).id
        assert (await self.services.switchboard.message(cid, str(uuid4()), PRIYA, text, None)).result == "ok"


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    yield FakeTelegram()


@pytest_asyncio.fixture
async def line_settings(settings: Settings, telegram: FakeTelegram) -> AsyncIterator[tuple[Settings, FakeBot]]:
    bot = FakeBot()
    async with serving(telegram.app) as telegram_url, serving(bot.app) as bot_url:
        values = {
            "telegram_token": SecretStr(TOKEN),
            "telegram_api_url": telegram_url,
            "bot_url": bot_url,
            "bot_token": SecretStr("of-the-fake-bot"),
            "public_url": "https://shop.example",
        }
        yield settings.model_copy(update=values), bot
        telegram.hang_up()


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """The worker process's own function, as a task."""
    task = asyncio.create_task(work(settings))
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest_asyncio.fixture
async def line(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram, services: Services
) -> AsyncIterator[Line]:
    settings, bot = line_settings
    async with working(settings):
        yield Line(telegram, bot, services)
