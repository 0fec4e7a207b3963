"""The bot is dead, slow or broken: customers hear the truth, nobody is flooded, everything is answered in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from handoff_api import wording
from handoff_api.conversations.model import Owner
from handoff_api.settings import Settings
from handoff_api.turns.breaker import Breaker, BreakerState
from tests.handoff_api.live import Live, live_switchboard


@pytest_asyncio.fixture
async def impatient(settings: Settings) -> AsyncIterator[Live]:
    """Notices after 0.3 s, hands off after 1.5 s, at most two a minute."""
    quick = settings.model_copy(
        update={"bot_notice_s": 0.3, "bot_patience_s": 1.5, "outage_handoffs_per_minute": 2, "bot_timeout_s": 5.0}
    )
    async with live_switchboard(quick) as running:
        yield running


async def test_a_slow_bot_is_announced_once_and_still_answers(impatient: Live) -> None:
    impatient.bot.delay_s = 1.0
    cid, token = await impatient.visitor()
    async with impatient.widget(token) as widget:
        await widget.say("slow one")
        notice = await widget.until_text(wording.BOT_SLOW)
        assert notice["event"]["buttons"] == [wording.TALK_TO_PERSON]
        await widget.until_text("echo slow one")
        texts = [f["event"].get("text") for f in widget.frames if f["type"] == "event"]
    assert texts.count(wording.BOT_SLOW) == 1
    assert (await impatient.services.store.get(cid)).owner is Owner.BOT


async def test_a_message_that_kills_the_bot_again_and_again_goes_to_a_person(settings: Settings) -> None:
    async with live_switchboard(settings) as running:
        running.bot.fatal = "poison"
        _, token = await running.visitor()
        async with running.widget(token) as widget:
            await widget.say("poison")
            await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue", timeout=30)
        assert len([text for text in running.bot.heard() if text == "poison"]) == 5
        assert settings.bot_patience_s > 30, "not for want of patience"
        _, token = await running.visitor()
        async with running.widget(token) as widget:
            await widget.say("hello")
            await widget.until_text("echo hello")


async def test_the_button_of_the_notice_brings_a_person_while_the_bot_is_away(impatient: Live) -> None:
    impatient.bot.delay_s = 4.0
    _, token = await impatient.visitor()
    async with impatient.widget(token) as widget:
        await widget.say("hello")
        await widget.until_text(wording.BOT_SLOW)
        await widget.say("Talk to a person", payload="human")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue", timeout=2)


async def test_an_outage_hands_off_few_and_answers_the_rest_when_the_bot_is_back(impatient: Live) -> None:
    impatient.bot.delay_s = 60.0
    board, store = impatient.services.switchboard, impatient.services.store
    cids = [(await impatient.visitor())[0] for _ in range(8)]
    for cid in cids:
        await board.accept(cid, "m1", "is anybody there")
    await asyncio.sleep(3.0)
    counts = await store.count_owned_by()
    assert counts[Owner.QUEUE] == 2, "the cap"
    assert counts[Owner.BOT] == 6
    impatient.bot.delay_s = 0.0
    async with asyncio.timeout(30):
        while any(c and c.owner is Owner.BOT and c.bot_cursor < c.contact_seq for c in await store.get_many(cids)):
            await asyncio.sleep(0.1)
    queued = [c for c in await store.get_many(cids) if c and c.owner is Owner.QUEUE]
    assert len(queued) == 2
    assert {c.handoff["reason"] for c in queued if c.handoff} == {"bot_unavailable"}


async def test_a_bot_that_fails_on_one_message_gives_it_to_a_person(live: Live) -> None:
    live.bot.failing = True
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say("poison")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
    assert len(live.bot.turns) == 5, "asked again for a few seconds first"
    handoff = (await live.services.store.get(cid)).handoff
    assert handoff is not None
    assert handoff["reason"] == "bot_unavailable"
    assert handoff["evidence"] == [f"{cid}.2"]


async def test_a_reply_that_breaks_the_contract_ends_at_a_person(live: Live) -> None:
    live.bot.answer = lambda _: {"replies": "not a list"}
    _, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.say("hello")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")


async def test_ready_says_how_the_bot_is(settings: Settings) -> None:
    quick = settings.model_copy(update={"bot_notice_s": 0.2})
    async with live_switchboard(quick, with_bot=False) as running:
        _, token = await running.visitor()
        async with running.widget(token) as widget:
            await widget.say("hello")
            await widget.until_text(wording.BOT_SLOW)
            async with asyncio.timeout(10):
                while (await running.http.get("/readyz")).json()["bot"]["state"] != "open":
                    await asyncio.sleep(0.1)
        assert (await running.http.get("/readyz")).status_code == 200, "people can talk to people without the bot"


async def test_the_breaker_lets_one_try_when_the_probe_is_well() -> None:
    well = False

    async def probe() -> bool:
        return well

    breaker = Breaker(probe, most=2, every_s=0.01)
    for _ in range(2):
        await breaker.admit()
        breaker.failed()
    assert breaker.state is BreakerState.OPEN
    waiting = [asyncio.create_task(breaker.admit()) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in waiting)
    well = True
    await asyncio.sleep(0.05)
    assert [task.done() for task in waiting].count(True) == 1
    breaker.succeeded()
    await asyncio.gather(*waiting)
    assert breaker.state is BreakerState.CLOSED


async def test_a_full_disk_refuses_messages_and_pretends_nothing(live: Live) -> None:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await live.services.client.config_set("maxmemory", 1)  # what the guard of the embedded server does
        try:
            client_id = await widget.say("no room")
            refused = await widget.until(lambda f: f["type"] in {"error", "accepted"})
            assert (refused["type"], refused["code"], refused["client_id"]) == ("error", "storage_full", client_id)
            headers = {"authorization": f"Bearer {token}"}
            body = {"client_id": "x", "text": "no room"}
            answer = await live.http.post("/api/widget/messages", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
        finally:
            await live.services.client.config_set("maxmemory", 0)
        assert (await live.services.store.get(cid)).contact_seq == 0
        await widget.say("no room", client_id)
        await widget.until_text("echo no room")
