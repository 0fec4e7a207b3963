"""Settings on a folder of the test's own, and a real embedded Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baton.embedded_redis.running import started
from baton.embedded_redis.server import EmbeddedRedis
from baton.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings as they are without any variable, but for the data folder."""
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    return Settings.load({"BATON_DATA_DIR": str(data_dir)})


@pytest.fixture
def prepare(settings: Settings) -> Iterator[Callable[..., EmbeddedRedis]]:
    """Prepare servers whose locks are given back at the end."""
    prepared: list[EmbeddedRedis] = []

    def prepare_one(with_settings: Settings = settings) -> EmbeddedRedis:
        prepared.append(EmbeddedRedis.prepare(with_settings))
        return prepared[-1]

    yield prepare_one
    for redis in prepared:
        redis.lock.release()


@pytest.fixture
def redis(prepare: Callable[..., EmbeddedRedis]) -> Iterator[EmbeddedRedis]:
    """Run a server for the length of the test."""
    server = prepare()
    with started(server):
        yield server
