"""Everything that `baton up` starts, once for each module: what one did to it is no other's past."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.end_to_end.baton_up import Baton, fresh_environment


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A data folder and free ports."""
    return fresh_environment(tmp_path_factory.mktemp("baton"))


@pytest.fixture(scope="module")
def baton(environment: dict[str, str]) -> Iterator[Baton]:
    """The first start of a new installation, as a person starts it."""
    running = Baton(environment)
    try:
        running.until_ready()
        yield running
    finally:
        if running.runner.poll() is None:
            running.end(signal.SIGTERM)
