"""The shell scripts: what they install, what they skip, and their sentences when they cannot go on."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from baton.checkout import ROOT

TOOLS = ("bash", "awk", "cut", "sha256sum", "df", "du", "mkdir", "dirname", "cat", "rm", "ln", "chmod", "env")


class Checkout:
    """A checkout with the real scripts, a PATH of its own, and whatever programs a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "my checkout"
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        shutil.copytree(ROOT / "script", self.folder / "script")
        (self.folder / "requirements").mkdir()
        for kind in ("run", "dev", "train"):
            (self.folder / "requirements" / f"{kind}.txt").write_text(f"pinned for {kind}\n")

    def program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self.bin}/bash\n{text}\n")
        path.chmod(0o755)

    def python(self) -> None:
        """Put a Python 3.11 on the PATH that says yes to every question and where it is."""
        self.program(self.bin / "python3.11", f'[[ "$2" == *print* ]] && echo "{self.bin}/python3.11"; exit 0')

    def uv(self) -> None:
        """Put a uv on the PATH that notes what it is told and makes what it would make."""
        self.program(
            self.bin / "uv",
            f'echo "$*" >> "{self.folder}/uv.txt"\n'
            'if [ "$1" = venv ]; then mkdir -p "${!#}/bin"; ln -sf "$(command -v python3.11)" "${!#}/bin/python"; fi',
        )

    def installed(self, kind: str) -> None:
        """Make the environment look as if this lock had been installed."""
        self.program(self.folder / ".venv" / "bin" / "python", "exit 0")
        if kind == "dev":
            self.program(self.folder / ".venv" / "bin" / "pytest", "exit 0")
        digest = hashlib.sha256((self.folder / "requirements" / f"{kind}.txt").read_bytes()).hexdigest()
        (self.folder / ".venv" / "baton-lock.txt").write_text(f"{kind} {digest}\n")

    def run(self, code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.bin / "bash"), "-c", f"set -euo pipefail; source script/lib/environment.sh; {code}"],
            cwd=self.folder,
            env={"PATH": str(self.bin), "HOME": str(self.folder), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def told_uv(self) -> list[str]:
        note = self.folder / "uv.txt"
        return note.read_text().splitlines() if note.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_an_environment_that_is_current_needs_nothing_at_all(checkout: Checkout) -> None:
    checkout.installed("run")
    outcome = checkout.run("sync_environment run")
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_a_new_environment_is_made_and_installed_with_hashes(checkout: Checkout) -> None:
    checkout.python()
    checkout.uv()
    outcome = checkout.run("sync_environment run")
    assert outcome.returncode == 0, outcome.stderr
    assert "creating .venv with" in outcome.stderr
    assert "installing the locked packages from requirements/run.txt" in outcome.stderr
    told = [line for line in checkout.told_uv() if line != "--version"]
    assert told[0].endswith(f"--python {checkout.bin}/python3.11 .venv")
    assert told[1] == "pip sync --python .venv/bin/python --require-hashes requirements/run.txt"
    assert checkout.run("sync_environment run").stderr == ""  # the second time there is nothing to do


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.uv()
    checkout.installed("run")
    (checkout.folder / "requirements" / "run.txt").write_text("pinned anew\n")
    assert checkout.run("sync_environment run").returncode == 0
    assert checkout.told_uv()[-1].endswith("requirements/run.txt")


def test_a_development_environment_stays_one(checkout: Checkout) -> None:
    checkout.uv()
    checkout.installed("dev")
    assert checkout.run("sync_environment run").stderr == ""
    (checkout.folder / "requirements" / "dev.txt").write_text("pinned anew\n")
    checkout.run("sync_environment run")
    assert checkout.told_uv()[-1].endswith("requirements/dev.txt")


def test_tests_make_it_a_development_environment(checkout: Checkout) -> None:
    checkout.uv()
    checkout.installed("run")
    checkout.run("sync_environment dev")
    assert checkout.told_uv()[-1].endswith("requirements/dev.txt")


def test_a_failed_installation_is_said_and_tried_again(checkout: Checkout) -> None:
    checkout.installed("run")
    (checkout.folder / "requirements" / "run.txt").write_text("pinned anew\n")
    checkout.program(checkout.bin / "uv", '[ "$1" = pip ] && exit 1 || exit 0')
    outcome = checkout.run("sync_environment run")
    assert outcome.returncode == 1
    assert "the packages could not be installed" in outcome.stderr
    checkout.uv()
    assert "installing" in checkout.run("sync_environment run").stderr


def test_without_uv_and_python_it_says_what_to_install(checkout: Checkout) -> None:
    outcome = checkout.run("sync_environment run")
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines()[-1].startswith("baton: uv is missing and could not be installed: install it")


def test_without_the_right_python_it_says_what_to_install(checkout: Checkout) -> None:
    checkout.program(checkout.bin / "uv", '[ "$1" = venv ] && exit 2 || exit 0')
    checkout.program(checkout.bin / "python3", "exit 1")  # a shim, or another version
    outcome = checkout.run("sync_environment run")
    assert outcome.returncode == 1
    assert "Baton needs Python 3.11 and neither found nor could download one" in outcome.stderr


def test_too_little_disk_is_said_before_anything_is_installed(checkout: Checkout) -> None:
    checkout.python()
    checkout.uv()
    (checkout.bin / "df").unlink()
    checkout.program(checkout.bin / "df", "echo head; echo /dev/x 1000 900 100 90% /")
    outcome = checkout.run("sync_environment run")
    assert outcome.returncode == 1
    assert "the Python environment needs up to 4000 MB of disk and only 100 MB are free" in outcome.stderr
    assert not (checkout.folder / ".venv").exists()


def test_compiled_modules_are_kept_even_where_the_account_says_no(checkout: Checkout) -> None:
    code = 'echo "${PYTHONDONTWRITEBYTECODE:-kept}"'
    assert checkout.run(code, PYTHONDONTWRITEBYTECODE="1").stdout == "kept\n"


def test_every_gate_runs_and_the_failed_ones_are_named(checkout: Checkout) -> None:
    code = (
        "source script/lib/gates.sh; gate one false; gate two true; gate three bash -c 'echo why; exit 3'; report_gates"
    )
    outcome = checkout.run(code)
    lines = outcome.stderr.splitlines()
    assert lines[0].startswith("baton: FAILED  one")
    assert lines[1].startswith("baton: passed  two")
    assert lines[2] == "why"
    assert lines[-1] == "baton: failed so far: one; three; "


def test_without_a_browser_or_the_right_to_install_one_it_is_loud(checkout: Checkout) -> None:
    checkout.program(checkout.bin / "id", "echo 1000")
    checkout.program(checkout.folder / ".venv" / "bin" / "python", "echo tests/a.py::test_b; echo 1 test collected")
    checkout.program(checkout.bin / "grep", 'while read -r line; do [[ $line == *::* ]] && echo "$line"; done; true')
    outcome = checkout.run("source script/lib/browser.sh; find_browser || say_what_needs_a_browser")
    assert "NO BROWSER" in outcome.stderr
    assert "tests/a.py::test_b" in outcome.stderr


def test_the_training_group_gets_an_environment_of_its_own(checkout: Checkout) -> None:
    checkout.python()
    checkout.uv()
    outcome = checkout.run("sync_train_group")
    assert outcome.returncode == 0, outcome.stderr
    told = [line for line in checkout.told_uv() if line != "--version"]
    assert told[0].endswith(f"--python {checkout.bin}/python3.11 .venv-train")
    assert told[1] == "pip sync --quiet --python .venv-train/bin/python --require-hashes requirements/train.txt"
    assert "the training group is installed: " in outcome.stderr
    assert checkout.run("sync_train_group").stderr == ""  # the second time there is nothing to do
    assert not (checkout.folder / ".venv").exists()
    (checkout.folder / "requirements" / "train.txt").write_text("pinned anew\n")
    assert "installing the training group" in checkout.run("sync_train_group").stderr


def test_without_room_for_the_training_group_its_tests_are_named_and_the_others_go_on(checkout: Checkout) -> None:
    checkout.python()
    checkout.uv()
    (checkout.bin / "df").unlink()
    checkout.program(checkout.bin / "df", "echo head; echo /dev/x 9000 4000 5000 50% /")
    for tool in ("grep", "sed", "xargs"):
        (checkout.bin / tool).symlink_to(str(shutil.which(tool)))
    tests = checkout.folder / "tests" / "kb_index" / "tuning"
    tests.mkdir(parents=True)
    (tests / "test_training.py").write_text("pytestmark = pytest.mark.train\ndef test_tunes() -> None: ...\n")
    (tests / "test_examples.py").write_text("def test_splits() -> None: ...\n")
    load = "source script/lib/gates.sh; source script/lib/training.sh; UNTESTED=''"
    outcome = checkout.run(f'{load}; train_tests; echo "$UNTESTED ${{#FAILED[@]}}"')
    assert outcome.returncode == 0, outcome.stderr
    assert "needs up to 6000 MB of disk and only 5000 MB are free" in outcome.stderr
    assert "NO TRAINING GROUP" in outcome.stderr
    assert "tests/kb_index/tuning/test_training.py::test_tunes" in outcome.stderr
    assert "test_splits" not in outcome.stderr
    assert outcome.stdout == "the tests of the training group DID NOT RUN 0\n"
    assert not (checkout.folder / ".venv-train").exists()
    # Whoever asks for other tests is not bothered.
    assert checkout.run(f"{load}; train_tests tests/baton -k redis").stderr == ""


@pytest.mark.parametrize(("status", "failed"), [(0, 0), (1, 1), (5, 0)])
def test_a_failed_test_of_the_training_group_counts(checkout: Checkout, status: int, failed: int) -> None:
    checkout.program(checkout.folder / ".venv-train" / "bin" / "python", f'echo "$*"; exit {status}')
    digest = hashlib.sha256((checkout.folder / "requirements" / "train.txt").read_bytes()).hexdigest()
    (checkout.folder / ".venv-train" / "baton-lock.txt").write_text(f"{digest}\n")
    load = "source script/lib/gates.sh; source script/lib/training.sh; UNTESTED=''"
    outcome = checkout.run(f"{load}; train_tests; echo ${{#FAILED[@]}}")
    assert outcome.stdout == f"-m pytest -m train tests/kb_index/tuning tests/handoff_tuning\n{failed}\n"


@pytest.mark.parametrize("script", ["server", "test", "check", "lock", "baton", "train-group"])
def test_every_script_can_be_called_from_anywhere(script: str) -> None:
    path = ROOT / "script" / script
    assert os.access(path, os.X_OK)
    assert 'cd "$(dirname -- "${BASH_SOURCE[0]}")/.."' in path.read_text()
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
