"""What is stored of a conversation comes back as it was; other versions are forgotten."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.memory import VERSION, Memory


def test_round_trip() -> None:
    memory = Memory("t1", 3, "minilm", {"replies": [{"text": "Grüß dich 👋"}]}, [{"event": "user", "text": "hi"}])

    assert Memory.loads(memory.dumps()) == memory


@given(st.floats(allow_nan=False))
def test_numbers_keep_every_bit(number: float) -> None:
    """Decisions are made again from what is stored."""
    memory = Memory("t1", 3, "minilm", {}, [{"event": "slot", "value": number}])

    assert Memory.loads(memory.dumps()) == memory


def test_another_version_is_forgotten() -> None:
    stored = json.loads(Memory("t1", 3, "minilm", {}, []).dumps())

    assert Memory.loads(json.dumps({**stored, "version": VERSION + 1})) is None
