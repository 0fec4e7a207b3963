"""The command line: quick, teaching, and a failure is one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from baton.checkout import ROOT
from baton.settings import inherited_environment

HEAVY = {"tensorflow", "rasa", "numpy", "fastapi", "pydantic", "redis", "rich", "onnxruntime", "spacy", "httpx"}


def baton(
    *words: str, data_dir: Path | None = None, typed: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    environment = inherited_environment() | variables
    if data_dir is not None:
        environment["BATON_DATA_DIR"] = str(data_dir)
    return subprocess.run(
        [sys.executable, "-m", "baton", *words],
        cwd=ROOT,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failure(outcome: "subprocess.CompletedProcess[str]") -> str:
    """Return the one sentence of a failed command."""
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("baton: ")
    return line.removeprefix("baton: ")


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    outcome = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "baton", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("up", "prepare", "train", "doctor", "explain", "agents", "faq", "eval", "handoff"):
        assert f"\n  {command} " in outcome.stdout
    imported = {line.rsplit("|", 1)[1].strip() for line in outcome.stderr.splitlines() if line.count("|") == 2}
    assert "typer" in imported
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("words", "taught"),
    [
        (("up",), "Start everything and keep it running until Ctrl-C."),
        (("agents", "add"), "Shown to customers"),
        (("doctor",), "Changes nothing."),
        (("faq",), "Commands:"),
        (("eval",), "Commands:"),
        (("handoff",), "Commands:"),
    ],
)
def test_every_command_explains_itself(words: tuple[str, ...], taught: str) -> None:
    outcome = baton(*words, "--help")
    assert outcome.returncode == 0
    assert taught in outcome.stdout


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    said = failure(baton("up", data_dir=tmp_path, BATON_PORT="eighty"))
    assert said == "BATON_PORT must be a whole number from 1 to 65535, not 'eighty'."


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = failure(baton("up", data_dir=tmp_path / "file" / "data"))
    assert str(tmp_path / "file" / "data") in said


class TestAgents:
    def test_people_come_and_go_without_a_running_server(self, tmp_path: Path) -> None:
        added = baton("agents", "add", "Priya@Example.com", "--name", "Priya N", data_dir=tmp_path)
        assert added.returncode == 0, added.stderr
        assert "Priya N can log in as Priya@Example.com with the password" in added.stdout
        baton("agents", "add", "boss@example.com", "-n", "Bo", "--admin", data_dir=tmp_path)
        listed = baton("agents", "list", data_dir=tmp_path).stdout.splitlines()
        assert listed == ["boss@example.com   admin  Bo", "priya@example.com  agent  Priya N"]
        assert baton("agents", "remove", "priya@example.com", data_dir=tmp_path).returncode == 0
        assert "priya" not in baton("agents", "list", data_dir=tmp_path).stdout

    def test_a_new_password_is_shown_once_or_read_from_the_input(self, tmp_path: Path) -> None:
        first = baton("agents", "add", "a@example.com", "-n", "A", data_dir=tmp_path).stdout.split()
        second = baton("agents", "password", "a@example.com", data_dir=tmp_path).stdout.split()
        assert first[-4] != second[-4]
        words = ("agents", "password", "a@example.com", "--password-stdin")
        given = baton(*words, data_dir=tmp_path, typed="correct horse battery\n")
        assert given.stdout == "a@example.com has a new password.\n"

    def test_refusals_are_sentences(self, tmp_path: Path) -> None:
        baton("agents", "add", "a@example.com", "-n", "A", data_dir=tmp_path)
        again = failure(baton("agents", "add", "a@example.com", "-n", "A", data_dir=tmp_path))
        assert "a@example.com" in again
        assert "exists" in again
        assert "nobody@example.com" in failure(baton("agents", "remove", "nobody@example.com", data_dir=tmp_path))
        assert "e-mail address" in failure(baton("agents", "add", "not-an-address", "-n", "A", data_dir=tmp_path))
        weak = baton("agents", "password", "a@example.com", "--password-stdin", data_dir=tmp_path, typed="short\n")
        assert "at least 10 characters" in failure(weak)

    def test_an_own_redis_that_is_away_is_a_sentence(self, tmp_path: Path) -> None:
        url = f"unix://{tmp_path}/nothing.sock"
        assert "BATON_REDIS_URL" in failure(baton("agents", "list", data_dir=tmp_path, BATON_REDIS_URL=url))


class TestDoctor:
    def test_each_line_is_ok_or_says_what_to_do_and_nothing_is_changed(self, tmp_path: Path) -> None:
        outcome = baton("doctor", data_dir=tmp_path / "new")
        lines = outcome.stdout.splitlines()
        about = [line[4:].split("  ")[0].strip() for line in lines]
        assert [name.split(" ")[0] for name in about][:4] == ["python", "environment", "redis", "data"]
        assert all(line.startswith(("ok  ", "FIX ")) for line in lines)
        assert outcome.returncode == (1 if any(line.startswith("FIX") for line in lines) else 0)
        assert "ok   redis         embedded" in outcome.stdout
        assert not (tmp_path / "new").exists()

    def test_it_finds_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("x" * 40)
        (tmp_path / "secret").chmod(0o644)
        outcome = baton("doctor", data_dir=tmp_path, BATON_REDIS_URL=f"unix://{tmp_path}/nothing.sock")
        assert outcome.returncode == 1
        assert "FIX  redis         BATON_REDIS_URL does not answer" in outcome.stdout
        assert f"FIX  data folder   {tmp_path}/secret is open to others; run: chmod go-rwx" in outcome.stdout
