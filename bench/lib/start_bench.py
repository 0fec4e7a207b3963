"""bench/start: from `script/server` on a trained checkout to ready, and a whole training."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from baton.checkout import ROOT
from bench.lib.figures import resident_kb, spread
from bench.lib.report import Report
from bench.lib.stack import BENCH_DIR, BenchError, ensure_model, free_ports

_READY = "Baton is ready"


def start_seconds(data_dir: Path) -> tuple[float, dict[str, int]]:
    """Seconds from `script/server` to its word that it is ready, and the resident kB of each process then."""
    ports = free_ports(3)
    environment = os.environ | {
        "BATON_DATA_DIR": str(data_dir),
        "BATON_PORT": str(ports[0]),
        "BATON_BOT_URL": f"http://127.0.0.1:{ports[1]}",
        "BATON_ACTIONS_URL": f"http://127.0.0.1:{ports[2]}/webhook",
    }
    began = time.perf_counter()
    server = subprocess.Popen(
        ["script/server"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = ""
    try:
        assert server.stdout is not None
        for line in server.stdout:
            said += line
            if _READY in line:
                return time.perf_counter() - began, _memory(server.pid)
        raise BenchError(f"script/server ended before it was ready:\n{said[-1500:]}")
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()


def train_seconds() -> float:
    """Seconds of a whole training, from an empty process to the model on disk."""
    with tempfile.TemporaryDirectory(dir=BENCH_DIR) as models:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bot.train", "--force", "--models", models],
            cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BenchError(f"training failed:\n{done.stderr[-1500:]}")
        return time.perf_counter() - began


def _memory(runner: int) -> dict[str, int]:
    """Resident memory of the processes that the runner keeps, by module."""
    found = {}
    for child in Path(f"/proc/{runner}/task/{runner}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        name = words[words.index("-m") + 1] if "-m" in words else Path(words[0].split()[0]).name
        found[name.removeprefix("handoff_api.")] = resident_kb(int(child))
    return found


def _measure(report: Report, starts: int, trainings: int) -> None:
    ensure_model()
    BENCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    data_dir = Path(tempfile.mkdtemp(prefix="run-", dir=BENCH_DIR))
    try:
        if (encoder := ROOT / ".baton" / "encoder").is_dir():
            shutil.copytree(encoder, data_dir / "encoder")  # derived once for the checkout
        times = []
        for _ in range(starts):
            seconds, memory = start_seconds(data_dir)
            times.append(seconds)
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    trained = [train_seconds() for _ in range(trainings)]
    found = {"script/server to ready": spread(times), "a whole training": spread(trained)}
    report.figures["seconds"] = found
    report.figures["resident_mb"] = {name: round(kb / 1024, 1) for name, kb in memory.items()}
    head = ["", "runs", "median", "p95", "p99", "max"]
    report.section("Seconds", head, [(name, *figure.values()) for name, figure in found.items()])
    rows = list(report.figures["resident_mb"].items())
    report.section("Memory of each process when ready (MB)", ["process", "resident"], rows)
    ready, training = found["script/server to ready"]["max"], found["a whole training"]["max"]
    report.target("script/server to ready, longest", "<= 25 s", f"{ready} s", met=ready <= 25)
    report.target("a whole training, longest", "<= 30 s", f"{training} s", met=training <= 30)


def main() -> int:
    """0 where every target is met, 1 where one is missed, 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="bench/start", description="How long Baton takes to start, and to train.")
    parser.add_argument("--quick", action="store_true", help="once each")
    arguments: Any = parser.parse_args()
    report = Report("start", arguments.quick)
    try:
        _measure(report, *((1, 1) if arguments.quick else (5, 3)))
    except BenchError as error:
        sys.stderr.write(f"bench/start: {error}\n")
        return 2
    return 0 if report.write() else 1
