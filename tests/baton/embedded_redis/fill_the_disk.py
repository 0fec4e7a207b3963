"""Run by test_disk_full on a disk of 16 MB: writes until it is full, makes room, and counts what is there."""

import json
import sys
from pathlib import Path

from baton.embedded_redis.running import started
from baton.embedded_redis.server import EmbeddedRedis
from baton.embedded_redis.wire import RedisReplyError, command
from baton.settings import Settings


def main(disk: Path) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * 1024 * 1024)
    settings = Settings.load({"BATON_DATA_DIR": str(disk / "data"), "BATON_DISK_RESERVE_MB": "1"})
    redis = EmbeddedRedis.prepare(settings)
    acknowledged = 0
    with started(redis):
        try:
            while acknowledged < 1000:
                command(redis.address, "RPUSH", "log", f"{acknowledged}:" + "x" * 50_000)
                acknowledged += 1
        except (OSError, RedisReplyError):
            pass  # refused, or the server is gone: not acknowledged
    sentence = redis.explain_exit((redis.folder / "short.log").read_text().splitlines())
    redis.lock.release()
    ballast.unlink()
    (redis.folder / "short.log").unlink()
    redis = EmbeddedRedis.prepare(Settings.load({"BATON_DATA_DIR": str(disk / "data"), "BATON_DISK_RESERVE_MB": "1"}))
    with started(redis):
        entries = command(redis.address, "LRANGE", "log", "0", "-1")
        assert isinstance(entries, list)
        # One more than acknowledged may be there: stored, but its answer was never sent. Never fewer, never a gap.
        numbers = [int(str(entry).split(":")[0]) for entry in entries]
        assert numbers == list(range(len(numbers))), numbers
        writes_again = isinstance(command(redis.address, "RPUSH", "other", "x"), int)
    found = min(len(numbers), acknowledged) if len(numbers) <= acknowledged + 1 else len(numbers)
    report = {"acknowledged": acknowledged, "found_after_restart": found, "sentence": sentence}
    sys.stdout.write(json.dumps(report | {"writes_again": writes_again}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
