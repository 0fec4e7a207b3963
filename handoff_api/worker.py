"""The background process: ``python -m handoff_api.worker``. Turns, deliveries, pollers, absent agents."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import sys

import uvloop

from handoff_api.channels import messaging_channels
from handoff_api.channels.delivery import Delivery
from handoff_api.conversations.retention import Retention
from handoff_api.crew import Crew
from handoff_api.logs import configure
from handoff_api.queue.absence import AbsenceSweeper
from handoff_api.services import Services
from handoff_api.settings import Settings, SettingsError, load_settings
from handoff_api.storage.connect import StorageError
from handoff_api.storage.desk import DeskStore
from handoff_api.storage.streams import outbox_stream, turn_stream
from handoff_api.turns.bot import Bot
from handoff_api.turns.breaker import Breaker
from handoff_api.turns.worker import TurnWorker

logger = logging.getLogger(__name__)


async def work(settings: Settings) -> None:
    """Until cancelled."""
    services = Services.build(settings)
    consumer = secrets.token_hex(6)
    bot = Bot.at(settings.bot_url, settings.bot_token.get_secret_value(), settings.bot_timeout_s)
    breaker = Breaker(bot.healthy)
    turns = TurnWorker(services.switchboard, services.desk, bot, breaker, settings)
    channels = messaging_channels(services)
    delivery = Delivery(services.store, channels, settings.delivery_patience_s)
    partitions = settings.partitions
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(Crew(turn_stream(services.client, consumer, partitions), turns.handle).run())
            group.create_task(Crew(outbox_stream(services.client, consumer, partitions), delivery.handle).run())
            group.create_task(AbsenceSweeper(services.switchboard, services.desk).run())
            group.create_task(Retention(services.store, settings.keep_days).run())
            group.create_task(_tell_bot_state(services.desk, breaker))
            for channel in channels.values():
                group.create_task(channel.receive())
    finally:
        for channel in channels.values():
            await channel.close()
        await bot.close()
        await services.close()


async def _tell_bot_state(desk: DeskStore, breaker: Breaker) -> None:
    while True:
        with contextlib.suppress(StorageError, OSError):
            await desk.publish_bot_state({"state": str(breaker.state), "since": round(breaker.since)})
        await asyncio.sleep(1.0)


async def _until_stopped(settings: Settings) -> None:
    task = asyncio.create_task(work(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> int:
    """Until stopped. Exit code 2 for a wrong setting."""
    try:
        settings = load_settings()
        settings.signing_secret()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
