"""How long the assistant takes from a message to its decision: understanding, slots, signals, policies; on one core.

Run as a process of its own, pinned to one core: `python -m bench.lib.decision_time`; prints the times as JSON. Left
out are the bot's memory, the action server and everything that waits.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import secrets
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from baton.checkout import ROOT
from bench.lib.stack import BenchError

_MESSAGES = 300
_CONVERSATION = 10
_WARM_UP = 20


def decision_ms(data_dir: Path) -> list[float]:
    """Milliseconds for each message, measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.lib.decision_time"],
        cwd=ROOT,
        env=os.environ | {"BATON_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the assistant could not be measured:\n{done.stderr[-1500:]}")
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def _questions() -> Iterator[str]:
    from kb_index.entries import load_entries

    entries = [entry for entry in load_entries(ROOT / "data" / "faq") if not entry.flags]
    random.Random(5).shuffle(entries)
    return itertools.cycle([entry.wordings[0] if entry.wordings else entry.question for entry in entries])


async def _measure() -> list[float]:
    from rasa.core.channels.channel import UserMessage
    from rasa.shared.core.events import ActionExecuted, BotUttered

    from bot.endpoint import ActionEndpoint
    from bot.output import TurnOutput
    from bot.quiet import quieten
    from bot.server import load_turns
    from bot.settings import Settings
    from bot.tracker_store import RedisTrackerStore

    quieten()
    settings = Settings.from_environment({"BATON_BOT_TOKEN": "x" * 16, "BATON_REDIS_URL": "unix:///nobody-asks-it"})
    store = RedisTrackerStore.create_from_url(settings.redis_url)
    processor: Any = load_turns(settings, store, ActionEndpoint(settings.actions_url, settings.token))._processor
    times = []
    for number, text in enumerate(itertools.islice(_questions(), _MESSAGES + _WARM_UP)):
        if number % _CONVERSATION == 0:
            conversation = f"c1-{secrets.token_hex(6)}"
            tracker = store.open(conversation, None)
        output = TurnOutput()
        began = time.perf_counter()
        message = UserMessage(text, output, conversation, metadata={"message_id": f"{conversation}.{number}"})
        tracker = await processor.log_message(message, should_save_tracker=False)
        tracker = await processor.run_action_extract_slots(output, tracker)
        action, prediction = processor.predict_next_with_tracker_if_should(tracker)
        times.append((time.perf_counter() - began) * 1000)
        # What the skill would have said, so that the next message meets a conversation.
        best = (tracker.latest_message.parse_data["faq"]["candidates"] or [{}])[0]
        said = {"custom": {"kind": "answered", "faq_id": best.get("id"), "question": best.get("question")}}
        events = [*prediction.events, ActionExecuted(action.name()), BotUttered(best.get("answer"), said)]
        tracker.update_with_events([*events, ActionExecuted("action_listen")], processor.domain)
    return times[_WARM_UP:]


def main() -> None:
    """Measure and print."""
    from bot.lazy_tensorflow import postpone_tensorflow
    from bot.settings import keep_private

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    keep_private()
    postpone_tensorflow()
    warnings.filterwarnings("ignore")
    print(json.dumps(asyncio.run(_measure())))


if __name__ == "__main__":
    main()
