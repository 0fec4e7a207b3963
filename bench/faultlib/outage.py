"""The bot dead for a minute, then slow by six seconds, then dead beyond the patience, with 200 conversations going."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from bench.faultlib.audit import audit
from bench.faultlib.customer import AWAY, Widget
from bench.faultlib.ledger import Ledger, Sent
from bench.faultlib.logbook import Stored
from bench.faultlib.processes import World
from bench.faultlib.report import commit, machine, today
from bench.faultlib.run import Options, connected, faq_texts, hire, read_all, read_as_agent, say, words_of_handoffs
from bench.faultlib.slow_proxy import SlowProxy
from bench.lib.stack import free_ports

CONVERSATIONS = 200  # with the bot when a phase begins
SPARE = 100  # some questions are for people, so some conversations are the queue's before the last phase
ASKING = 5  # of them press "Talk to a person" while the bot is away
DEAD_S, SLOW_S, WORDS_S = 60.0, 6.0, 5.0
SHORT_PATIENCE_S, CAP = 10.0, 10


async def outage(seed: int) -> tuple[str, dict[str, Any], bool]:
    """A table, the raw result, and whether all was right."""
    [proxy_port] = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="baton-outage-") as name:
        folder = Path(name)
        folder.chmod(0o700)
        world = World.create(
            folder,
            {"BATON_VISITOR_RATE": "1000000", "BATON_OUTAGE_HANDOFFS_PER_MINUTE": str(CAP)},
            slow_bot_port=proxy_port,
        )
        proxy = SlowProxy(world.bot_ports[0])
        try:
            await proxy.listen(proxy_port)
            await world.start()
            say("everything is up")
            ledger = Ledger()
            async with connected(world) as (http, _):
                (reader,) = await hire(Options(agents=1), world, ledger, http, random.Random(seed))
                rows = await _phases(world, proxy, ledger, http, random.Random(seed))
                await read_as_agent(reader, world, ledger)
            found = audit(ledger, await asyncio.to_thread(read_all, world), Counter(), 35.0, words_of_handoffs())
        finally:
            await world.stop()
            await proxy.close()
    faults = {name: details for name, details in found.faults.items() if details}
    good = not faults and not any(row["faults"] for row in rows)
    raw = {
        "date": today(),
        "commit": commit(),
        "machine": machine(),
        "seed": seed,
        "phases": rows,
        "audit_faults": faults,
    }
    return _table(rows, faults, seed), raw, good


async def _phases(
    world: World, proxy: SlowProxy, ledger: Ledger, http: aiohttp.ClientSession, rng: random.Random
) -> list[dict[str, Any]]:
    async def unprobed(_cid: str, _seq: int) -> None:
        return

    widgets = [Widget(f"customer-{n}", http, world.urls, ledger, rng, unprobed) for n in range(CONVERSATIONS + SPARE)]
    await asyncio.gather(*(widget.open() for widget in widgets))
    await _ask_all(widgets, rng, 5.0)  # the conversations are going
    await _until_answered(world, 120)
    rows = []
    bot = world.children["bot-1"]

    say("the bot is dead for 60 s")
    await bot.kill()
    rows.append(await _phase("bot dead for 60 s", widgets, world, rng, dead=True, most_handoffs=0))

    say("the bot answers 6 s late")
    proxy.delay_s = SLOW_S
    rows.append(await _phase("bot slow by 6 s", widgets, world, rng, dead=False, most_handoffs=0))
    proxy.delay_s = 0.0

    say(f"the bot is dead for 60 s, and the patience is {SHORT_PATIENCE_S:.0f} s")
    for name in ("worker-1", "worker-2"):
        child = world.children[name]
        child.environment = {**child.environment, "BATON_BOT_PATIENCE_S": str(SHORT_PATIENCE_S)}
        await child.kill_and_restart(0.0)
    await asyncio.sleep(5)
    await bot.kill()
    # Counted by minutes of the clock, hence at most two of them in 60 s, and one more until the bot is up.
    name = f"bot dead for 60 s, patience {SHORT_PATIENCE_S:.0f} s, cap {CAP} a minute"
    rows.append(await _phase(name, widgets, world, rng, dead=True, most_handoffs=3 * CAP))
    for widget in widgets:
        await widget.close()
    return rows


async def _phase(
    name: str, widgets: Sequence[Widget], world: World, rng: random.Random, *, dead: bool, most_handoffs: int
) -> dict[str, Any]:
    # Whoever waits for a person already is none of the bot's.
    widgets = [widget for widget in widgets if widget.owner == "bot"][:CONVERSATIONS]
    before = await asyncio.to_thread(read_all, world)
    began = time.time()
    sent = await _ask_all(widgets, rng, 10.0)
    state = "not asked"
    granted: list[float] = []
    if dead:
        await asyncio.sleep(5)
        state = await _state_of_the_bot(world)
        granted = await _ask_for_people(widgets[:ASKING])
        await asyncio.sleep(max(0.0, began + DEAD_S - time.time()))
        world.children["bot-1"].start()
    back = time.time()
    await _until_answered(world, 300)
    answered_s = time.time() - back
    await asyncio.sleep(1)
    after = await asyncio.to_thread(read_all, world)
    words = [_first_words(widget, one) for widget, one in zip(widgets, sent, strict=True)]
    handoffs = _handoffs(before, after)
    unanswered = [cid for cid, one in after.items() if not one.settled]
    faults = {
        "conversations too few": CONVERSATIONS - len(widgets),
        "no honest words within 5 s": sum(seconds is None or seconds > WORDS_S for seconds in words),
        "handoffs beyond the cap": max(0, handoffs["bot_unavailable"] - most_handoffs),
        "wish for a person not granted": (ASKING if dead else 0) - len(granted),
        "turns not answered when it was back": len(unanswered),
        "outage not on /readyz": int(dead and state != "open"),
    }
    heard = sorted(seconds for seconds in words if seconds is not None)
    return {
        "phase": name,
        "conversations": len(widgets),
        "first_words_median_s": round(heard[len(heard) // 2], 2) if heard else None,
        "first_words_longest_s": round(heard[-1], 2) if heard else None,
        "handoffs": dict(handoffs),
        "longest_until_a_wish_was_granted_s": round(max(granted), 2) if granted else None,
        "breaker_on_readyz": state,
        "all_answered_after_s": round(answered_s, 1),
        "faults": {what: count for what, count in faults.items() if count},
    }


async def _ask_all(widgets: Sequence[Widget], rng: random.Random, within_s: float) -> list[Sent]:
    questions = rng.sample(faq_texts(), len(widgets))

    async def one(widget: Widget) -> Sent:
        await asyncio.sleep(rng.random() * within_s)
        return await widget.say(questions.pop())

    return list(await asyncio.gather(*(one(widget) for widget in widgets)))


async def _ask_for_people(widgets: Sequence[Widget]) -> list[float]:
    """Seconds until each saw that it waits for a person."""

    async def one(widget: Widget) -> float | None:
        began = time.monotonic()
        await widget.ask_for_person()
        while time.monotonic() - began < WORDS_S:
            if widget.owner == "queue":
                return time.monotonic() - began
            await asyncio.sleep(0.02)
        return None

    return [seconds for seconds in await asyncio.gather(*map(one, widgets)) if seconds is not None]


def _first_words(widget: Widget, sent: Sent) -> float | None:
    """Seconds from acceptance to the first words that were shown after the message."""
    shown = [
        widget.view.times[seq]
        for seq, event in widget.view.events.items()
        if sent.told and seq > sent.told and event["kind"] == "message.sent" and event["author"]["type"] != "contact"
    ]
    return min(shown) - sent.told_at if shown else None


async def _until_answered(world: World, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if all(one.settled for one in (await asyncio.to_thread(read_all, world)).values()):
            return
        await asyncio.sleep(1)


async def _state_of_the_bot(world: World) -> str:
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{world.urls[0]}/readyz") as answer:
            return str((await answer.json())["bot"]["state"])
    except (*AWAY, KeyError):
        return "unknown"


def _handoffs(before: dict[str, Stored], after: dict[str, Stored]) -> Counter[str]:
    """Handoffs by reason since ``before``."""
    return Counter(
        str(entry.data.get("reason"))
        for cid, one in after.items()
        for entry in one.entries
        if entry.kind == "handoff.requested" and (cid not in before or entry.seq > len(before[cid].entries))
    )


def _table(rows: Sequence[dict[str, Any]], faults: dict[str, list[str]], seed: int) -> str:
    lines = [
        f"# The bot away and slow, seed {seed}, {today()}",
        "",
        f"`bench/faults --outage --seed {seed}` on commit {commit()}; {machine()}. {CONVERSATIONS} conversations with",
        "the bot, each asks within 10 s. Real processes; workers reach the bot through a TCP proxy that can hold",
        "answers back.",
        "",
        "| phase | conversations | first words: median, longest (s) | handoffs by reason | wish granted within (s) "
        "| breaker on /readyz | all answered after the bot was started again (s) | faults |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        handoffs = ", ".join(f"{reason} {count}" for reason, count in sorted(row["handoffs"].items())) or "none"
        wrong = ", ".join(f"{what}: {count}" for what, count in row["faults"].items()) or "0"
        cells = (
            row["phase"],
            row["conversations"],
            f"{row['first_words_median_s']}, {row['first_words_longest_s']}",
            handoffs,
            row["longest_until_a_wish_was_granted_s"] or "-",
            row["breaker_on_readyz"],
            row["all_answered_after_s"],
            wrong,
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    wrong = ", ".join(f"{name} {len(details)}" for name, details in faults.items()) or "0 for every fault"
    audited = f"Audit of all {CONVERSATIONS + SPARE} conversations as in a fault run: {wrong}."
    return "\n".join([*lines, "", audited, ""])
