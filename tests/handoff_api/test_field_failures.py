"""What goes wrong in products of this kind, each case under its name; docs/developers.md lists where the others are."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import redis

from handoff_api import wording
from handoff_api.conversations.events import EventKind
from handoff_api.conversations.model import Channel, Contact, Owner
from handoff_api.queue.absence import AbsenceSweeper
from handoff_api.services import Services
from handoff_api.settings import Settings
from handoff_api.storage import keys
from handoff_api.storage.desk import queue_places
from tests.handoff_api.live import Live, command, live_switchboard

DAY_MS = 86_400_000


async def _queued(live: Live) -> tuple[str, str]:
    cid, token = await live.visitor()
    await live.services.switchboard.request_human(cid, "h")
    return cid, token


async def _me(agent: httpx.AsyncClient) -> str:
    me: str = (await agent.get("/api/agent/me")).json()["agent"]["id"]
    return me


async def _seem_gone(live: Live, agent_id: str) -> None:
    """The agent's last sign of life, and our own listening, are longer ago than the limit."""
    long_ago = int((time.time() - live.settings.agent_gone_s - 1) * 1000)
    await live.services.client.hset(keys.LISTENING, "since", long_ago)
    await live.services.client.zadd(keys.PRESENCE, {agent_id: long_ago})


# --- lost, doubled, late ---------------------------------------------------------------------------------------------
async def test_an_agent_who_comes_back_sees_everything_missed_once_and_in_order(live: Live) -> None:
    agent = await live.agent()
    cid, token = await _queued(live)
    await command(agent, cid, "claim")
    async with live.console(agent) as console:
        await console.send(type="watch", conversation_id=cid, after=0)
        await console.until(lambda f: f["type"] == "event" and f["event"]["kind"] == "conversation.claimed")
        last = max(f["event"]["seq"] for f in console.frames if f["type"] == "event")
    async with live.widget(token, last) as widget:
        for n in range(5):
            await widget.say(f"while you were away {n}")
            await widget.until(lambda f: f["type"] == "accepted")
    async with live.console(agent) as console:
        await console.send(type="watch", conversation_id=cid, after=last)
        await console.until(lambda f: f["type"] == "event" and f["event"].get("text") == "while you were away 4")
        missed = [f["event"] for f in console.frames if f["type"] == "event"]
    assert [event["seq"] for event in missed] == list(range(last + 1, last + 6))
    assert [event["text"] for event in missed] == [f"while you were away {n}" for n in range(5)]
    await agent.aclose()


@contextmanager
def _own_redis(folder: Path) -> Iterator[str]:
    """A redis-server on a folder, killed at the end."""
    socket = folder / "s"
    binary = str(Path(sys.executable).parent / "redis-server")
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    server = subprocess.Popen([binary, *options, "--appendfsync", "always"], stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(f"unix://{socket}")
    try:
        for _ in range(500):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
        yield f"unix://{socket}"
    finally:
        client.close()
        server.send_signal(signal.SIGKILL)
        server.wait()


async def test_everything_restarts_while_handoffs_are_pending_and_none_is_lost(tmp_path: Path) -> None:
    def settings(url: str) -> Settings:
        return Settings(redis_url=url, data_dir=tmp_path, partitions=4, faq_dir=tmp_path)

    with _own_redis(tmp_path) as url:
        async with live_switchboard(settings(url)) as live:
            waiting = [await _queued(live) for _ in range(12)]
            agent = await live.agent()
            await command(agent, waiting[0][0], "claim")
            order = [c["id"] for c in (await agent.get("/api/agent/queue")).json()["conversations"]]
            await agent.aclose()
    with _own_redis(tmp_path) as url:
        async with live_switchboard(settings(url)) as live:
            agent = await live.agent()
            async with live.console(agent) as console:
                snapshot = await console.until(lambda f: f["type"] == "snapshot")
            queue = (await agent.get("/api/agent/queue")).json()["conversations"]
            assert [c["id"] for c in queue] == order == [cid for cid, _ in waiting[1:]]
            owners = {c["id"]: c["owner"] for c in snapshot["conversations"]}
            assert owners == {cid: "queue" for cid, _ in waiting[1:]} | {waiting[0][0]: "agent"}
            async with live.widget(waiting[5][1]) as widget:
                status = await widget.until(lambda f: f["type"] == "status" and f.get("position"))
                assert (status["owner"], status["position"]) == ("queue", 5)
            await agent.aclose()


async def test_a_thousand_and_one_open_handoffs_one_older_than_a_day_all_belong_to_people(services: Services) -> None:
    board, store = services.switchboard, services.store
    cids = []
    for n in range(1001):
        cid = await board.start(Channel.WIDGET, "", Contact(f"v-{n}"), "en")
        await board.request_human(cid, "h")
        cids.append(cid)
    old = cids[500]
    long_ago = int(time.time() * 1000) - 2 * DAY_MS
    await services.client.hset(keys.conversation(old), mapping={"queued_at": long_ago, "updated_at": long_ago})
    await services.client.zadd(keys.owned_by(keys.partition_of(old), Owner.QUEUE), {old: long_ago})
    for cid in (cids[0], old, cids[1000]):
        assert (await board.accept(cid, "m", "still waiting")).owner is Owner.QUEUE
    assert (await store.count_owned_by())[Owner.QUEUE] == 1001
    assert sum([await services.client.xlen(keys.turns(p)) for p in range(store.partitions)]) == 0, "nothing for the bot"
    places = queue_places(await store.owned_by(Owner.QUEUE, limit=100_000))
    assert (places[old], max(places.values()), len(places)) == (1, 1001, 1001)


async def test_of_more_than_a_thousand_who_wait_the_console_lists_the_first_and_counts_all(live: Live) -> None:
    board = live.services.switchboard
    for n in range(1002):
        cid = await board.start(Channel.WIDGET, "", Contact(f"v-{n}"), "en")
        await board.request_human(cid, "h")
    agent = await live.agent()
    queue = (await agent.get("/api/agent/queue")).json()
    assert (len(queue["conversations"]), queue["waiting"]) == (1000, 1002)
    while len(live.services.hub.places) < 1002:
        await asyncio.sleep(0.01)
    async with live.console(agent) as console:
        snapshot = await console.until(lambda f: f["type"] == "snapshot")
        assert (len(snapshot["conversations"]), snapshot["waiting"]) == (1000, 1002)
        await command(agent, queue["conversations"][0]["id"], "claim")
        assert (await console.until(lambda f: f["type"] == "queue"))["waiting"] == 1001
        known = {c["id"] for c in snapshot["conversations"]}
        moved_up = await console.until(lambda f: f["type"] == "conversation" and f["conversation"]["id"] not in known)
        assert moved_up["conversation"]["position"] == 1000
    await agent.aclose()


# --- who is speaking -------------------------------------------------------------------------------------------------
async def test_a_note_on_an_assigned_conversation_does_not_give_it_back_to_the_bot(live: Live) -> None:
    cid, token = await _queued(live)
    priya, tom = await live.agent("Priya"), await live.agent("Tom")
    await command(priya, cid, "claim")
    before = await live.services.store.get(cid)
    for author in (priya, tom):
        assert (await command(author, cid, "notes", text="wants a refund")).status_code == 200
    after = await live.services.store.get(cid)
    assert (after.owner, after.agent_id, after.epoch) == (Owner.AGENT, await _me(priya), before.epoch)
    async with live.widget(token) as widget:
        await widget.say("hello?")
        await widget.until_text("hello?")
        await widget.quiet(0.3)
    assert not live.bot.turns
    await priya.aclose()
    await tom.aclose()


async def test_after_return_the_old_wish_for_a_person_does_not_fire_again(live: Live) -> None:
    cid, token = await live.visitor()
    agent = await live.agent()
    async with live.widget(token) as widget:
        await widget.say("angry, get me a human")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "queue")
        await command(agent, cid, "claim")
        await command(agent, cid, "return")
        await widget.until(lambda f: f["type"] == "status" and f["owner"] == "bot")
        await widget.say("when do you open?")
        await widget.until_text("echo when do you open?")
    assert (await live.services.store.get(cid)).owner is Owner.BOT
    assert [m["text"] for m in live.bot.turns[-1]["messages"]] == ["when do you open?"]
    assert live.bot.turns[-1]["epoch"] > live.bot.turns[0]["epoch"], "by which the bot forgets what came before"
    await agent.aclose()


# --- handoff ---------------------------------------------------------------------------------------------------------
async def test_talk_to_a_human_as_the_very_first_action_notifies_somebody(live: Live) -> None:
    agent = await live.agent()
    async with live.console(agent) as console:
        await console.until(lambda f: f["type"] == "snapshot")
        cid, token = await live.visitor()
        async with live.widget(token) as widget:
            await widget.send(type="request_human", client_id="first")
            await widget.until_text(wording.HANDED_OFF)
        shown = await console.until(
            lambda f: (
                f["type"] == "conversation" and f["conversation"]["id"] == cid and f["conversation"]["owner"] == "queue"
            )
        )
    assert shown["conversation"]["handoff"]["reason"] == "asked_for_human"
    await agent.aclose()


async def test_nobody_online_tells_place_and_hours_and_the_thread_continues_later(live: Live) -> None:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        await widget.send(type="request_human", client_id="w")
        told = await widget.until(lambda f: f["type"] == "event" and "Nobody is at" in f["event"].get("text", ""))
        assert live.settings.hours in told["event"]["text"]
        assert "e-mail address" in told["event"]["text"]
        await widget.until(lambda f: f["type"] == "status" and f.get("position") == 1)
        await widget.say("ada@example.com")
        await widget.until(lambda f: f["type"] == "accepted")
    agent = await live.agent()  # the next morning
    await command(agent, cid, "claim")
    await command(agent, cid, "messages", text="Good morning, Ada.")
    async with live.widget(token) as widget:
        await widget.until_text("Good morning, Ada.")
        texts = [f["event"].get("text") for f in widget.frames if f["type"] == "event"]
        assert "ada@example.com" in texts, "the same thread"
    await agent.aclose()


async def test_a_laptop_that_dies_with_five_conversations_gives_them_back_before_newer_ones(live: Live) -> None:
    agent = await live.agent()
    held = [(await _queued(live))[0] for _ in range(5)]
    for cid in reversed(held):
        await command(agent, cid, "claim")
    newer = [(await _queued(live))[0] for _ in range(2)]
    await _seem_gone(live, await _me(agent))
    assert await AbsenceSweeper(live.services.switchboard, live.services.desk).sweep() == 5
    queue = (await agent.get("/api/agent/queue")).json()["conversations"]
    assert [c["id"] for c in queue] == held + newer
    await agent.aclose()


async def test_a_console_that_only_reloads_keeps_its_conversations(live: Live) -> None:
    agent = await live.agent()
    cid, _ = await _queued(live)
    async with live.console(agent) as console:
        await console.until(lambda f: f["type"] == "snapshot")
        await command(agent, cid, "claim")
    await live.services.client.hset(keys.LISTENING, "since", 1)
    sweeper = AbsenceSweeper(live.services.switchboard, live.services.desk)
    assert await sweeper.sweep() == 0
    async with live.console(agent) as console:
        snapshot = await console.until(lambda f: f["type"] == "snapshot")
        assert [c["owner"] for c in snapshot["conversations"] if c["id"] == cid] == ["agent"]
        assert await sweeper.sweep() == 0
    await agent.aclose()


async def test_a_queued_conversation_stays_in_the_list_when_agents_come_and_go(live: Live) -> None:
    priya = await live.agent()
    cids = [(await _queued(live))[0] for _ in range(3)]
    for _ in range(3):
        tom = await live.agent("Tom")
        async with live.console(tom) as console:
            snapshot = await console.until(lambda f: f["type"] == "snapshot")
            assert [c["id"] for c in snapshot["conversations"] if c["owner"] == "queue"] == cids
        await tom.post("/api/agent/logout")
        await live.services.client.hset(keys.LISTENING, "since", 1)
        await AbsenceSweeper(live.services.switchboard, live.services.desk).sweep()
        queue = (await priya.get("/api/agent/queue")).json()["conversations"]
        assert [c["id"] for c in queue] == cids
        await tom.aclose()
    await priya.aclose()


async def test_a_customer_who_writes_after_the_close_reopens_the_thread_and_is_seen(live: Live) -> None:
    agent = await live.agent()
    cid, token = await _queued(live)
    await command(agent, cid, "claim")
    await command(agent, cid, "resolve")
    async with live.console(agent) as console, live.widget(token) as widget:
        await console.until(lambda f: f["type"] == "snapshot")
        await widget.say("angry, it broke again")
        await console.until(
            lambda f: (
                f["type"] == "conversation" and f["conversation"]["id"] == cid and f["conversation"]["owner"] == "queue"
            )
        )
    events = (await agent.get(f"/api/agent/conversations/{cid}")).json()["events"]
    assert [e["kind"] for e in events].index("conversation.reopened") > [e["kind"] for e in events].index(
        "conversation.resolved"
    ), "the same thread"
    await agent.aclose()


async def test_a_visitor_cannot_flood_the_queue(live: Live) -> None:
    cid, token = await live.visitor()
    async with live.widget(token) as widget:
        for n in range(50):
            await widget.send(type="request_human", client_id=f"w{n}")
        for _ in range(50):
            await widget.until(lambda f: f["type"] == "accepted")
    events = await live.services.store.events(cid)
    assert sum(event.kind is EventKind.HANDOFF_REQUESTED for event in events) == 1
    begun = 1
    while (answer := await live.http.post("/api/widget/conversations", json={})).status_code == 201:
        begun += 1
        assert begun <= 2 * live.settings.visitor_rate + 1
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_conversations")
