"""Processes are started, watched, started again and stopped: with real processes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from baton.errors import StartError
from baton.runner.process import Patience
from baton.runner.progress import Progress
from baton.runner.service import Service
from baton.runner.supervisor import Supervisor

# Says it is ready by making a file, notes its end, and takes a child along.
POLITE = """
import pathlib, signal, subprocess, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
def end(*_):
    with (folder / "ends").open("a") as file: file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
child = subprocess.Popen(["sleep", "600"])
(folder / f"{name}.child").write_text(str(child.pid))
(folder / f"{name}.ready").touch()
print(name, "serves", flush=True)
while True: time.sleep(60)
"""
STUBBORN = POLITE.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
BROKEN = "import sys; print('first line'); sys.exit('config.yml is broken')"
SHORT_LIVED = POLITE.replace("while True: time.sleep(60)", "time.sleep(0.3); sys.exit(3)")


def service(folder: Path, name: str, code: str = POLITE) -> Service:
    ready = (folder / f"{name}.ready").exists
    return Service(name, [sys.executable, "-c", code, str(folder), name], ready, lambda: True)


def supervisor(folder: Path, timeout: float = 20, patience: Patience | None = None) -> Supervisor:
    return Supervisor(folder, dict(os.environ), Progress.begin(), timeout, patience)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


async def eventually(condition: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(until, condition)


def pids(folder: Path) -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads((folder / "processes.json").read_text())
    except FileNotFoundError:
        return {}
    return found


async def test_everything_starts_and_stops_in_the_opposite_order(tmp_path: Path) -> None:
    group = supervisor(tmp_path)
    assert await group.start([service(tmp_path, "first")])
    assert await group.start([service(tmp_path, "second"), service(tmp_path, "third")])
    running = pids(tmp_path)
    children = [int((tmp_path / f"{name}.child").read_text()) for name in running]
    assert list(running) == ["first", "second", "third"]
    await group.stop()
    assert (tmp_path / "ends").read_text().split()[-1] == "first"
    assert not any(alive(pid) for pid in running.values())
    assert until(lambda: not any(alive(pid) for pid in children))
    assert pids(tmp_path) == {}


async def test_what_dies_is_started_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    group = supervisor(tmp_path)
    await group.start([service(tmp_path, "bot")])
    before = pids(tmp_path)["bot"]
    child = int((tmp_path / "bot.child").read_text())
    (tmp_path / "bot.ready").unlink()
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: pids(tmp_path).get("bot") not in (before, None))
    assert not alive(child)  # nothing of the first life is left
    await group.stop()
    assert "bot was ended by SIGKILL; starting it again in 0.4 s" in capfd.readouterr().err


async def test_what_dies_often_is_given_more_and_more_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    group = supervisor(tmp_path)
    await group.start([service(tmp_path, "bot", SHORT_LIVED)])
    log = tmp_path / "logs" / "bot.log"
    await eventually(lambda: log.read_text().count("serves") >= 3)
    await group.stop()
    said = capfd.readouterr().err
    assert said.index("again in 0.4 s") < said.index("again in 0.8 s")
    assert "stopped with exit code 3" in said


async def test_a_process_that_cannot_start_is_one_sentence_with_its_reason_and_log(tmp_path: Path) -> None:
    group = supervisor(tmp_path)
    with pytest.raises(StartError) as fault:
        await group.start([service(tmp_path, "bot", BROKEN), service(tmp_path, "other")])
    await group.stop()
    log = tmp_path / "logs" / "bot.log"
    assert str(fault.value) == (f"bot stopped with exit code 1 while starting: config.yml is broken (its log: {log})")
    assert log.read_text() == "first line\nconfig.yml is broken\n"


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    group = supervisor(tmp_path)
    with pytest.raises(StartError, match="cannot start /nonexistent/program: No such file"):
        await group.start([Service("bot", ["/nonexistent/program"], lambda: False, lambda: False)])
    await group.stop()


async def test_a_process_that_never_serves_is_given_up(tmp_path: Path) -> None:
    group = supervisor(tmp_path, timeout=1)
    with pytest.raises(StartError, match="slow could not serve within 1 s"):
        await group.start([Service("slow", ["sleep", "60"], lambda: False, lambda: False), service(tmp_path, "quick")])
    running = pids(tmp_path)
    await group.stop()
    assert not any(alive(pid) for pid in running.values() if pid)


async def test_who_does_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("baton.runner.supervisor.STOP_PATIENCE_S", 0.5)
    group = supervisor(tmp_path)
    await group.start([service(tmp_path, "stubborn", STUBBORN)])
    pid = pids(tmp_path)["stubborn"]
    await group.stop()
    assert not alive(pid)
    assert "stubborn did not stop within" in capfd.readouterr().err


RUNNER = """
import asyncio, pathlib, sys
from tests.baton.runner.test_supervisor import STUBBORN, service, supervisor
async def main(folder):
    group = supervisor(folder)
    group.stop_on_signals()
    await group.start([service(folder, "one"), service(folder, "two", STUBBORN)])
    print("up", flush=True)
    await group.wait()
    await group.stop()
asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


def run_runner(folder: Path) -> "subprocess.Popen[str]":
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert runner.stdout is not None
    assert any(line == "up\n" for line in runner.stdout)
    return runner


def test_a_killed_runner_leaves_no_orphans(tmp_path: Path) -> None:
    with run_runner(tmp_path) as runner:
        kept = pids(tmp_path)
        assert all(alive(pid) for pid in kept.values())
        runner.kill()
    assert until(lambda: not any(alive(pid) for pid in kept.values()), 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_a_second_one_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with run_runner(tmp_path) as runner:
        kept = pids(tmp_path)
        runner.send_signal(number)
        assert until(lambda: not alive(kept["one"]))
        assert alive(kept["two"])  # it ignores SIGTERM and is being waited for
        runner.send_signal(number)
        assert until(lambda: not alive(kept["two"]), 2)
        assert runner.wait(5) == 0
