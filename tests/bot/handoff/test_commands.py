"""`baton handoff` as people run it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.handoff.bot_replies import BotReplyReader
from bot.handoff.commands import handoff_app
from bot.handoff.detector import DATA, Detector
from bot.handoff.dialogues import read_dialogues
from bot.handoff.files import read_mapping
from bot.handoff.fitting import sources
from bot.handoff.weights import load_weights

from .conftest import FIXED_KEYS

LINES = [
    {
        "id": "a",
        "turns": [{"author": "contact", "text": "can I talk to a person"}],
        "labels": [{"turn": 0, "handoff": True, "reason": "asked_for_human", "frustration": 0}],
    },
    {
        "id": "b",
        "turns": [{"author": "contact", "text": "do you ship to Norway"}],
        "labels": [{"turn": 0, "handoff": False, "reason": None, "frustration": 0}],
    },
]


@pytest.fixture
def dialogues(tmp_path: Path) -> Path:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in LINES), encoding="utf-8")
    return path


def test_eval_prints_json_with_the_fixed_keys(dialogues: Path) -> None:
    done = CliRunner().invoke(handoff_app, ["eval", "--dialogues", str(dialogues), "--vectors-only", "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result.keys() >= FIXED_KEYS
    assert (result["recall"], result["false_handoff_rate"], result["exact_turn_rate"]) == (1.0, 0.0, 1.0)
    assert result["by_reason"].keys() == {"asked_for_human"}
    assert result["by_kind"].keys() == {"asked_for_human", "no_handoff"}


def test_eval_lists_every_mistake_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    swapped = [{**LINES[0], "labels": LINES[1]["labels"]}, {**LINES[1], "labels": LINES[0]["labels"]}]
    path.write_text("\n".join(json.dumps(line) for line in swapped), encoding="utf-8")
    arguments = ["eval", "--dialogues", str(path), "--vectors-only"]
    done = CliRunner().invoke(handoff_app, arguments)
    told = done.stdout.splitlines()
    assert "False handoffs: 1" in told
    assert told[told.index("False handoffs: 1") + 1].strip() == "a, turn 0 (asked_for_human): can I talk to a person"
    assert "Asked for a person." in told[told.index("False handoffs: 1") + 2]
    assert told[told.index("Missed handoffs: 1") + 1].strip() == "b, turn 0 (asked_for_human): do you ship to Norway"
    mistakes = json.loads(CliRunner().invoke(handoff_app, [*arguments, "--json"]).stdout)["mistakes"]
    assert [[one["dialogue"] for one in mistakes[kind]] for kind in ("false", "missed")] == [["a"], ["b"]]


def test_eval_draws_a_picture_and_prints_tables(dialogues: Path, tmp_path: Path) -> None:
    plot = tmp_path / "p.png"
    done = CliRunner().invoke(
        handoff_app, ["eval", "--dialogues", str(dialogues), "--vectors-only", "--plot", str(plot)]
    )
    assert done.exit_code == 0, done.output
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "With one signal silenced" in done.stdout


def test_a_fault_is_one_sentence_and_a_failing_exit(tmp_path: Path) -> None:
    done = CliRunner().invoke(handoff_app, ["eval", "--dialogues", str(tmp_path / "none.jsonl"), "--vectors-only"])
    assert done.exit_code == 1
    assert "no such file" in done.output


def test_what_is_shipped_was_fitted_on_the_data_beside_it() -> None:
    # "baton handoff fit" is to be run after every change of examples, patterns or dialogues.
    assert load_weights().fitted_on == sources(read_dialogues(DATA / "dialogues_fit.jsonl"))


@pytest.mark.slow
def test_fit_writes_everything_the_assistant_reads(tmp_path: Path) -> None:
    folder = tmp_path / "handoff"
    shutil.copytree(DATA, folder)
    shutil.copytree(DATA.parent / "frustration", tmp_path / "frustration")
    for name in ("heads.npz", "weights.json", "bot_reply_heads.npz"):
        (folder / name).unlink()
    for path in (*(folder / "examples").glob("*.yml"), *(tmp_path / "frustration").glob("*.yml")):
        lists = read_mapping(path)
        few_of_each = {name: found[::10] if name in ("yes", "mild", "no") else found for name, found in lists.items()}
        path.write_text(json.dumps(few_of_each), encoding="utf-8")  # JSON is YAML, too
    few = tmp_path / "few.jsonl"
    lines = (DATA / "dialogues_fit.jsonl").read_text("utf-8").splitlines()
    few.write_text("\n".join(lines[::15]), encoding="utf-8")
    done = CliRunner().invoke(handoff_app, ["fit", "--check", "--data", str(folder), "--dialogues", str(few)])
    assert done.exit_code == 0, done.output
    assert "Each dialogue judged by a fit on the others" in done.output
    assert load_weights(folder / "weights.json").reasons.keys() == load_weights().reasons.keys()
    assert {"wish_for_person", "accepts_offer", "like_frustrated"} <= set(Detector.load(folder).heads.names)
    assert BotReplyReader.load(folder).heads.names
