"""A real Redis for the switchboard's tests: one server a run, emptied for each test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import redis

from handoff_api.services import Services
from handoff_api.settings import Settings
from tests.handoff_api.live import Live, live_switchboard


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real redis-server with an append-only file, on a socket of its own."""
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "s"
    binary = Path(sys.executable).parent / "redis-server"
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    server = subprocess.Popen([str(binary), *options], stdout=subprocess.DEVNULL)
    url = f"unix://{socket}"
    deadline = time.monotonic() + 10
    while True:
        try:
            client = redis.Redis.from_url(url)
            client.ping()
            client.close()
            break
        except redis.ConnectionError:
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.02)
    yield url
    server.terminate()
    server.wait()


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Settings over an emptied storage."""
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.close()
    return Settings(redis_url=redis_url, data_dir=tmp_path, partitions=4, faq_dir=tmp_path)


@pytest_asyncio.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    """The parts of a process, without its hub running."""
    parts = Services.build(settings)
    yield parts
    await parts.close()


@pytest_asyncio.fixture
async def live(settings: Settings) -> AsyncIterator[Live]:
    """A running switchboard with a small bot."""
    async with live_switchboard(settings) as running:
        yield running
