"""Faults the harness or its making brought to light, each under its name."""

from __future__ import annotations

import asyncio
import time
from typing import cast

import pytest
from fastapi import WebSocket, WebSocketDisconnect
from redis.exceptions import ConnectionError as RedisConnectionError

from handoff_api.channels import widget
from handoff_api.channels.put_off import PutOff
from handoff_api.errors import TooMany
from handoff_api.queue.absence import AbsenceSweeper
from handoff_api.services import Services
from handoff_api.storage import keys
from tests.handoff_api.live import Live, command


async def test_a_message_that_could_not_be_stored_is_not_overtaken_by_the_next(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The storage fails for the first of three messages on their way; the widget sends all again after a moment."""
    cid, token = await live.visitor()
    accept = widget._accept
    failures = [RedisConnectionError("gone")]

    async def failing_once(services: Services, cid: str, client_id: str, text: object, payload: object) -> int:
        if failures:
            raise failures.pop()
        return await accept(services, cid, client_id, text, payload)

    monkeypatch.setattr(widget, "_accept", failing_once)
    async with live.widget(token) as socket:
        written = [await socket.say(f"line {n}") for n in range(3)]
        for _ in written:
            refused = await socket.until(lambda f: f["type"] == "error")
            assert refused["code"] in {"storage_away", "too_fast"}
        for n, client_id in enumerate(written):
            await socket.say(f"line {n}", client_id)
            await socket.until(lambda f, key=client_id: f["type"] == "accepted" and f["client_id"] == key)
    events = await live.services.store.events(cid)
    assert [e.text for e in events if e.is_contact_message()] == ["line 0", "line 1", "line 2"]


def test_a_message_given_up_holds_nothing_back_for_ever() -> None:
    now = [0.0]
    order = PutOff(lambda: now[0])
    order.put_off("a")
    order.put_off("b")
    order.check("a")
    with pytest.raises(TooMany):
        order.check("b")
    now[0] = 11.0
    order.check("b")


async def test_agents_keep_their_conversations_when_everything_was_away_for_a_minute(live: Live) -> None:
    """After an outage of storage or switchboard every agent looks silent; they get time to come back."""
    agent = await live.agent()
    cid, token = await live.visitor()
    async with live.widget(token) as socket:
        await socket.say("angry")
        await socket.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
    await command(agent, cid, "claim")
    me = (await agent.get("/api/agent/me")).json()["agent"]["id"]
    long_ago = int((time.time() - live.settings.agent_gone_s - 30) * 1000)
    client = live.services.client
    await client.zadd(keys.PRESENCE, {me: long_ago})
    await client.hset(keys.LISTENING, mapping={"since": long_ago, "last": long_ago})  # nobody has listened since
    await live.services.desk.note_listening()  # the first copy is back
    sweeper = AbsenceSweeper(live.services.switchboard, live.services.desk)
    assert await sweeper.sweep() == 0
    await client.hset(keys.LISTENING, "since", long_ago)  # it has listened for long enough, and heard nothing
    assert await sweeper.sweep() == 1
    await agent.aclose()


async def test_a_bot_that_fails_while_its_own_parts_restart_hands_nobody_off(live: Live) -> None:
    """The action server or the storage starts again under the bot: it answers 500 for a few seconds."""
    live.bot.failing = True
    asyncio.get_running_loop().call_later(2.5, setattr, live.bot, "failing", False)
    cid, token = await live.visitor()
    async with live.widget(token) as socket:
        await socket.say("hello")
        await socket.until_text("echo hello")
    assert (await live.services.store.get(cid)).handoff is None


async def test_a_browser_that_leaves_while_it_is_shown_something_is_no_error(live: Live) -> None:
    """The watch's task ended with an exception nobody looked at, once for each lost connection."""

    class Gone:
        async def send_text(self, _: str) -> None:
            raise WebSocketDisconnect(1006)

    cid, _ = await live.visitor()
    shown = widget.WidgetSocket(live.services, cast(WebSocket, Gone()), cid, 0)
    shown._watch.wake()
    task = shown._watch._task
    assert task is not None
    await asyncio.wait({task})
    assert task.exception() is None
