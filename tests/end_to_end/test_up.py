"""`baton up` on real processes: first login, every process killed, the runner killed, a clean end."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from baton.checkout import ROOT
from tests.end_to_end.baton_up import Baton, alive, until
from tests.readme_commands import commands

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
PROCESSES = {"redis", "bot-1", "bot-2", "actions", "handoff_api", "worker"}


def test_it_says_where_everything_is_and_how_to_log_in(baton: Baton) -> None:
    port = baton.environment["BATON_PORT"]
    assert f"http://127.0.0.1:{port}/\n" in baton.output
    assert f"http://127.0.0.1:{port}/console\n" in baton.output
    email, password = baton.login()
    status, body = baton.request("POST", "/api/agent/login", {"email": email, "password": password})
    assert status == 200, body
    assert baton.request("POST", "/api/agent/login", {"email": email, "password": "not " + password})[0] == 401


def test_the_password_is_in_no_log(baton: Baton) -> None:
    password = baton.login()[1]
    secret = (baton.data_dir / "secret").read_text().strip()
    for log in (baton.data_dir / "logs").iterdir():
        assert password not in log.read_text()
        assert secret not in log.read_text()


def test_no_secret_is_on_a_command_line(baton: Baton) -> None:
    secret = (baton.data_dir / "secret").read_text().strip()
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in baton.pids().values()]
    assert len(lines) == len(PROCESSES)
    assert not any(secret in line for line in lines)


def test_what_is_kept_belongs_to_this_account_alone(baton: Baton) -> None:
    assert baton.data_dir.stat().st_mode & 0o077 == 0
    open_to_others = [path for path in baton.data_dir.rglob("*") if path.lstat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.parametrize("name", ["actions", "worker", "handoff_api", "redis", "bot-1"])
def test_a_killed_process_comes_back(baton: Baton, name: str) -> None:
    before = baton.pids()
    assert set(before) == PROCESSES
    os.kill(before[name], signal.SIGKILL)
    assert until(lambda: baton.pids()[name] not in (before[name], None), 90), baton.output
    assert until(lambda: f"{name} is back" in baton.output, 90), baton.output
    assert until(lambda: baton.request("GET", "/readyz")[0] == 200, 20)
    assert f"{name} was ended by SIGKILL; starting it again" in baton.output
    after = baton.pids()
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }


def test_the_operators_page_says_how_to_restart_the_bot(baton: Baton) -> None:
    (command,) = (found.text for found in commands((ROOT / "docs/operators.md").read_text()) if "kill" in found.text)
    before, said = baton.pids(), baton.output.count("bot-1 is back")
    subprocess.run(["bash", "-c", command], cwd=ROOT, env=baton.environment, check=True, timeout=10)
    assert until(lambda: baton.output.count("bot-1 is back") > said, 90), baton.output
    assert {name for name, pid in baton.pids().items() if pid != before[name]} == {"bot-1"}


def test_a_second_one_on_the_same_folder_is_refused(baton: Baton) -> None:
    second = Baton(baton.environment)
    assert second.runner.wait(30) == 1
    second.end(signal.SIGTERM)
    assert f"Another Baton (process {baton.runner.pid}) uses the data folder" in second.output
    assert baton.request("GET", "/readyz")[0] == 200


def test_a_killed_runner_leaves_nothing_and_the_next_start_knows_everybody(baton: Baton) -> None:
    pids = baton.pids()
    baton.end(signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for pid in pids.values()), 3)

    started = time.monotonic()
    again = Baton(baton.environment)
    try:
        again.until_ready()
        took = time.monotonic() - started
        assert "as before" in again.output
        assert "with the password" not in again.output
        assert again.request("GET", "/readyz")[0] == 200
        pids = again.pids()
    finally:
        began = time.monotonic()
        code = again.end(signal.SIGINT)
    assert (code, time.monotonic() - began < 15) == (0, True), again.output
    assert not any(alive(pid) for pid in pids.values())
    assert not (again.data_dir / "processes.json").exists()
    assert took < 120, f"the second start took {took:.0f} s"
