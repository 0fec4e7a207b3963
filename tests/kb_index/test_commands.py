"""The commands, as somebody would type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kb_index.__main__ import app
from tests.kb_index import shop


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def lake(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the small FAQ as files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".baton").mkdir()
    (tmp_path / ".baton" / "encoder").symlink_to(cache)
    (tmp_path / "data" / "faq").mkdir(parents=True)
    for topic in ("boats", "swim", "cafe"):
        lines = [f"topic: {topic}", "entries:"]
        for name, (question, answer, wordings) in shop.WRITTEN.items():
            if name.startswith(f"{topic}."):
                lines += [f"  - id: {name}", f"    question: {json.dumps(question)}", "    wordings:"]
                lines += [f"      - {json.dumps(wording)}" for wording in wordings]
                lines.append(f"    answer: {json.dumps(answer)}")
        (tmp_path / "data" / "faq" / f"{topic}.yml").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.usefixtures("encoder")
def test_check_names_file_and_line(lake: Path) -> None:
    found = run("faq", "check")
    assert found.exit_code == 0, found.output
    assert "data/faq/boats.yml:3: warning: boats.rent has 4 other wordings" in found.output
    assert "8 entries with 40 wordings" in found.output
    assert run("faq", "check", "--strict").exit_code == 1
    with (lake / "data/faq/cafe.yml").open("a") as file:
        file.write("    follow_ups: [cafe.tea]\n")
    found = run("faq", "check", "--json")
    assert found.exit_code == 1
    errors = [item for item in json.loads(found.stdout)["findings"] if item["severity"] == "error"]
    assert [(item["file"], item["rule"]) for item in errors] == [("data/faq/cafe.yml", "dead-follow-up")]
    (lake / "data/faq/cafe.yml").write_text("topic: cafe\nentries: {}\n")
    found = run("faq", "check")
    assert found.exit_code == 1
    assert "data/faq/cafe.yml:2: error: entries must be a list" in found.output


@pytest.mark.usefixtures("encoder", "lake")
def test_build_then_search() -> None:
    missing = run("faq", "search", "hire a boat", "--index", "nowhere")
    assert missing.exit_code == 1
    assert "baton faq build" in missing.output
    built = run("faq", "build", "--json")
    assert built.exit_code == 0, built.output
    facts = json.loads(built.stdout)
    assert (facts["entries"], facts["folder"]) == (8, ".baton/faq-index")
    assert Path(".baton/faq-index/current").read_text().strip() == facts["version"]
    found = json.loads(run("faq", "search", "hire a rowing boat", "--json").stdout)
    assert found["outcome"] == "answer"
    assert found["matches"][0]["entry_id"] == "boats.rent"
    assert found["matches"][0]["probability"] == 1
    assert found["matches"][0]["evidence"]["meaning"] > 0.99
    plain = run("faq", "search", "could my poodle come", "-k", "2")
    assert plain.exit_code == 0
    assert "boats.dogs" in plain.output
    assert "outcome: " in plain.output


@pytest.mark.usefixtures("encoder", "lake")
def test_eval_with_gate_and_plot(tmp_path: Path) -> None:
    lines = [
        {"text": "boat for an hour, price?", "expected": "boats.rent"},
        {"text": "does anybody teach six year olds to swim", "expected": "swim.lessons"},
        {"text": "who is the mayor", "expected": None},
    ]
    Path("q.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    first = run("faq", "eval", "--questions", "q.jsonl", "--json", "--write-gate", "gate.json", "--plot", "p.png")
    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout)
    assert report["p_at_1"] == 1
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    assert run("faq", "eval", "--questions", "q.jsonl", "--gate", "gate.json").exit_code == 0
    swim = tmp_path / "data/faq/swim.yml"
    spoiled = swim.read_text().replace("lessons", "kettles").replace("swim ", "fry ").replace("to swim", "to fry")
    for word in ("children", "kids", "daughter", "school", "swimming", "water", "beginners", "course"):
        spoiled = spoiled.replace(f" {word}", " kettle")
    swim.write_text(spoiled.replace("swim.kettles", "swim.lessons"))
    broken = run("faq", "eval", "--questions", "q.jsonl", "--gate", "gate.json")
    assert broken.exit_code == 1
    assert "gate: p_at_1 was 1.000" in broken.output


@pytest.mark.usefixtures("encoder", "lake")
def test_eval_intents() -> None:
    rows = [f"{json.dumps(text)},{name}" for name, (_, _, wordings) in shop.WRITTEN.items() for text in wordings]
    Path("train.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    Path("test.csv").write_text("text,label\nrent a boat,boats.rent\nwho won the match,\n")
    found = run("eval", "intents", "--train", "train.csv", "--test", "test.csv", "--json")
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["accuracy_in_scope"] == 1
    assert report["oos_recall"] == 1
    assert "accuracy_in_scope" in run("eval", "intents", "--train", "train.csv", "--test", "test.csv").output
    missing = run("eval", "intents", "--train", "none.csv", "--test", "test.csv")
    assert missing.exit_code == 1
    assert "error: none.csv: cannot be read" in missing.output
