"""Training is started with a configuration that can be read, and shows what a person wants to see."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from baton import training
from baton.checkout import ROOT
from baton.errors import PrepareError
from baton.prepare import require_model


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a checkout of three small files."""
    monkeypatch.setattr(training, "ROOT", tmp_path)
    monkeypatch.setattr(training, "MODELS", tmp_path / "models")
    monkeypatch.setattr("baton.prepare.MODELS", tmp_path / "models")
    for name in training.CONFIGURATION:
        (tmp_path / name).write_text("language: en\npipeline:\n  - name: one\n")
    return tmp_path


def test_readable_files_pass(checkout: Path) -> None:
    training.check_configuration()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("language: en\npipeline: [unclosed\n", 3),
        ("language: en\n\tpipeline: x\n", 2),
        ("language: en\nlanguage: de\n", 2),
        ("language: en\npipeline:\n  - name: 'one\n", 4),
    ],
)
def test_a_broken_file_is_named_with_its_line(checkout: Path, text: str, line: int) -> None:
    (checkout / "config.yml").write_text(text)
    with pytest.raises(PrepareError, match=rf"^config\.yml, line {line}: .+\.$"):
        training.check_configuration()


def test_a_file_that_is_no_text_is_named(checkout: Path) -> None:
    (checkout / "domain.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PrepareError, match=r"^domain\.yml"):
        training.check_configuration()


def test_a_missing_file_is_named_with_the_way_back(checkout: Path) -> None:
    (checkout / "domain.yml").unlink()
    with pytest.raises(PrepareError, match=r"domain\.yml is missing; restore it with: git checkout domain\.yml"):
        training.check_configuration()


def test_a_broken_configuration_stops_before_anything_is_trained(checkout: Path) -> None:
    (checkout / "config.yml").write_text("pipeline: [")
    with pytest.raises(PrepareError, match=r"config\.yml, line"):
        training.train(print)
    assert not (checkout / "models").exists()


def test_a_failed_training_is_one_sentence_with_the_reason(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "bot").mkdir()
    (checkout / "bot" / "__init__.py").touch()
    (checkout / "bot" / "train.py").write_text(
        "import sys; print('reading'); sys.exit('data/nlu/a.yml:3: no examples')"
    )
    said: list[str] = []
    with pytest.raises(PrepareError, match=r"Training failed \(exit code 1\): data/nlu/a\.yml:3: no examples"):
        training.train(said.append)
    assert said == ["reading", "data/nlu/a.yml:3: no examples"]


TRAINS_IN = """
import pathlib, sys
from baton import training
training.ROOT = pathlib.Path(sys.argv[1])
training.train(lambda line: print(line, flush=True))
"""


def test_a_killed_command_leaves_no_training_behind(checkout: Path) -> None:
    (checkout / "bot").mkdir()
    (checkout / "bot" / "__init__.py").touch()
    (checkout / "bot" / "train.py").write_text("import os, time; print(os.getpid()); time.sleep(60)")
    command = [sys.executable, "-c", TRAINS_IN, str(checkout)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        trainer = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 5
    while alive(trainer) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(trainer)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_without_any_model_a_start_as_it_is_is_refused(checkout: Path) -> None:
    with pytest.raises(PrepareError, match="no trained model in models/; make one with: script/baton train"):
        require_model(None)
    with pytest.raises(PrepareError, match="no trained model in /nowhere, which BATON_MODEL names"):
        require_model(Path("/nowhere"))


def test_only_what_a_person_wants_to_see_is_shown() -> None:
    printed = [
        "reading content ...\n",
        "/lib/site-packages/spacy/_util.py:23: DeprecationWarning: Importing is deprecated\n",
        "  from click.parser import split_arg_string\n",
        "\n",
        "  an indented line of our own\n",
        "Epochs: 10%\rProcessed trackers: 100%|#####| 100/100 [00:01<00:00, 75.89it/s]\n",
        "\x1b[92mYour model is trained.\x1b[0m\n",
    ]
    assert list(training.worth_showing(printed)) == [
        "reading content ...",
        "an indented line of our own",
        "Your model is trained.",
    ]


def test_a_broken_content_file_is_named_when_training_fails(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "data" / "rules").mkdir(parents=True)
    (checkout / "data" / "rules" / "a.yml").write_text("rules: []\n")
    (checkout / "data" / "rules" / "b.yml").write_text("rules:\n  - rule: x\n   : [y\n")
    monkeypatch.setattr(training, "dies_with_us", lambda _: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(PrepareError, match=r"^data/rules/b\.yml, line 3: .+\.$"):
        training.train(lambda _: None)


def test_the_reason_of_a_failed_training_is_its_sentence_not_the_end_of_a_list() -> None:
    said = ["Training ...", "Cannot access action 'x', it is not registered. Available actions are:", "- a", "- b"]
    assert training.reason(said) == "Cannot access action 'x', it is not registered."
    assert training.reason(["data/faq/a.yml:3: no answer"]) == "data/faq/a.yml:3: no answer"
    assert training.reason([]) == "it printed nothing"
