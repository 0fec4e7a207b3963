"""No reply to a messaging app is lost without a word: it is tried for long, and what did not arrive is marked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter

from handoff_api.channels.delivery import Delivery
from handoff_api.channels.port import MessagingChannel, SendLater, SendRefused
from handoff_api.conversations.events import Event, EventKind
from handoff_api.conversations.model import Channel, Contact
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.switchboard import AgentRef
from handoff_api.services import Services
from handoff_api.storage.streams import outbox_stream

PRIYA = AgentRef("a-priya", "Priya")


class App:
    """A messaging app that fails as it is told to."""

    channel = Channel.TELEGRAM

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.tries = list(failures), 0
        self.shown: list[str | None] = []

    async def send(self, address: str, event: Event) -> None:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        self.shown.append(event.text)

    async def receive(self) -> None: ...

    def router(self) -> APIRouter | None:
        return None

    async def open_file(self, reference: str) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def close(self) -> None: ...


async def _held(services: Services) -> str:
    cid = await services.switchboard.at_address(Channel.TELEGRAM, "1", Contact("tg-1"), "en")
    await services.switchboard.request_human(cid, "h")
    await services.desk.sign_of_life(PRIYA.id)
    await services.switchboard.move(Verb.CLAIM, cid, "c", PRIYA)
    return cid


async def _deliver(
    services: Services, app: MessagingChannel | None, patience_s: float = 60.0, late_s: float = 0.0
) -> None:
    channels: Mapping[Channel, MessagingChannel] = {Channel.TELEGRAM: app} if app else {}
    delivery = Delivery(services.store, channels, patience_s, first_wait_s=0.001, late_s=late_s)
    stream = outbox_stream(services.client, "w", services.settings.partitions)
    await stream.prepare()
    for partition in range(services.settings.partitions):
        for work in await stream.next(partition, 10, block_ms=1):
            await asyncio.wait_for(delivery.handle(work), 20)


async def _updates(services: Services, cid: str) -> list[dict[str, Any]]:
    events = await services.store.events(cid)
    return [dict(event.data or {}) for event in events if event.kind is EventKind.DELIVERY_UPDATED]


async def test_a_reply_is_tried_until_the_provider_is_back_and_keeps_its_place(services: Services) -> None:
    cid = await _held(services)
    app = App()
    await _deliver(services, app)
    before = len(app.shown)
    first = await services.switchboard.message(cid, "m1", PRIYA, "first", None)
    await services.switchboard.message(cid, "m2", PRIYA, "second", None)
    app.failures = [SendLater("ConnectError", 0.001) for _ in range(40)]
    await _deliver(services, app)
    assert app.shown[before:] == ["first", "second"]
    updates = await _updates(services, cid)
    assert updates == [
        {"message_id": f"{cid}.{first.seq}", "status": "delayed", "why": "ConnectError"},
        {"message_id": f"{cid}.{first.seq}", "status": "sent"},
    ]


async def test_a_short_trouble_is_not_worth_a_word(services: Services) -> None:
    cid = await _held(services)
    app = App(SendLater("ConnectError"), SendLater("ConnectError"))
    await _deliver(services, app, late_s=30.0)
    assert app.shown
    assert not await _updates(services, cid)


async def test_waits_grow(services: Services) -> None:
    await _held(services)
    app = App(*(SendLater("ConnectError") for _ in range(9)))
    began = time.monotonic()
    await _deliver(services, app, late_s=30.0)
    assert time.monotonic() - began > sum(0.001 * 2**n for n in range(9)) - 0.001


async def test_a_reply_the_provider_refuses_is_marked_for_agents_and_holds_nothing_up(services: Services) -> None:
    cid = await _held(services)
    app = App()
    await _deliver(services, app)
    refused = await services.switchboard.message(cid, "m1", PRIYA, "first", None)
    await services.switchboard.message(cid, "m2", PRIYA, "second", None)
    app.failures = [SendRefused("bot was blocked by the user")]
    await _deliver(services, app)
    assert app.shown[-1] == "second"
    (update,) = await _updates(services, cid)
    assert update == {
        "message_id": f"{cid}.{refused.seq}",
        "status": "failed",
        "why": "bot was blocked by the user",
    }


async def test_beyond_the_patience_a_reply_counts_as_failed(services: Services) -> None:
    cid = await _held(services)
    app = App()
    await _deliver(services, app)
    await services.switchboard.message(cid, "m1", PRIYA, "first", None)
    app.failures = [SendLater("ConnectError", 0.01) for _ in range(10_000)]
    await _deliver(services, app, patience_s=0.3, late_s=30.0)
    assert [update["status"] for update in await _updates(services, cid)] == ["failed"]


async def test_a_channel_that_is_not_configured_loses_nothing_at_once(services: Services) -> None:
    cid = await _held(services)
    trying = asyncio.create_task(_deliver(services, None, patience_s=3600.0))
    while not await _updates(services, cid):
        await asyncio.sleep(0.01)
    assert {update["status"] for update in await _updates(services, cid)} == {"delayed"}
    assert not trying.done()
    trying.cancel()
