"""Starts, kills and stops the real processes behind the pages."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Ask again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


@dataclass
class Running:
    """The processes behind the pages."""

    url: str
    folder: Path
    environment: dict[str, str]
    cookies: dict[str, list[Any]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def start_api(self) -> None:
        """Serve; returns when it answers."""
        self.start("api", sys.executable, "-m", "handoff_api")
        wait_until(lambda: answers(self.url + "/healthz"), "the switchboard answers")

    def kill_api(self) -> None:
        """As a crash would: at once, without a word to its sockets."""
        self.processes["api"].kill()
        self.processes["api"].wait()

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()
