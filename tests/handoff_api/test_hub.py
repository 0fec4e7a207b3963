"""The hub goes on where one of its parts fails for a reason nobody foresaw, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handoff_api.services import Services


async def test_a_fault_in_one_part_stops_no_other_and_is_in_the_log(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard = services.desk.whispers
    calls = 0

    async def whispers() -> AsyncIterator[dict[str, Any]]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyError("a slot that no node has")
        async for whisper in heard():
            yield whisper

    monkeypatch.setattr(services.desk, "whispers", whispers)
    hub = asyncio.create_task(services.hub.run())
    async with asyncio.timeout(5):
        while calls < 2:
            await asyncio.sleep(0.02)
    assert not hub.done()
    assert [record.getMessage() for record in caplog.records] == ["hub.failed"]
    hub.cancel()
    await asyncio.gather(hub, return_exceptions=True)
