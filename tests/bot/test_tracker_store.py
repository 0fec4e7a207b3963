"""The assistant's memory is kept by every storage that BATON_REDIS_URL may name, and is not written over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Overtaken
from bot.tracker_store import RedisTrackerStore
from tests.redis_groups import cluster, sentinel


@pytest.fixture(params=[cluster, sentinel])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with request.param(tmp_path) as url:
        yield url


async def test_of_two_that_read_the_same_memory_the_first_to_write_decides(address: str) -> None:
    store, other = RedisTrackerStore.create_from_url(address), RedisTrackerStore.create_from_url(address)
    try:
        before = [await each.recall("c1-x") for each in (store, other)]
        assert [recalled.memory for recalled in before] == [None, None]
        await store.commit(store.open("c1-x", None), before[0], turn_id="t1", epoch=1, encoder="e", reply={})
        with pytest.raises(Overtaken):
            await other.commit(other.open("c1-x", None), before[1], turn_id="t2", epoch=1, encoder="e", reply={})

        kept = await other.recall("c1-x")
        assert kept.memory is not None
        assert kept.memory.turn_id == "t1"
        await other.commit(other.open("c1-x", kept.memory), kept, turn_id="t2", epoch=1, encoder="e", reply={})
    finally:
        await store.close()
        await other.close()
