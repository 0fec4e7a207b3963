"""The seeded plan of what goes wrong and when, and its execution."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bench.faultlib.processes import World


class Deed(StrEnum):
    """What is done to a process."""

    KILL = "kill"  # SIGKILL, and started again
    PAUSE = "pause"  # SIGSTOP, long enough that another takes over its work, and SIGCONT
    CUT = "cut"  # every connection to Redis is closed at once, replies in transit are lost


@dataclass(frozen=True)
class Step:
    """One deed: ``at`` seconds after the start; ``seconds`` until the restart, or of the pause."""

    at: float
    deed: Deed
    target: str
    seconds: float


# The bot takes longest to come back, so it dies in every second round only.
_ROUND = ("redis", "api-1", "api-2", "worker-1", "worker-2", "actions")
PAUSE_S = 10.0


def plan(rng: random.Random, kills: int, seconds: float, pauses: int, cuts: int) -> list[Step]:
    """Spread kills over every process in turn, in random order and at random times."""
    targets: list[str] = []
    while len(targets) < kills:
        turn = [*_ROUND, *(["bot-1", "bot-2"] if (len(targets) // len(_ROUND)) % 2 == 0 else [])]
        rng.shuffle(turn)
        targets += turn
    slot = seconds / max(1, kills)
    steps = [
        Step((n + rng.random()) * slot, Deed.KILL, target, rng.uniform(0.0, 1.0))
        for n, target in enumerate(targets[:kills])
    ]
    for n in range(pauses):
        target = rng.choice(("worker-1", "worker-2", "api-1", "api-2", "worker-1", "worker-2", "bot-1", "bot-2"))
        steps.append(Step((n + rng.random()) * seconds / pauses, Deed.PAUSE, target, PAUSE_S))
    steps += [Step((n + rng.random()) * seconds / cuts, Deed.CUT, "redis", 0.0) for n in range(cuts)]
    return sorted(steps, key=lambda step: step.at)


async def wreak(world: World, steps: Sequence[Step], redis: Redis) -> None:
    """Carry the plan out. Returns when everything that was killed has been started again."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for step in steps:
            await asyncio.sleep(max(0.0, began + step.at - loop.time()))
            child = world.children[step.target]
            match step.deed:
                case Deed.KILL:
                    # A bot that is killed before it ever serves would only make the run longer.
                    ready = child.kind == "bot"
                    group.create_task(child.kill_and_restart(step.seconds, until_ready=ready))
                case Deed.PAUSE:
                    group.create_task(child.pause(step.seconds))
                case Deed.CUT:
                    group.create_task(_cut(redis, world.counts))


async def _cut(redis: Redis, counts: Counter[str]) -> None:
    try:
        await redis.client_kill_filter(_type="normal", skipme=True)
        counts["cut redis"] += 1
    except (RedisError, OSError):
        pass  # it is dead just now
