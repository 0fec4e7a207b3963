"""Worker processes that are killed, and told to stop, between Telegram and the bot."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from handoff_api import wording
from handoff_api.services import Services
from handoff_api.settings import Settings
from tests.fakes.bot import FakeBot
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handoff_api.channels.telegram.conftest import ADA, Line


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process as operators run it."""
    variables = {
        "BATON_REDIS_URL": settings.redis_url,
        "BATON_PARTITIONS": str(settings.partitions),
        "BATON_DATA_DIR": str(settings.data_dir),
        "BATON_BOT_URL": settings.bot_url,
        "BATON_BOT_TOKEN": settings.bot_token.get_secret_value(),
        "BATON_TELEGRAM_TOKEN": TOKEN,
        "BATON_TELEGRAM_API_URL": settings.telegram_api_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "handoff_api.worker", env={**os.environ, **variables}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
async def test_nothing_is_lost_doubled_or_reordered_when_workers_are_killed(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram, services: Services
) -> None:
    settings, bot = line_settings
    line = Line(telegram, bot, services)
    said = [f"number {n}" for n in range(60)]
    told = 0

    async def goes_on_saying(count: int) -> None:
        nonlocal told
        for text in said[told : told + count]:
            telegram.says(ADA, text)
            await asyncio.sleep(0.01)
        told += count

    for _ in range(2):
        async with worker(settings) as process:
            await goes_on_saying(5)
            await telegram.until(lambda count=told: len(telegram.confirmed) >= count - 5, within_s=60)
            await goes_on_saying(15)
            process.kill()
            await process.wait()
    async with worker(settings) as process:
        await goes_on_saying(20)
        await telegram.until(lambda: len(set(telegram.confirmed)) == len(said), within_s=60)
        await telegram.until(lambda: said[-1] in telegram.shown(ADA)[-1].text, within_s=60)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    assert await line.said_by_contact() == said
    told_of_delay = wording.BOT_SLOW  # true, while nobody works on it
    texts = [message.text for message in telegram.shown(ADA) if message.text != told_of_delay]
    answers = [text.removeprefix("You said: ") for text in texts]
    once = list(dict.fromkeys(answers))  # a worker killed between sending and noting it sends again
    assert " / ".join(once).split(" / ") == said
    assert len(answers) - len(once) <= 2, "at most one message for each kill"
