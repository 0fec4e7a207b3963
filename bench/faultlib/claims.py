"""Contention: 2 to 50 agents claim the same conversation at the same instant, round after round."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.faultlib.processes import World
from bench.faultlib.report import commit, machine, today
from handoff_api.conversations.events import EventKind
from handoff_api.conversations.model import Channel, Contact, Owner
from handoff_api.conversations.moves import Verb
from handoff_api.conversations.switchboard import AgentRef, Switchboard
from handoff_api.storage.agents import AgentStore, Role
from handoff_api.storage.connect import connect
from handoff_api.storage.conversations import ConversationStore
from handoff_api.storage.desk import DeskStore

FEWEST, MOST = 2, 50
ROUNDS_OF_ONE = 20  # then another conversation, so that logs stay short


@dataclass
class Tally:
    """What came of the rounds of one way of claiming."""

    way: str
    rounds: int = 0
    claims: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(
        default_factory=lambda: {
            "no_winner": 0,
            "several_winners": 0,
            "loser_not_told_who_won": 0,
            "log_disagrees": 0,
        }
    )

    def count(self, winners: Sequence[str], told: Sequence[str | None]) -> None:
        """``winners`` were told that they have it; ``told`` is whom each loser was named."""
        self.rounds += 1
        self.claims += len(winners) + len(told)
        self.faults["no_winner"] += not winners
        self.faults["several_winners"] += len(winners) > 1
        self.faults["loser_not_told_who_won"] += sum(name not in winners for name in told)


async def contention(rounds: int, seed: int) -> tuple[str, dict[str, Any], bool]:
    """A table, the raw result, and whether all was right."""
    with tempfile.TemporaryDirectory(prefix="baton-claims-") as name:
        folder = Path(name)
        folder.chmod(0o700)
        world = World.create(folder, {"BATON_VISITOR_RATE": "1000000"})
        try:
            for child in ("redis", "api-1", "api-2"):
                world.children[child].start()
                await world.children[child].wait_ready()
            client = connect(world.redis_url)
            store = ConversationStore.create(client, 8)
            board = Switchboard(store, DeskStore(client, 35), "")
            rng = random.Random(seed)
            tallies = [
                await _by_scripts(board, rounds, rng),
                await _by_http(board, AgentStore(client), world.urls, max(1, rounds // 50), rng),
            ]
            await client.aclose()
        finally:
            await world.stop()
    raw = {
        "date": today(),
        "commit": commit(),
        "machine": machine(),
        "seed": seed,
        "ways": {tally.way: vars(tally) for tally in tallies},
    }
    good = not any(sum(tally.faults.values()) for tally in tallies)
    return _table(tallies, seed, rounds), raw, good


async def _by_scripts(board: Switchboard, rounds: int, rng: random.Random) -> Tally:
    """The real scripts on the real server, each claim on a connection of its own."""
    tally = Tally("scripts")
    rivals = [AgentRef(f"a{n}", f"Agent {n}") for n in range(MOST)]
    began = time.monotonic()
    cid = ""
    for n in range(rounds):
        if n % ROUNDS_OF_ONE == 0:
            await _check_log(board, cid, ROUNDS_OF_ONE, tally)
            cid = await _waiting(board)
        some = rng.sample(rivals, _how_many(n, rng))
        claims = (board.move(Verb.CLAIM, cid, f"c{n}-{rival.id}", rival) for rival in some)
        written = await asyncio.gather(*claims)
        pairs = list(zip(some, written, strict=True))
        winners = [rival for rival, answer in pairs if answer.result == "ok"]
        tally.count(
            [rival.name for rival in winners], [answer.agent_name for _, answer in pairs if answer.result != "ok"]
        )
        for winner in winners[:1]:
            present = await board.store.get(cid)
            tally.faults["log_disagrees"] += (present.owner, present.agent_id) != (Owner.AGENT, winner.id)
            await board.move(Verb.RELEASE, cid, f"r{n}", winner)
    await _check_log(board, cid, (rounds - 1) % ROUNDS_OF_ONE + 1, tally)
    tally.seconds = round(time.monotonic() - began, 1)
    return tally


async def _by_http(
    board: Switchboard, agents: AgentStore, urls: Sequence[str], rounds: int, rng: random.Random
) -> Tally:
    """The same over HTTP, to two copies of the switchboard."""
    tally = Tally("http")
    tokens: dict[str, str] = {}
    for n in range(MOST):
        agent = await agents.add(f"Agent {n}", f"a{n}@example.com", Role.AGENT, "")
        tokens[agent.name] = await agents.issue_token(agent)
    began = time.monotonic()
    cid = ""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def ask(name: str, verb: str) -> dict[str, Any]:
            async with http.post(
                f"{rng.choice(list(urls))}/api/agent/conversations/{cid}/{verb}",
                json={"command_id": str(uuid.uuid4())},
                headers={"authorization": f"Bearer {tokens[name]}"},
            ) as answer:
                body: dict[str, Any] = await answer.json()
                return body

        for n in range(rounds):
            if n % ROUNDS_OF_ONE == 0:
                await _check_log(board, cid, ROUNDS_OF_ONE, tally)
                cid = await _waiting(board)
            some = rng.sample(sorted(tokens), _how_many(n, rng))
            answers = dict(zip(some, await asyncio.gather(*(ask(name, "claim") for name in some)), strict=True))
            winners = [name for name, answer in answers.items() if answer.get("result") == "ok"]
            losers = [answer for answer in answers.values() if answer.get("result") != "ok"]
            tally.count(winners, [answer["message"].removeprefix("Already claimed by ") for answer in losers])
            for winner in winners[:1]:
                await ask(winner, "release")
    await _check_log(board, cid, (rounds - 1) % ROUNDS_OF_ONE + 1, tally)
    tally.seconds = round(time.monotonic() - began, 1)
    return tally


def _how_many(n: int, rng: random.Random) -> int:
    """2 and 50 come up for certain."""
    return (FEWEST, MOST)[n] if n < 2 else rng.randint(FEWEST, MOST)


async def _waiting(board: Switchboard) -> str:
    """A conversation in the queue."""
    cid = await board.start(Channel.WIDGET, "claims", Contact("claims"), "en")
    await board.request_human(cid, "h")
    return cid


async def _check_log(board: Switchboard, cid: str, rounds: int, tally: Tally) -> None:
    """One claim a round in the log, and no gaps."""
    if not cid:
        return
    events = await board.store.events(cid)
    claimed = sum(event.kind is EventKind.CONVERSATION_CLAIMED for event in events)
    whole = [event.seq for event in events] == list(range(1, len(events) + 1))
    tally.faults["log_disagrees"] += claimed != rounds or not whole


def _table(tallies: Sequence[Tally], seed: int, rounds: int) -> str:
    lines = [
        f"# Contention, seed {seed}, {today()}",
        "",
        f"`bench/faults --claims {rounds} --seed {seed}` on commit {commit()}; {machine()}.",
        "In each round 2 to 50 agents claim the same waiting conversation at the same instant. `scripts`: the",
        "switchboard's own Redis scripts, each claim on its own connection. `http`: through two running copies of it.",
        "",
        "| way | rounds | claims | seconds | " + " | ".join(k.replace("_", " ") for k in tallies[0].faults) + " |",
        "|---|---|---|---|" + "---|" * len(tallies[0].faults),
    ]
    for t in tallies:
        counts = " | ".join(str(count) for count in t.faults.values())
        lines.append(f"| {t.way} | {t.rounds} | {t.claims} | {t.seconds} | {counts} |")
    return "\n".join([*lines, ""])
