"""The project `rasa init` makes, untouched: generated and trained once, served over Rasa's own REST channel."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from bench.lib.stack import BENCH_DIR, BenchError, Child, free_ports, http_ready

RASA = "3.6.21"
PROJECT = BENCH_DIR / f"stock-rasa-{RASA}"
# What the moodbot of `rasa init` was trained to understand; each is answered.
SAYINGS = (
    "hello", "I am feeling great", "are you a bot?", "goodbye", "hi there", "I am so sad", "yes", "not good at all",
    "good evening", "perfect", "am I talking to a human?", "see you later", "hey", "I am feeling very good",
    "so saaad", "of course", "no", "I don't like that",
)  # fmt: skip


class StockRasa:
    """The served project, asked over REST."""

    def __init__(self, url: str, child: Child) -> None:
        self.url, self.child = url, child
        self.silent = 0  # messages it had no words for: its stories do not cover every order of the sayings

    async def ask(self, http: aiohttp.ClientSession, sender: str, text: str) -> float:
        """The milliseconds from the sending of a message to the whole answer."""
        began = time.perf_counter()
        async with http.post(f"{self.url}/webhooks/rest/webhook", json={"sender": sender, "message": text}) as answer:
            answer.raise_for_status()
            if not await answer.json():
                self.silent += 1
        return (time.perf_counter() - began) * 1000


@contextlib.contextmanager
def running_stock_rasa() -> Iterator[StockRasa]:
    """Serve the project."""
    (port,) = free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="stock-", dir=BENCH_DIR))
    rasa = str(Path(sys.executable).parent / "rasa")
    command = [rasa, "run", "--port", str(port), "--interface", "127.0.0.1", "--credentials", "credentials.yml"]
    child = Child("stock rasa", command, _environment(), folder / "rasa.log", cwd=PROJECT)
    try:
        child.start()
        child.wait_for(http_ready(f"http://127.0.0.1:{port}/"))
        yield StockRasa(f"http://127.0.0.1:{port}", child)
    finally:
        child.stop()
        shutil.rmtree(folder, ignore_errors=True)


def make_stock_project() -> None:
    """Generate and train it where there is none yet (a minute or two)."""
    if PROJECT.is_dir():
        return
    print("making and training the stock Rasa project, once ...", flush=True)
    BENCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        rasa = str(Path(sys.executable).parent / "rasa")
        done = subprocess.run(
            [rasa, "init", "--no-prompt", "--init-dir", str(project)],
            cwd=project,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not any((project / "models").glob("*.tar.gz")):
            raise BenchError(f"rasa init failed:\n{(done.stdout + done.stderr)[-1500:]}")
        shutil.copytree(project, PROJECT, ignore=shutil.ignore_patterns(".rasa"))


def _environment() -> dict[str, str]:
    return dict(os.environ) | {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
    }
