"""Conversations with everything that `baton up` starts, and what is known about them afterwards: why, proof, replay."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from baton.checkout import ROOT
from tests.end_to_end.baton_up import Baton
from tests.end_to_end.people import Colleague, Visitor, url_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ANGRY = "this is ridiculous, I have asked three times now and you are no help at all!!"


def explain(baton: Baton, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "baton", "explain", *words]
    return subprocess.run(
        command, cwd=ROOT, env=baton.environment, capture_output=True, text=True, timeout=120, check=False
    )


def frustrated(baton: Baton) -> Visitor:
    """A visitor who has had enough after an answer."""
    visitor = Visitor(baton)
    visitor.says("how long do I have to send something back?")
    visitor.says(ANGRY)
    assert visitor.owner() == "queue"
    return visitor


def counted(baton: Baton, reason: str) -> int:
    """How often this reason is counted at /metrics."""
    shown = httpx.get(f"{url_of(baton)}/metrics").text
    found = re.search(rf'baton_total{{label="{reason}",name="handoffs"}} (\d+)', shown)
    return int(found[1]) if found else 0


def test_a_handoff_is_explained_and_made_again_bit_for_bit(baton: Baton) -> None:
    before = counted(baton, "frustrated")
    visitor = frustrated(baton)
    assert counted(baton, "frustrated") == before + 1

    told = explain(baton, visitor.cid)
    assert told.returncode == 0, told.stdout + told.stderr
    for words in ("hand_off, reason frustrated", ANGRY, "contributions", "frustration", "evidence"):
        assert words in told.stdout
    assert "identical, bit for bit" in told.stdout

    made = explain(baton, visitor.cid, "--json")
    (decided,) = json.loads(made.stdout)["decisions"]
    handoff = Colleague.signed_in(baton).opens(visitor.cid)["conversation"]["handoff"]
    assert decided["verdict"] == "identical"
    assert decided["recomputed"]["note"] == handoff["note"] != ""
    assert decided["recomputed"]["reason"] == handoff["reason"] == "frustrated"
    assert decided["recorded"]["evidence"] == handoff["evidence"]
    assert decided["recorded"]["signals"] == handoff["signals"]
    assert [message["text"] for message in decided["messages"]] == [ANGRY]


def test_every_turn_is_made_again_and_one_can_be_chosen_by_its_message(baton: Baton) -> None:
    visitor = frustrated(baton)
    every = json.loads(explain(baton, visitor.cid, "--all", "--json").stdout)["decisions"]
    assert [decided["verdict"] for decided in every] == ["identical"] * 2
    assert [decided["recorded"]["action"] for decided in every][-1] == "hand_off"

    first = every[0]["messages"][0]["id"]
    by_id = json.loads(explain(baton, visitor.cid, "--message", first, "--json").stdout)["decisions"]
    by_number = json.loads(explain(baton, visitor.cid, "--message", first.rpartition(".")[2], "--json").stdout)
    assert by_id == by_number["decisions"] == every[:1]


def test_changed_weights_are_named_and_the_earlier_file_replays(baton: Baton, tmp_path: Path) -> None:
    visitor = frustrated(baton)
    weights: dict[str, Any] = json.loads((ROOT / "data/handoff/weights.json").read_text())
    weights["reasons"]["frustrated"]["bias"] -= 1
    changed = tmp_path / "weights.json"
    changed.write_text(json.dumps(weights))

    told = explain(baton, visitor.cid, "--weights", str(changed))
    whole = json.loads(explain(baton, visitor.cid, "--json").stdout)
    assert told.returncode == 4
    assert f"decided with weights {whole['weights']}" in told.stdout
    assert "--weights" in told.stdout
    assert explain(baton, visitor.cid, "--weights", "data/handoff/weights.json").returncode == 0


def test_a_button_is_a_handoff_without_a_decision(baton: Baton) -> None:
    before = counted(baton, "asked_for_human")
    visitor = Visitor(baton)
    visitor.says("Talk to a person", payload="human")
    told = explain(baton, visitor.cid)
    assert told.returncode == 0
    assert "handed off: asked_for_human" in told.stdout
    assert "Nothing was weighed here." in told.stdout
    assert counted(baton, "asked_for_human") == before + 1


@pytest.mark.parametrize("wrong", ["nonsense", "c1-000000000000000000000000"])
def test_an_unknown_conversation_is_one_sentence(baton: Baton, wrong: str) -> None:
    told = explain(baton, wrong)
    assert told.returncode == 1
    assert told.stderr == f"baton: There is no conversation {wrong}.\n"


def test_facts_are_noted_for_the_agent_once_and_stay_out_of_the_logs(baton: Baton) -> None:
    visitor = Visitor(baton)
    visitor.says("My name is Orla Quince and I ordered a beech stool on 3 May for £89")
    visitor.says("I want my money back", payload="human")
    colleague = Colleague.signed_in(baton)
    whole = colleague.opens(visitor.cid)
    facts = {fact["name"]: fact for fact in whole["brief"]["facts"]}
    texts = {event["id"]: event.get("text", "") for event in whole["events"]}

    assert {name: fact["value"] for name, fact in facts.items()} == {
        "name": "Orla Quince",
        "product": "beech stool",
        "amount": "£89",
        "date": "3 May",
        "wish": "a refund",
    }
    assert texts[facts.pop("wish")["event_id"]] == "I want my money back"
    assert all(fact["value"] in texts[fact["event_id"]] for fact in facts.values())
    assert colleague.opens(visitor.cid)["total"] == whole["total"], "a second look notes nothing again"

    # What is written while people have the conversation is noted as well.
    visitor.writes("you can reach me at orla.quince@post.example")
    assert "orla.quince@post.example" in [fact["value"] for fact in colleague.opens(visitor.cid)["brief"]["facts"]]
    for log in (baton.data_dir / "logs").iterdir():
        assert not re.search("orla|quince", log.read_text(), re.IGNORECASE), log


def test_after_the_return_old_signals_are_spent_and_the_last_decision_is_explained(baton: Baton) -> None:
    visitor = frustrated(baton)
    colleague = Colleague.signed_in(baton)
    colleague.does("claim", visitor.cid)
    colleague.does("return", visitor.cid)
    assert visitor.owner() == "bot"
    assert "Klarna" in visitor.reads("which payment methods do you accept?")
    assert visitor.owner() == "bot"
    visitor.says("the lamp gave my son an electric shock")
    assert visitor.owner() == "queue"

    told = explain(baton, visitor.cid)
    assert told.returncode == 0, told.stdout
    assert "hand_off, reason sensitive_topic" in told.stdout
    calm = json.loads(explain(baton, visitor.cid, "--all", "--json").stdout)["decisions"][-2]
    assert not {signal["name"] for signal in calm["recorded"]["signals"]} & {"frustration_before", "repeats"}
