"""Conversations nobody needs are deleted whole after the days the operator set, and no others."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest

from handoff_api.conversations.model import Channel, Contact, Owner
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.retention import Retention
from handoff_api.conversations.switchboard import AgentRef
from handoff_api.services import Services
from handoff_api.storage import keys
from handoff_api.storage.conversations import UnknownConversation

PRIYA = AgentRef("a-priya", "Priya")
DAY_MS = 86_400_000
Make = Callable[[Services], Awaitable[str]]


async def _with_bot(services: Services) -> str:
    return await services.switchboard.start(Channel.WIDGET, "", Contact("v-1"), "en")


async def _unanswered(services: Services) -> str:
    cid = await _with_bot(services)
    await services.switchboard.accept(cid, "m1", "hello")
    return cid


async def _queued(services: Services) -> str:
    cid = await _with_bot(services)
    await services.switchboard.request_human(cid, "h")
    return cid


async def _held(services: Services) -> str:
    cid = await _queued(services)
    await services.switchboard.move(Verb.CLAIM, cid, "c", PRIYA)
    return cid


async def _closed(services: Services) -> str:
    cid = await _held(services)
    await services.switchboard.move(Verb.RESOLVE, cid, "r", PRIYA)
    return cid


async def _age(services: Services, cid: str, days: float) -> None:
    """As if everything had happened so many days earlier."""
    owner = (await services.store.get(cid)).owner
    at = int(time.time() * 1000 - days * DAY_MS)
    await services.client.hset(keys.conversation(cid), "updated_at", at)
    await services.client.zadd(keys.owned_by(keys.partition_of(cid), owner), {cid: at})


async def _traces(services: Services, cid: str) -> list[str]:
    found = [key async for key in services.client.scan_iter(match=f"*{cid}*")]
    for owner in Owner:
        if await services.client.zscore(keys.owned_by(keys.partition_of(cid), owner), cid) is not None:
            found.append(f"listed: {owner}")
    return found


@pytest.mark.parametrize(
    ("make", "goes"), [(_with_bot, True), (_closed, True), (_unanswered, False), (_queued, False), (_held, False)]
)
async def test_only_what_nobody_waits_in_is_deleted(services: Services, make: Make, goes: bool) -> None:
    old, young = await make(services), await make(services)
    await services.client.set(keys.bot_memory(old), "{}")
    await _age(services, old, 31)
    await _age(services, young, 29)
    assert await Retention(services.store, 30).sweep() == int(goes)
    assert bool(await _traces(services, old)) is not goes
    assert await _traces(services, young)
    assert await Retention(services.store, 30).sweep() == 0


async def test_a_late_event_keeps_a_closed_conversation(services: Services) -> None:
    cid = await _closed(services)
    await _age(services, cid, 31)
    await services.switchboard.rate(cid, "rate", 5, None)
    assert await Retention(services.store, 30).sweep() == 0


async def test_many_that_stay_hide_none_that_go(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff_api.conversations.retention._AT_ONCE", 3)
    for _ in range(20):
        await _age(services, await _unanswered(services), 40)
    for _ in range(20):
        await _age(services, await _with_bot(services), 35)
    assert await Retention(services.store, 30).sweep() == 20


async def test_nothing_is_deleted_unless_it_is_wished(services: Services) -> None:
    cid = await _closed(services)
    await _age(services, cid, 10_000)
    await Retention(services.store, services.settings.keep_days).run()
    assert await _traces(services, cid)


async def test_a_deleted_contact_of_a_messaging_app_begins_anew(services: Services) -> None:
    contact = Contact("tg-1")
    cid = await services.switchboard.at_address(Channel.TELEGRAM, "1", contact, "en")
    await _age(services, cid, 31)
    assert await Retention(services.store, 30).sweep() == 1
    assert not [key async for key in services.client.scan_iter(match=f"{keys.PREFIX}:address:*")]
    fresh = await services.switchboard.at_address(Channel.TELEGRAM, "1", contact, "en")
    assert fresh != cid
    assert (await services.store.get(fresh)).seq == 1


async def test_an_open_page_leaves_no_trace_of_a_deleted_conversation(services: Services) -> None:
    cid = await _closed(services)
    await _age(services, cid, 31)
    await Retention(services.store, 30).sweep()
    await services.store.note_read(cid, 3)
    with pytest.raises(UnknownConversation):
        await services.switchboard.accept(cid, "m2", "are you there")
    assert not await _traces(services, cid)
