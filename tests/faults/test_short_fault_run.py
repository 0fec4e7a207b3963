"""A short seeded fault run: every kind of process is killed, two are paused, and nothing may be lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from bench.faultlib.chaos import Deed, plan

CHECKOUT = Path(__file__).parents[2]
KINDS = {"redis", "api-1", "api-2", "worker-1", "worker-2", "bot-1", "bot-2", "actions"}
# In this seed's plan the bot, slowest to come back, dies early.
SEED, MESSAGES, KILLS, SECONDS = 11, 300, 8, 20


def test_the_plan_covers_every_process_and_is_the_same_for_the_same_seed() -> None:
    steps = plan(random.Random(SEED), KILLS, SECONDS, 1, 1)
    assert {step.target for step in steps if step.deed is Deed.KILL} == KINDS
    assert steps == plan(random.Random(SEED), KILLS, SECONDS, 1, 1)
    assert steps != plan(random.Random(SEED + 1), KILLS, SECONDS, 1, 1)


@pytest.mark.slow
def test_nothing_accepted_is_lost_doubled_or_spoken_over_while_every_process_dies(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    run = {
        "messages": MESSAGES,
        "kills": KILLS,
        "seconds": SECONDS,
        "seed": SEED,
        "customers": 16,
        "agents": 3,
        "gone": 8,
        "ping": 2,
        "json": result,
    }
    arguments = [text for name, value in run.items() for text in (f"--{name}", str(value))]
    log = tmp_path / "log"
    with log.open("w") as output:
        code = subprocess.run(
            [sys.executable, str(CHECKOUT / "bench" / "faults"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            timeout=280,
            check=False,
        ).returncode
    assert result.exists(), log.read_text()[-4000:]
    found = json.loads(result.read_text())
    assert not any(found["faults"].values()), found["fault_details"]
    assert code == 0
    assert found["figures"]["of_customers"] >= MESSAGES
    assert found["figures"]["accepted"] == found["figures"]["seen_by_the_other_side"]
    assert found["figures"]["accepted"] >= MESSAGES
    assert set(found["kills"]) == KINDS
    assert found["restarts"] == found["kills"]
