"""`baton handoff eval` as people run it: through the trained assistant, whose FAQ knows more than the vectors do."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.handoff.commands import handoff_app

from .conftest import FIXED_KEYS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHECKOUT = Path(__file__).parents[3]


def dialogue(identity: str, *said: str, reason: str | None) -> dict[str, Any]:
    """A dialogue in turns, the contact's first; `reason` is the label of the last."""
    turns = [{"author": ("contact", "bot")[place % 2], "text": text} for place, text in enumerate(said)]
    label = {"turn": len(said) - 1, "handoff": reason is not None, "reason": reason, "frustration": 0}
    return {"id": identity, "turns": turns, "labels": [label]}


WISH = dialogue("wish", "can I talk to a real person please", reason="asked_for_human")
CALM = dialogue("calm", "how long do I have to send something back?", reason=None)
ANGRY = dialogue(
    "angry",
    "how long do I have to send something back?",
    "You have 30 days.",
    "this is ridiculous, I have asked three times now and you are no help at all!!",
    reason="frustrated",
)
# Only the FAQ index knows that this entry is marked.
MARKED = dialogue("marked", "can my company buy gift cards for our staff?", reason="requested_by_rule")


def test_eval_reads_dialogues_with_the_trained_assistant(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (WISH, CALM, ANGRY, MARKED)), encoding="utf-8")
    arguments = ["eval", "--dialogues", str(path), "--json"]
    command = [sys.executable, "-m", "baton", "handoff", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert f"Reading messages with {model.name} ..." in done.stderr
    trained = json.loads(done.stdout)
    assert trained.keys() >= FIXED_KEYS
    assert trained["mistakes"] == {"false": [], "missed": []}
    assert {reason: row["named_recall"] for reason, row in trained["by_reason"].items()} == {
        "asked_for_human": 1.0,
        "frustrated": 1.0,
        "requested_by_rule": 1.0,
    }

    bare = json.loads(CliRunner().invoke(handoff_app, [*arguments, "--vectors-only"]).stdout)
    assert [[one["dialogue"] for one in bare["mistakes"][kind]] for kind in ("false", "missed")] == [[], ["marked"]]
    for reason in ("asked_for_human", "frustrated"):
        assert trained["by_reason"][reason] == bare["by_reason"][reason]
