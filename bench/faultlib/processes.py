"""Starts every process of Baton as a child that can be killed, paused and started again."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from baton.checkout import ROOT
from baton.disk import make_data_dir
from baton.embedded_redis.server import EmbeddedRedis
from baton.runner.launch import dies_with_us
from baton.runner.probes import http_ok, worker_reports
from baton.runner.services import child_environment
from baton.settings import Settings
from bench.lib.stack import free_ports

START_S = 240.0


class WorldError(RuntimeError):
    """A process did not start or did not come back."""


@dataclass
class Child:
    """One process. It dies with the harness, even if that is killed."""

    name: str
    kind: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    counts: Counter[str]
    inherited_files: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    paused: bool = False
    started_at: float = 0.0
    wanted: bool = True

    def start(self) -> None:
        """Start it; says nothing of whether it can serve yet."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                dies_with_us(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=dict(self.environment),
                pass_fds=self.inherited_files,
                start_new_session=True,
            )
        self.paused = False
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            await asyncio.to_thread(self.process.wait)
        self.paused = False

    async def wait_ready(self, timeout: float = START_S) -> float:
        """Wait until it can serve; returns how long that took. Raises WorldError."""
        began = time.monotonic()
        while not await asyncio.to_thread(self.is_ready):
            if not self.alive and not self.changing.locked():
                raise WorldError(f"{self.name} ended while starting:\n{self.last_lines()}")
            if time.monotonic() - began > timeout:
                raise WorldError(f"{self.name} was not ready after {timeout:.0f} s; its log: {self.log}")
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def kill_and_restart(self, after: float, *, until_ready: bool = False) -> None:
        """Kill it, and start it again ``after`` seconds later."""
        async with self.changing:
            await self.kill()
            self.counts[f"kill {self.name}"] += 1
            await asyncio.sleep(after)
            self.start()
            self.counts[f"restart {self.name}"] += 1
            if until_ready:
                await self.wait_ready()

    async def pause(self, seconds: float) -> None:
        """SIGSTOP for a while. A kill meanwhile waits for the end."""
        async with self.changing:
            self.signal(signal.SIGSTOP)
            self.paused = True
            self.counts[f"pause {self.name}"] += 1
            await asyncio.sleep(seconds)
            self.signal(signal.SIGCONT)
            self.paused = False

    def last_lines(self, most: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-most:])


@dataclass
class World:
    """All processes of one Baton, with two copies of the switchboard, two workers and two of the bot."""

    folder: Path
    redis_url: str
    children: dict[str, Child]
    urls: list[str]
    bot_ports: list[int]
    counts: Counter[str]
    redis: EmbeddedRedis

    @classmethod
    def create(cls, folder: Path, extra: Mapping[str, str], *, slow_bot_port: int | None = None) -> World:
        """Choose ports and write the environment of every process.

        With ``slow_bot_port`` there is one process of the bot, and workers ask it there.
        """
        ports = free_ports(5)
        bot_ports = ports[3:4] if slow_bot_port else ports[3:]
        settings = Settings.load(
            {
                **os.environ,
                "BATON_DATA_DIR": str(folder),
                "BATON_PORT": str(ports[0]),
                "BATON_BOT_URL": ",".join(f"http://127.0.0.1:{port}" for port in bot_ports),
                "BATON_ACTIONS_URL": f"http://127.0.0.1:{ports[2]}/webhook",
                "BATON_REDIS_URL": "",
            }
        )
        make_data_dir(folder)
        _share_encoder(folder)
        model = _keep_model(folder)
        redis = EmbeddedRedis.prepare(settings)
        counts: Counter[str] = Counter()
        # One native thread a process: two cores carry all of them.
        shared = child_environment(settings, redis.address.url) | {
            "OMP_NUM_THREADS": "1",
            "BATON_MODEL": str(model),
            **extra,
        }
        for_workers = shared | ({"BATON_BOT_URL": f"http://127.0.0.1:{slow_bot_port}"} if slow_bot_port else {})
        urls = [f"http://127.0.0.1:{port}" for port in ports[:2]]

        def child(name: str, kind: str, command: list[str], ready: Callable[[], bool], **more: object) -> Child:
            environment = more.pop("environment", shared)
            return Child(name, kind, command, environment, folder / f"{name}.log", ready, counts, **more)  # type: ignore[arg-type]

        def module(name: str) -> list[str]:
            return [sys.executable, "-m", name]

        children = [
            child("redis", "redis", redis.command, redis.is_ready, inherited_files=(redis.lock.descriptor,)),
            child("actions", "actions", module("actions"), lambda: http_ok(f"{settings.actions.url}/health")),
        ]
        for number, bot in enumerate(settings.bots, start=1):
            ready = partial(http_ok, f"{bot.url}/webhooks/baton/health")
            children.append(child(f"bot-{number}", "bot", [*module("bot"), str(number)], ready))
        for number, url in enumerate(urls, start=1):
            environment = shared | {"BATON_PORT": str(ports[number - 1])}
            ready = f"{url}/readyz"
            children.append(
                child(
                    f"api-{number}",
                    "api",
                    module("handoff_api"),
                    lambda ready=ready: http_ok(ready),  # type: ignore[misc]
                    environment=environment,
                )
            )
            children.append(
                child(
                    f"worker-{number}",
                    "worker",
                    module("handoff_api.worker"),
                    lambda: any(worker_reports(f"{url}/readyz") for url in urls),
                    environment=for_workers,
                )
            )
        named = {one.name: one for one in children}
        return cls(folder, redis.address.url, named, urls, bot_ports, counts, redis)

    async def start(self) -> None:
        """Start everything and wait until all can serve. Raises WorldError."""
        await asyncio.to_thread(self.children["redis"].start)
        await self.children["redis"].wait_ready()
        self.redis.mark_written()
        others = [child for child in self.children.values() if child.kind != "redis"]
        for child in others:
            child.start()
        for child in others:
            await child.wait_ready()

    async def watch(self) -> None:
        """Start again whatever ended by itself; that is counted, and a fault."""
        while True:
            await asyncio.sleep(0.25)
            for child in self.children.values():
                if child.wanted and not child.alive and not child.changing.locked():
                    code = child.process.returncode if child.process else None
                    print(f"  {child.name} ended by itself with {code}:\n{child.last_lines()}", flush=True)
                    self.counts[f"ended {child.name}"] += 1
                    child.start()

    async def note_deafness(self, deaf: list[tuple[int, int]]) -> None:
        """Note when no copy of the switchboard, or no worker, was serving: nobody can look for agents then."""
        since: int | None = None
        while True:
            await asyncio.sleep(0.5)
            asked = asyncio.gather(*(asyncio.to_thread(http_ok, f"{url}/healthz") for url in self.urls))
            workers = [child for child in self.children.values() if child.kind == "worker"]
            # A worker has no port to ask; on a busy machine it takes some seconds to start.
            working = any(one.alive and not one.paused and time.monotonic() - one.started_at > 10 for one in workers)
            now = int(time.time() * 1000)
            if any(await asked) and working:
                if since is not None:
                    deaf.append((since, now))
                since = None
            elif since is None:
                since = now

    async def stop(self) -> None:
        """End everything."""
        for child in self.children.values():
            child.wanted = False
        for child in reversed(self.children.values()):
            await child.kill()
        self.redis.lock.release()


def _share_encoder(folder: Path) -> None:
    """Encoder files are derived once for the checkout; making them again takes seconds of every start."""
    derived = ROOT / ".baton" / "encoder"
    if derived.is_dir() and not (folder / "encoder").exists():
        (folder / "encoder").symlink_to(derived)


def _keep_model(folder: Path) -> Path:
    """Copy the newest whole model: a training beside the run may replace it, or be half done just now."""
    for model in sorted((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True):
        copy = folder / model.name
        shutil.copyfile(model, copy)
        with contextlib.suppress(OSError, EOFError, zlib.error), gzip.open(copy) as whole:
            while whole.read(1 << 20):
                pass
            return copy
        copy.unlink()
    raise WorldError("there is no whole model in models/; run `script/baton train`")
