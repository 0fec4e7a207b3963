"""The real processes of one Baton, started for a benchmark on free ports with a data folder of their own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from baton.checkout import ROOT
from baton.embedded_redis.server import EmbeddedRedis
from baton.runner.probes import http_ok
from baton.runner.services import child_environment, python_services
from baton.settings import Settings
from handoff_api.agents.admin import add_agent, issue_token

BENCH_DIR = ROOT / ".baton" / "bench"  # caches and data folders of runs; git-ignored, on the disk that data really uses
START_S = 600.0  # a busy machine starts slowly
_PR_SET_PDEATHSIG = 1
# Limits that protect a shop from one visitor would stop a benchmark, whose visitors all come from one address.
UNLIMITED = {"BATON_MESSAGE_RATE": "1000000", "BATON_VISITOR_RATE": "1000000", "BATON_LOGIN_RATE": "1000000"}


class BenchError(Exception):
    """The benchmark cannot run; the message says what to do."""


@dataclass
class Child:
    """A process of ours and where its output goes. It dies with the benchmark, however that ends."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    cwd: Path = ROOT
    inherited_files: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it in a process group of its own."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.inherited_files,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 -- only one system call, and threads start later
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    def wait_for(self, is_ready: Callable[[], bool], seconds: float = START_S) -> None:
        """Until it can serve. Raises BenchError with the end of its log."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-1500:]
                raise BenchError(f"{self.name} {'ended' if ended else 'did not start in time'}:\n{tail}")
            time.sleep(0.05)

    def stop(self, patience_s: float = 15.0) -> None:
        """Politely first."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@dataclass
class Stack:
    """Redis with the append-only file synced before each answer, action server, bot, switchboard, worker."""

    url: str
    redis_url: str
    folder: Path
    children: dict[str, Child]

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers by name."""
        return {name: child.pid for name, child in self.children.items()}

    def agent_token(self) -> str:
        """An agent's API token; the agent is made for it."""
        email = f"bench-{time.monotonic_ns()}@example.com"
        add_agent(self.redis_url, "Bench", email)
        return issue_token(self.redis_url, email)


@contextlib.contextmanager
def running_stack(more: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start everything, with the newest model; stop it and remove its data at the end."""
    ensure_model()
    BENCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_killed_runs()
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BENCH_DIR))
    children: dict[str, Child] = {}
    try:
        if (encoder := ROOT / ".baton" / "encoder").is_dir():
            shutil.copytree(encoder, folder / "encoder")  # derived once for the checkout
        ports = free_ports(4)
        settings = Settings.load(
            {
                "BATON_DATA_DIR": str(folder),
                "BATON_PORT": str(ports[0]),
                "BATON_BOT_URL": f"http://127.0.0.1:{ports[1]},http://127.0.0.1:{ports[3]}",
                "BATON_ACTIONS_URL": f"http://127.0.0.1:{ports[2]}/webhook",
                "BATON_REDIS_FSYNC": "always",
            }
        )
        redis = EmbeddedRedis.prepare(settings)
        environment = child_environment(settings, redis.address.url) | UNLIMITED | dict(more or {})
        environment.pop("BATON_MODEL", None)

        def start(name: str, command: Sequence[str], files: tuple[int, ...] = ()) -> Child:
            children[name] = Child(name, command, environment, folder / f"{name}.log", inherited_files=files)
            children[name].start()
            return children[name]

        start("redis", redis.command, (redis.lock.descriptor,)).wait_for(redis.is_ready)
        services = python_services(settings)
        for service in services:
            start(service.name, service.command)
        for service in services:
            children[service.name].wait_for(service.is_ready)
        yield Stack(f"http://127.0.0.1:{ports[0]}", redis.address.url, folder, children)
    finally:
        for child in reversed(children.values()):
            child.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def http_ready(url: str) -> Callable[[], bool]:
    """A question to ask until it holds."""
    return lambda: http_ok(url)


def ensure_model() -> None:
    """Train where no model fits the checkout; a moment where one does."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.train"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"training failed:\n{done.stderr[-1500:]}")


def _forget_killed_runs() -> None:
    """A run that was killed leaves its folder behind; after a day nobody looks at its logs any more."""
    for folder in BENCH_DIR.glob("run-*"):
        if time.time() - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
