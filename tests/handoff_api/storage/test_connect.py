"""Connections to Redis."""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff_api.storage.connect import StorageError, connect
from tests.ports import free_port


@pytest.fixture
def tcp_url() -> Iterator[str]:
    """A Redis reached over TCP, as one's own server is."""
    port = free_port()
    binary = Path(sys.executable).parent / "redis-server"
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen([str(binary), *options], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


async def test_a_reader_told_to_stop_stops(redis_url: str) -> None:
    """A lost cancellation leaves a worker that never ends; it was lost while a command was being written."""
    client = connect(redis_url)

    async def read() -> None:
        while True:
            await client.xread({"nothing:there": "0-0"}, block=20)

    for _ in range(40):
        readers = [asyncio.create_task(read()) for _ in range(8)]
        await asyncio.sleep(0.035 + random.random() * 0.015)
        for reader in readers:
            reader.cancel()
        _, going_on = await asyncio.wait(readers, timeout=2)
        for reader in going_on:
            reader.cancel()
        assert not going_on
    await client.aclose()


async def test_over_tcp_a_vanished_server_is_noticed_by_keepalive(tcp_url: str) -> None:
    client = connect(tcp_url)
    assert await client.ping()
    connection = await client.connection_pool.get_connection()
    peer = connection._writer.get_extra_info("socket")
    assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5
    assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
    await client.connection_pool.release(connection)
    await client.aclose()


async def test_a_server_that_is_not_there_is_an_error_after_some_tries(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nothing", patience=2)
    with pytest.raises(StorageError):
        await client.ping()
    await client.aclose()


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(ValueError, match="expected redis://"):
        connect("http://localhost")
