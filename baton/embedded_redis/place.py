"""Where the embedded Redis listens: a socket only we can reach; never an address others can."""

import hashlib
import os
import secrets
import socket
import stat
from collections.abc import Iterable
from pathlib import Path

from baton.embedded_redis.wire import RedisAddress

LONGEST = 107  # the kernel keeps 108 bytes for a socket path, one of them the final zero


def choose_address(folder: Path, short_folders: Iterable[Path]) -> RedisAddress:
    """Take the first place that works: the data folder, a short private folder, loopback with a password."""
    name = f"baton-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for place in (folder, *(short / name for short in short_folders)):
        path = place / "redis.sock"
        if len(os.fsencode(path)) <= LONGEST and _is_private(place) and _takes_sockets(place):
            return RedisAddress(path=str(path))
    return RedisAddress(host="127.0.0.1", port=_free_port(), password=secrets.token_urlsafe(32))


def _is_private(folder: Path) -> bool:
    """Make the folder ours alone; refuse one that another account made first (/tmp is open to all)."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0


def _takes_sockets(folder: Path) -> bool:
    """Try it: some shared and foreign file systems know no sockets."""
    trial = folder / "try.sock"
    if len(os.fsencode(trial)) > LONGEST:
        return False
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            trial.unlink(missing_ok=True)
            listener.bind(str(trial))
            trial.unlink()
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
