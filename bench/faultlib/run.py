"""A fault run: customers and agents at work while processes die, then quiet, then the audit."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from ruamel.yaml import YAML

from baton.checkout import ROOT
from bench.faultlib.agent import Agent
from bench.faultlib.audit import Findings, audit
from bench.faultlib.chaos import plan, wreak
from bench.faultlib.customer import Customer, Widget
from bench.faultlib.ledger import Ledger
from bench.faultlib.logbook import OWNER_AFTER, OWNERS, Stored, read
from bench.faultlib.processes import World
from bench.faultlib.report import Report
from handoff_api.agents.passwords import hash_password
from handoff_api.storage import keys
from handoff_api.storage.agents import AgentStore, Role
from handoff_api.storage.connect import connect
from kb_index.entries import load_entries

PASSWORD = "correct-horse-battery"
PARTITIONS = 8
QUIET_S = 3.0  # nothing moves for so long
SETTLE_S = 150.0  # by then everything must have been worked off


@dataclass(frozen=True)
class Options:
    """What a run is made of. ``seconds`` is how long customers write and things go wrong."""

    messages: int = 10_000
    kills: int = 100
    seed: int = 1
    customers: int = 60
    agents: int = 8
    seconds: float = 720.0
    gone_s: float = 35.0
    ping_s: float = 10.0


async def fault_run(options: Options) -> Report:
    """Run it all. Raises WorldError where a process does not start."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baton-faults-") as name:
        folder = Path(name)
        folder.chmod(0o700)
        world = World.create(folder, _environment(options))
        try:
            say(f"starting 7 processes in {folder}")
            await world.start()
            say(f"everything is up after {time.monotonic() - began:.0f} s")
            ledger = Ledger()
            async with connected(world) as (http, storage):
                findings = await _play(options, world, ledger, http, storage)
        except BaseException:
            for child in world.children.values():
                say(f"--- {child.name}\n{child.last_lines() if child.log.exists() else ''}")
            raise
        finally:
            await world.stop()
            _keep_logs(folder)
    return Report(asdict(options), findings, world.counts, time.monotonic() - began)


async def _play(
    options: Options, world: World, ledger: Ledger, http: aiohttp.ClientSession, storage: Redis
) -> Findings:
    rng = random.Random(options.seed)
    agents = await hire(options, world, ledger, http, rng)
    for agent in agents:
        agent.colleagues = agents
        await agent.arrive()
    texts = faq_texts() + _other_texts()

    async def announced(cid: str, seq: int) -> None:
        await _check_announcement(storage, ledger, cid, seq)

    def widget(customer: str, own: random.Random) -> Widget:
        return Widget(customer, http, world.urls, ledger, own, announced)

    each = -(-options.messages // options.customers)
    customers = [Customer(n, widget, texts, random.Random(rng.random())) for n in range(options.customers)]

    def is_enough() -> bool:
        return sum(customer.written for customer in customers) >= options.messages

    steps = plan(rng, options.kills, options.seconds, max(1, options.kills // 6), max(1, options.kills // 10))
    pace_s = options.seconds / each * 0.9
    watching = asyncio.create_task(world.watch())
    listening = asyncio.create_task(world.note_deafness(ledger.deaf))
    working = [asyncio.create_task(agent.run(0.4, options.seconds / 2, options.gone_s + 12)) for agent in agents]
    progress = asyncio.create_task(_tell_progress(ledger, world))
    await asyncio.gather(
        wreak(world, steps, storage),
        *(customer.run(is_enough, pace_s, per_conversation=max(8, each // 6)) for customer in customers),
    )
    say("nothing goes wrong any more; waiting for quiet")
    for child in world.children.values():
        await child.wait_ready()
    widgets = [one for customer in customers for one in customer.widgets]
    settled = await _settle(options, world, ledger, agents, [customer.widget for customer in customers])
    if not settled:
        ledger.count("did_not_become_quiet")
    for task in (progress, *working):
        task.cancel()
    await asyncio.gather(progress, *working, return_exceptions=True)
    say("quiet; reading everything")
    stored = await asyncio.to_thread(read_all, world)
    await _wait_for_views(agents, customers, stored)
    for one in widgets:
        if one._link is None:
            await one.catch_up()
        else:
            one.view.complete = True
    for agent in agents:
        agent.finish()
    await read_as_agent(agents[0], world, ledger)
    say("auditing")
    stored = await asyncio.to_thread(read_all, world)
    watching.cancel()
    listening.cancel()
    for one in widgets:
        await one.close()
    for agent in agents:
        await agent.disconnect()
    return audit(ledger, stored, world.counts, options.gone_s, words_of_handoffs())


def _environment(options: Options) -> dict[str, str]:
    """Limits on how much one address may do are lifted: here all customers have the same address."""
    return {
        "BATON_VISITOR_RATE": "1000000",
        "BATON_AGENT_GONE_S": str(options.gone_s),
        "BATON_PARTITIONS": str(PARTITIONS),
        "BATON_LOG_LEVEL": "info",
    }


@contextlib.asynccontextmanager
async def connected(world: World) -> AsyncIterator[tuple[aiohttp.ClientSession, Redis]]:
    connector = aiohttp.TCPConnector(limit=0, force_close=False)
    retry = Retry(ConstantBackoff(0.2), 20)
    storage = Redis.from_url(world.redis_url, decode_responses=True, retry=retry)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        try:
            yield http, storage
        finally:
            await storage.aclose()


async def hire(
    options: Options, world: World, ledger: Ledger, http: aiohttp.ClientSession, rng: random.Random
) -> list[Agent]:
    client = connect(world.redis_url)
    store = AgentStore(client)
    agents = []
    for n in range(options.agents):
        email = f"agent{n}@example.com"
        await store.add(f"Agent {n}", email, Role.AGENT, await asyncio.to_thread(hash_password, PASSWORD))
        own = random.Random(rng.random())
        agent = Agent(f"agent-{n}", http, world.urls, ledger, own, ping_s=options.ping_s, capacity=12)
        await agent.sign_in(email, PASSWORD)
        agents.append(agent)
    await client.aclose()
    return agents


def faq_texts() -> list[str]:
    """Every wording of our own FAQ."""
    entries = load_entries(ROOT / "data" / "faq")
    return [text for entry in entries for text in (entry.question, *entry.wordings)]


def _other_texts() -> list[str]:
    """What the FAQ does not cover, a fifth as much."""
    other = (
        "where is my order MF-204518?",
        "I want to return my order",
        "thanks!",
        "ok",
        "that is not what I asked",
        "my lamp arrived broken and the second one too, and nobody answers my mails",
        "can you help me",
    )
    return list(other) * (len(faq_texts()) // 5 // len(other))


def words_of_handoffs() -> frozenset[str]:
    """What the bot says when it passes somebody to a person."""
    responses = YAML(typ="safe").load((ROOT / "domain.yml").read_text("utf-8"))["responses"]
    return frozenset(
        one["text"] for name, said in responses.items() if name.startswith("utter_handoff_") for one in said
    )


async def _check_announcement(storage: Redis, ledger: Ledger, cid: str, seq: int) -> None:
    """A customer was just shown a handoff: is the conversation in the queue, or further on its way?"""
    try:
        async with storage.pipeline(transaction=True) as pipe:
            pipe.hget(keys.conversation(cid), "owner")
            pipe.zscore(keys.owned_by(keys.partition_of(cid), "queue"), cid)
            pipe.xrange(keys.log(cid), f"{seq + 1}-0")
            owner, score, later = await pipe.execute()
    except (RedisError, OSError):
        ledger.count("announcements not checked")
        return
    ledger.count("announcements checked")
    moved_on = any(f'"kind":"{kind}"' in fields["b"] for _, fields in later for kind in OWNER_AFTER)
    if not moved_on and (owner != "queue" or score is None):
        ledger.faults.append(f"handoff_not_queued: {cid}.{seq} was announced while owned by {owner}, score {score}")


async def _settle(
    options: Options, world: World, ledger: Ledger, agents: Sequence[Agent], widgets: Sequence[Widget]
) -> bool:
    """Wait until nothing waits and nothing moves."""
    deadline = time.monotonic() + SETTLE_S + options.gone_s
    moved_at, before = time.monotonic(), -1
    stop_acting = time.monotonic() + min(8.0, options.seconds / 8)
    while time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        if time.monotonic() > stop_acting:
            for agent in agents:
                agent.acting = False
        pending = [one for one in widgets if not one.settled]
        away = [agent for agent in agents if not agent.connected.is_set() or agent.busy or agent.acting]
        total, waiting = await asyncio.to_thread(_look, world)
        if total != before or pending or away or waiting:
            if total != before:
                moved_at = time.monotonic()
            before = total
            continue
        if time.monotonic() - moved_at > QUIET_S:
            return True
    say(f"not quiet after {SETTLE_S:.0f} s: {len(pending)} unsent, {len(away)} agents away, {waiting} turns waiting")
    return False


def _client(world: World) -> Any:
    return redis.Redis.from_url(world.redis_url, decode_responses=True)


def _look(world: World) -> tuple[int, int]:
    """Sum of all log lengths, and how many turns wait."""
    client = _client(world)
    pipe = client.pipeline(transaction=False)
    cids = _all_ids(client)
    for cid in cids:
        pipe.hget(keys.conversation(cid), "seq")
    for partition in range(PARTITIONS):
        pipe.xlen(keys.turns(partition))
    answers = pipe.execute()
    client.close()
    return sum(int(n or 0) for n in answers[: len(cids)]), sum(answers[len(cids) :])


def _all_ids(client: Any) -> list[str]:
    return sorted(
        {cid for p in range(PARTITIONS) for owner in OWNERS for cid in client.zrange(keys.owned_by(p, owner), 0, -1)}
    )


def read_all(world: World) -> dict[str, Stored]:
    client = _client(world)
    logs = client.scan_iter(match=f"{keys.PREFIX}:*:log", count=1000)
    cids = {key.removesuffix(":log").rpartition(":")[2] for key in logs}
    found = {cid: read(client, cid) for cid in sorted(cids)}
    client.close()
    return found


async def _wait_for_views(agents: Sequence[Agent], customers: Sequence[Customer], stored: dict[str, Stored]) -> None:
    """Give open screens a moment to show the end of the log."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        open_views = [held.view for agent in agents for held in agent.held.values()]
        open_views += [customer.widget.view for customer in customers]
        ends = {cid: one.entries[-1].seq for cid, one in stored.items()}
        if all(ends.get(view.cid, 0) <= view.last or view.reader.startswith("customer") for view in open_views):
            break
        await asyncio.sleep(0.25)
    await asyncio.sleep(1.0)


async def read_as_agent(agent: Agent, world: World, ledger: Ledger) -> None:
    """Open every conversation in the console once: the whole transcript must be there."""
    for n, cid in enumerate(ledger.conversations):
        body = await agent.transcript(world.urls[n % len(world.urls)], cid)
        if body is None:
            ledger.faults.append(f"lost: {cid} cannot be opened in the console")
            continue
        view = ledger.view("console", cid, 0)
        for event in body["events"]:
            ledger.show(view, event)
        view.complete = True
        if body["total"] != len(body["events"]):
            ledger.faults.append(f"lost: {cid}: {len(body['events'])} of {body['total']} events in the console")


async def _tell_progress(ledger: Ledger, world: World) -> None:
    while True:
        await asyncio.sleep(15)
        told = sum(sent.told is not None for sent in ledger.messages.values())
        kills = sum(n for name, n in world.counts.items() if name.startswith("kill "))
        say(f"{len(ledger.messages)} sent, {told} accepted, {kills} kills, {len(ledger.faults)} faults so far")


def _keep_logs(folder: Path) -> None:
    """Leave the processes' logs of the last run in the data folder, for whoever looks for a cause."""
    kept = ROOT / ".baton" / "fault-logs"
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())


_BEGAN = time.monotonic()


def say(text: str) -> None:
    """Progress, for whoever watches, with the seconds since the start."""
    print(f"  {time.monotonic() - _BEGAN:6.1f} s  {text}", flush=True)
