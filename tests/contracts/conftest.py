"""One running bot for all contract tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.contracts.running_bot import RunningBot, running_bot


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBot]:
    """The real bot with the trained model, its action server and a Redis."""
    with running_bot(tmp_path_factory.mktemp("bot")) as running:
        yield running


@pytest.fixture
def conversation() -> str:
    """A conversation nobody had before."""
    return f"c5-{secrets.token_hex(4)}"
