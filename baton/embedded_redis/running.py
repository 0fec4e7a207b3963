"""Reaches the storage from another command: the running server, or one started for the moment."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from baton.disk import make_data_dir
from baton.embedded_redis.server import EmbeddedRedis
from baton.embedded_redis.wire import RedisAddress, RedisReplyError, command
from baton.errors import RedisServerError
from baton.settings import Settings

START_S = 60.0


@contextlib.contextmanager
def reachable_redis(settings: Settings) -> Iterator[str]:
    """Give the address of a Redis that answers. What was started for the moment is stopped again."""
    if settings.redis_url:
        yield settings.redis_url
    elif (address := recall_address(settings.data_dir / "redis")) is not None:
        yield address.url
    else:
        make_data_dir(settings.data_dir)
        redis = EmbeddedRedis.prepare(settings)
        try:
            with started(redis):
                yield redis.address.url
        finally:
            redis.lock.release()


def remember_address(redis: EmbeddedRedis) -> None:
    """Leave word where the server listens; the file may hold a password."""
    descriptor = os.open(_note(redis.folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {
                "path": redis.address.path,
                "host": redis.address.host,
                "port": redis.address.port,
                "password": redis.address.password,
            },
            file,
        )


def recall_address(folder: Path) -> RedisAddress | None:
    """Find the server that runs on this folder, if it answers."""
    try:
        address = RedisAddress(**json.loads(_note(folder).read_text()))
        return address if command(address, "PING") == "PONG" else None
    except (OSError, ValueError, TypeError, RedisReplyError):
        return None


def _note(folder: Path) -> Path:
    return folder / "address.json"


@contextlib.contextmanager
def started(redis: EmbeddedRedis) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server for the length of a with-block."""
    log = redis.folder / "short.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            redis.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(redis.lock.descriptor,),
            start_new_session=True,
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_S
            while not redis.is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    lines = log.read_text(errors="replace").splitlines()
                    why = redis.explain_exit(lines) or (lines[-1] if lines else "it printed nothing")
                    raise RedisServerError(f"The embedded Redis did not start: {why}.")
                time.sleep(0.02)
            redis.mark_written()
            yield process
        finally:
            process.terminate()
            process.wait(timeout=START_S)
