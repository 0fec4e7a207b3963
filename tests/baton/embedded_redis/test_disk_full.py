"""A disk that fills up: messages are refused, not pretended, and taken again when there is space."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from baton.embedded_redis.disk_guard import DiskGuard
from baton.embedded_redis.server import EmbeddedRedis
from baton.embedded_redis.wire import RedisReplyError, command

ACCEPT = "redis.call('HSET', KEYS[1], 'seq', 1) redis.call('RPUSH', KEYS[2], 'event') return 'accepted'"
FAR_TOO_MUCH_MB = 1_000_000_000

# A real small disk, mounted for one process alone.
SMALL_DISK = """
set -e
mount -t tmpfs -o size=16m,mode=700 tmpfs "$1"
exec "$2" -m tests.baton.embedded_redis.fill_the_disk "$1"
"""


def test_the_guard_refuses_writes_and_lets_reads_go_on(redis: EmbeddedRedis) -> None:
    command(redis.address, "SET", "before", "kept")
    sentence = DiskGuard(redis.address, redis.folder, FAR_TOO_MUCH_MB).check()
    assert sentence is not None
    assert "messages are refused until there are" in sentence
    with pytest.raises(RedisReplyError, match="OOM"):
        command(redis.address, "SET", "after", "lost")
    assert command(redis.address, "GET", "before") == "kept"


def test_a_script_is_refused_whole(redis: EmbeddedRedis) -> None:
    DiskGuard(redis.address, redis.folder, FAR_TOO_MUCH_MB).check()
    with pytest.raises(RedisReplyError, match="OOM"):
        command(redis.address, "EVAL", ACCEPT, "2", "state", "log")
    assert command(redis.address, "EXISTS", "state", "log") == 0


def test_the_guard_opens_again_and_says_each_change_once(redis: EmbeddedRedis) -> None:
    shut, opened = (DiskGuard(redis.address, redis.folder, reserve) for reserve in (FAR_TOO_MUCH_MB, 1))
    assert opened.check() is None
    assert shut.check() is not None
    assert shut.check() is None
    sentence = opened.check()
    assert sentence is not None
    assert "messages are taken" in sentence
    assert opened.check() is None
    assert command(redis.address, "EVAL", ACCEPT, "2", "state", "log") == "accepted"


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    mount = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*mount, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let a test mount a small disk (unshare --mount)")
    outcome = subprocess.run(
        [*mount, SMALL_DISK, "sh", str(tmp_path), sys.executable], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    report = json.loads(outcome.stdout)
    assert report["acknowledged"] > 50
    assert report["found_after_restart"] == report["acknowledged"]
    assert "disk" in report["sentence"]
    assert "is full; messages are refused" in report["sentence"]
    assert report["writes_again"] is True
