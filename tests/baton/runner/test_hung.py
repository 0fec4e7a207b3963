"""What hangs without dying is ended and started again; what is only slow is left alone. With real processes."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from baton.runner.probes import http_alive, http_ok, worker_alive
from baton.runner.process import Patience
from baton.runner.progress import Progress
from baton.runner.service import Service
from baton.runner.supervisor import Supervisor
from tests.baton.runner.test_supervisor import eventually, pids, until
from tests.ports import free_port

# Serves after some seconds, answers late and with another status, as the files say.
SERVER = """
import http.server, pathlib, sys, time
folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
time.sleep(float((folder / "loading").read_text()))
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float((folder / "delay").read_text()))
        self.send_response(int((folder / "status").read_text()))
        self.end_headers()
    def log_message(self, *_): pass
print("serves", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Answers).serve_forever()
"""


def _tell(folder: Path, loading: float = 0.0, delay: float = 0.0, status: int = 200) -> None:
    (folder / "loading").write_text(str(loading))
    (folder / "delay").write_text(str(delay))
    (folder / "status").write_text(str(status))


@contextlib.asynccontextmanager
async def _running(folder: Path, patience: Patience) -> AsyncIterator[int]:
    """The server under the runner; gives its process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    group = Supervisor(folder, dict(os.environ), Progress.begin(), 20, patience)
    try:
        assert await group.start([Service("bot", command, lambda: http_ok(url), lambda: http_alive(url))])
        yield pids(folder)["bot"]
    finally:
        await group.stop()


async def test_a_process_that_hangs_is_ended_and_started_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baton.runner.probes.ALIVE_TIMEOUT_S", 0.3)
    _tell(tmp_path)
    async with _running(tmp_path, Patience(hung_s=0.5, loading_s=20, probe_every_s=0.1)) as pid:
        os.kill(pid, signal.SIGSTOP)  # it keeps its port, takes connections and answers nothing
        await eventually(lambda: pids(tmp_path).get("bot") not in (pid, None))
    said = capfd.readouterr().err
    assert "bot has given no sign of life for 0 s and is ended" in said
    assert "bot was ended by SIGKILL; starting it again" in said
    assert "bot is back" in said


async def test_a_process_that_answers_late_or_with_errors_is_left_alone(tmp_path: Path) -> None:
    _tell(tmp_path)
    async with _running(tmp_path, Patience(hung_s=0.5, loading_s=20, probe_every_s=0.1)) as pid:
        _tell(tmp_path, delay=1.5)
        await asyncio.sleep(4)
        _tell(tmp_path, status=503)
        await asyncio.sleep(1)
        assert pids(tmp_path)["bot"] == pid


async def test_a_process_that_loads_slowly_again_is_left_alone(tmp_path: Path) -> None:
    """The bot loads its model again: longer than a hang would be borne."""
    _tell(tmp_path)
    async with _running(tmp_path, Patience(hung_s=0.5, loading_s=20, probe_every_s=0.1)) as first:
        _tell(tmp_path, loading=3)
        os.kill(first, signal.SIGKILL)
        log = tmp_path / "logs" / "bot.log"
        await eventually(lambda: log.read_text().count("serves") == 2)
        await eventually(lambda: pids(tmp_path).get("bot") not in (first, None))
        assert log.read_text().count("serves") == 2, "one start, not one after the other"


async def test_a_process_that_hangs_while_it_loads_again_is_ended_in_the_end(tmp_path: Path) -> None:
    _tell(tmp_path)
    async with _running(tmp_path, Patience(hung_s=60, loading_s=4, probe_every_s=0.1)) as first:
        _tell(tmp_path, loading=600)
        os.kill(first, signal.SIGKILL)
        await asyncio.sleep(2)
        _tell(tmp_path)  # the life after the next one
        log = tmp_path / "logs" / "bot.log"
        assert await asyncio.to_thread(until, lambda: log.read_text().count("serves") == 2, 40)


def test_a_worker_counts_as_alive_where_nobody_can_tell() -> None:
    began = time.monotonic()
    assert worker_alive(f"http://127.0.0.1:{free_port()}/readyz")
    assert time.monotonic() - began < 5
