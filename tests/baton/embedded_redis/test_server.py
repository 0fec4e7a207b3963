"""The embedded Redis, each promise against the real server."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from baton.embedded_redis import place
from baton.embedded_redis.data_folder import FORMAT, STAMP, Stamp
from baton.embedded_redis.running import reachable_redis, remember_address, started
from baton.embedded_redis.server import EmbeddedRedis
from baton.embedded_redis.wire import RedisReplyError, command, info
from baton.errors import DiskFullError, FolderLockedError, RedisServerError
from baton.settings import Fsync, Settings

Prepare = Callable[..., EmbeddedRedis]


def setting(redis: EmbeddedRedis, name: str) -> str:
    answer = command(redis.address, "CONFIG", "GET", name)
    assert isinstance(answer, list)
    assert isinstance(answer[1], str)
    return answer[1]


def again(prepare: Prepare, redis: EmbeddedRedis) -> EmbeddedRedis:
    redis.lock.release()
    return prepare()


def fill(prepare: Prepare, count: int) -> EmbeddedRedis:
    """Write some keys and stop."""
    redis = prepare()
    with started(redis):
        for number in range(count):
            command(redis.address, "SET", f"key{number}", "x" * 50)
    return redis


def only_file(redis: EmbeddedRedis) -> Path:
    (path,) = [*redis.folder.glob("appendonly.aof"), *redis.folder.glob("appendonlydir/*.incr.aof")]
    return path


class TestReach:
    def test_it_listens_on_a_private_socket_and_no_port(self, redis: EmbeddedRedis) -> None:
        assert redis.address.path is not None
        assert info(redis.address, "server")["tcp_port"] == "0"
        assert os.stat(redis.address.path).st_mode & 0o777 == 0o700
        assert redis.folder.stat().st_mode & 0o777 == 0o700
        assert (redis.folder / "redis.conf").stat().st_mode & 0o777 == 0o600

    def test_a_folder_name_may_hold_spaces_quotes_and_accents(self, tmp_path: Path, prepare: Prepare) -> None:
        folder = tmp_path / 'Zoë\'s "shop" \\ data'
        folder.mkdir()
        redis = prepare(Settings.load({"BATON_DATA_DIR": str(folder)}))
        with started(redis):
            command(redis.address, "SET", "name", "Zoë")
            assert command(redis.address, "GET", "name") == "Zoë"
        assert only_file(redis).is_relative_to(folder)

    def test_without_sockets_it_is_loopback_behind_a_password(
        self, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(place, "_takes_sockets", lambda folder: False)
        redis = prepare()
        with started(redis):
            assert setting(redis, "bind") == "127.0.0.1"
            with pytest.raises(RedisReplyError, match="NOAUTH"):
                command(replace(redis.address, password=None), "GET", "key")
            outside = next((a for a in _addresses_of_this_machine() if not a.startswith("127.")), None)
            if outside is not None:
                with pytest.raises(OSError, match="refused"):
                    socket.create_connection((outside, redis.address.port), timeout=1)


class TestKeeping:
    def test_every_write_is_forced_to_disk_before_it_is_answered(self, redis: EmbeddedRedis) -> None:
        assert (setting(redis, "appendonly"), setting(redis, "appendfsync")) == ("yes", "always")
        assert setting(redis, "maxmemory-policy") == "noeviction"

    def test_the_policy_can_be_relaxed(self, settings: Settings, prepare: Prepare) -> None:
        redis = prepare(replace(settings, redis_fsync=Fsync.EVERYSEC))
        with started(redis):
            assert setting(redis, "appendfsync") == "everysec"

    def test_what_was_answered_survives_a_kill(self, prepare: Prepare) -> None:
        redis = prepare()
        with started(redis) as process:
            for number in range(100):
                command(redis.address, "RPUSH", "log", str(number))
            process.send_signal(signal.SIGKILL)
            process.wait()
        redis = again(prepare, redis)
        with started(redis):
            assert command(redis.address, "LRANGE", "log", "0", "-1") == [str(number) for number in range(100)]

    def test_a_copy_of_the_folder_is_a_backup(self, settings: Settings, prepare: Prepare, tmp_path: Path) -> None:
        fill(prepare, 20)
        shutil.copytree(settings.data_dir, tmp_path / "restored", symlinks=True)
        restored = prepare(replace(settings, data_dir=tmp_path / "restored"))
        with started(restored):
            assert command(restored.address, "DBSIZE") == 20

    def test_a_truncated_tail_is_dropped_and_reported(self, prepare: Prepare) -> None:
        redis = fill(prepare, 20)
        path = only_file(redis)
        os.truncate(path, path.stat().st_size - 30)
        redis = again(prepare, redis)
        with started(redis):
            assert command(redis.address, "DBSIZE") == 19
            lines = (redis.folder / "short.log").read_text().splitlines()
        sentence = redis.explain_repair(lines)
        assert sentence is not None
        assert "ended in the middle of a write" in sentence
        assert any(f"last {dropped} bytes" in sentence for dropped in range(30, 120))

    def test_a_whole_file_is_not_reported_as_repaired(self, prepare: Prepare) -> None:
        redis = again(prepare, fill(prepare, 20))
        with started(redis):
            assert redis.explain_repair((redis.folder / "short.log").read_text().splitlines()) is None

    def test_damage_in_the_middle_stops_it_with_a_sentence(self, prepare: Prepare) -> None:
        redis = fill(prepare, 20)
        path = only_file(redis)
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 40] = b"#" * 40
        path.write_bytes(data)
        redis = again(prepare, redis)
        with pytest.raises(RedisServerError, match="is damaged, and not only at its end"), started(redis):
            pass
        assert path.read_bytes() == data  # nothing was cut away on our own account


class TestNewerData:
    def test_data_of_a_newer_redis_is_refused_before_the_start(self, prepare: Prepare) -> None:
        redis = fill(prepare, 1)
        Stamp(FORMAT, (99, 0, 1)).save(redis.folder)
        with pytest.raises(RedisServerError, match=r"written by Redis 99\.0\.1.*cannot read it"):
            again(prepare, redis)

    def test_a_newer_patch_of_the_same_redis_is_fine(self, prepare: Prepare) -> None:
        redis = fill(prepare, 1)
        major, minor, patch = redis.binary.version
        Stamp(FORMAT, (major, minor, patch + 1)).save(redis.folder)
        with started(again(prepare, redis)):
            pass

    def test_the_folder_of_redis_7_is_not_overlooked_by_redis_6(self, prepare: Prepare) -> None:
        redis = fill(prepare, 1)
        if redis.binary.version >= (7, 0, 0):
            pytest.skip("the redis-server here reads this folder itself")
        (redis.folder / STAMP).unlink()
        (redis.folder / "appendonlydir").mkdir()
        with pytest.raises(RedisServerError, match="Redis 7 or newer"):
            again(prepare, redis)

    def test_a_newer_file_that_carries_no_stamp_is_refused_by_redis_in_our_words(self, prepare: Prepare) -> None:
        redis = prepare()
        if redis.binary.version >= (7, 0, 0):
            pytest.skip("the file to forge lies elsewhere with Redis 7")
        (redis.folder / "appendonly.aof").write_bytes(b"REDIS0099\xfa\x09redis-ver\x0699.0.0" + b"\xff" + b"\0" * 8)
        with pytest.raises(RedisServerError, match=r"newer Redis \(format 99\)"), started(redis):
            pass

    def test_data_of_a_newer_baton_is_refused(self, prepare: Prepare) -> None:
        redis = fill(prepare, 1)
        Stamp(FORMAT + 1, redis.binary.version).save(redis.folder)
        with pytest.raises(RedisServerError, match=f"has format {FORMAT + 1} and this Baton reads up to {FORMAT}"):
            again(prepare, redis)

    @pytest.mark.parametrize("text", ["", "{}", '{"format": 1, "redis": "seven"}', "[]", '{"format": 1, "redis": 7}'])
    def test_a_damaged_stamp_is_not_taken_for_a_new_folder(self, prepare: Prepare, text: str) -> None:
        redis = fill(prepare, 1)
        (redis.folder / STAMP).write_text(text)
        with pytest.raises(RedisServerError, match=r"format\.json is damaged"):
            again(prepare, redis)


class TestOneServerPerFolder:
    def test_a_second_server_is_refused(self, redis: EmbeddedRedis, prepare: Prepare) -> None:
        with pytest.raises(FolderLockedError, match=rf"process {os.getpid()}.*BATON_DATA_DIR"):
            prepare()
        assert redis.is_ready()

    def test_the_lock_lasts_as_long_as_the_server_even_without_its_runner(self, prepare: Prepare) -> None:
        redis = prepare()
        with started(redis):
            redis.lock.release()  # as if the runner were gone
            with pytest.raises(FolderLockedError):
                prepare()
        with started(prepare()):
            pass

    def test_a_command_finds_the_running_server_or_starts_one(self, settings: Settings, prepare: Prepare) -> None:
        redis = prepare()
        with started(redis):
            remember_address(redis)
            command(redis.address, "SET", "key", "value")
            with reachable_redis(settings) as url:
                assert url == redis.address.url
        redis.lock.release()
        with reachable_redis(settings):
            assert command(redis.address, "GET", "key") == "value"
        assert not redis.is_ready()


def test_too_little_disk_refuses_the_start(settings: Settings, prepare: Prepare) -> None:
    with pytest.raises(DiskFullError, match=r"Only \d+ MB of disk are free.*keeps 1000000000 MB in reserve"):
        prepare(replace(settings, disk_reserve_mb=1_000_000_000))
    prepare()  # the refused start gave its lock back


def _addresses_of_this_machine() -> list[str]:
    return subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
