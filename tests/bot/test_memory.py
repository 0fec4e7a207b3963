"""What is stored of a conversation comes back as it was; other versions are forgotten."""

import json

from bot.memory import VERSION, Memory


def test_round_trip() -> None:
    memory = Memory("t1", 3, {"replies": [{"text": "Grüß dich 👋"}]}, [{"event": "user", "text": "hi"}])

    assert Memory.loads(memory.dumps()) == memory
    assert Memory.loads(memory.dumps().encode()) == memory


def test_another_version_is_forgotten() -> None:
    stored = json.loads(Memory("t1", 3, {}, []).dumps())

    assert Memory.loads(json.dumps({**stored, "version": VERSION + 1})) is None
