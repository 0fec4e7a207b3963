"""A real Redis Cluster and a real Sentinel group, each as small as can be."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.ports import free_port

SERVER = Path(sys.executable).parent / "redis-server"


@contextmanager
def server(*arguments: str, port: int, folder: Path) -> Iterator[redis.Redis]:
    """A redis-server that answers."""
    command = [str(SERVER), *arguments, "--port", str(port), "--dir", str(folder), "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        until(lambda: bool(client.ping()))
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait()


def until(ready: Callable[[], bool]) -> None:
    """Ask again for 20 seconds."""
    deadline = time.monotonic() + 20
    while True:
        try:
            if ready():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < deadline, "the storage did not start"
        time.sleep(0.05)


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A cluster of one node: it refuses whatever touches two slots, as a larger one does."""
    port = next(port for port in iter(free_port, 0) if port < 55_000)  # the nodes' own is 10,000 above
    with server("--cluster-enabled", "yes", "--save", "", port=port, folder=folder) as node:
        tell: Any = node.execute_command
        tell("CLUSTER", "ADDSLOTS", *range(16384))
        until(lambda: b"cluster_state:ok" in tell("CLUSTER", "INFO"))
        yield f"redis+cluster://127.0.0.1:{port}"


@contextmanager
def sentinel(folder: Path) -> Iterator[str]:
    """A server, and a Sentinel that knows where it is."""
    port, watcher = free_port(), free_port()
    config = folder / "sentinel.conf"
    config.write_text(f"sentinel monitor shop 127.0.0.1 {port} 1\n")
    with ExitStack() as stack:
        stack.enter_context(server("--save", "", port=port, folder=folder))
        stack.enter_context(server(str(config), "--sentinel", port=watcher, folder=folder))
        yield f"redis+sentinel://127.0.0.1:{watcher}/shop"
