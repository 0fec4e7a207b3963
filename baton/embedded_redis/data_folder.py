"""The folder with the append-only file: who wrote it last, and may this Redis open it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from baton.embedded_redis.binary import RedisBinary
from baton.errors import RedisServerError

FORMAT = 1  # raised when an older Baton could no longer read what this one writes
STAMP = "format.json"
MULTI_PART = "appendonlydir"  # Redis 7 and later keep the append-only file in parts, in this folder


@dataclass(frozen=True)
class Stamp:
    """What wrote the folder last."""

    format: int
    redis: tuple[int, int, int]

    @classmethod
    def load(cls, folder: Path) -> "Stamp | None":
        """Read the stamp, None in a new folder."""
        path = folder / STAMP
        try:
            fields = json.loads(path.read_text())
            major, minor, patch = map(int, fields["redis"].split("."))
            return cls(int(fields["format"]), (major, minor, patch))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise RedisServerError(
                f"{path} is damaged ({fault}); restore it from a backup, or delete it if this Redis wrote the data."
            ) from None

    def save(self, folder: Path) -> None:
        """Replace the stamp as a whole."""
        draft = folder / f"{STAMP}.new"
        with draft.open("w") as file:
            json.dump({"format": self.format, "redis": ".".join(map(str, self.redis))}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / STAMP)


def check_readable(folder: Path, binary: RedisBinary) -> None:
    """Refuse an older Redis or Baton than the one that wrote the folder.

    Redis 6.2 does not look into the folder that Redis 7 writes: it would start empty, as if all were lost.
    """
    stamp = Stamp.load(folder)
    if stamp is not None and stamp.format > FORMAT:
        raise RedisServerError(
            f"The data in {folder} has format {stamp.format} and this Baton reads up to {FORMAT}; "
            "start the newer Baton that wrote it, or restore a backup from before the upgrade."
        )
    if stamp is not None and stamp.redis[:2] > binary.version[:2]:
        raise _too_new(folder, ".".join(map(str, stamp.redis)), binary)
    if binary.version < (7, 0, 0) and (folder / MULTI_PART).is_dir():
        raise _too_new(folder, "7 or newer", binary)


def mark_written(folder: Path, binary: RedisBinary) -> None:
    """Remember that this Redis has written here."""
    stamp = Stamp(FORMAT, binary.version)
    if Stamp.load(folder) != stamp:
        stamp.save(folder)


def log_size(folder: Path) -> int:
    """Add up the bytes of the append-only file, in one part or many."""
    parts = [folder / "appendonly.aof", *(folder / MULTI_PART).glob("*.aof")]
    return sum(part.stat().st_size for part in parts if part.is_file())


def _too_new(folder: Path, writer: str, binary: RedisBinary) -> RedisServerError:
    return RedisServerError(
        f"The data in {folder} was written by Redis {writer}, and the newest redis-server here is "
        f"{binary.version_text} ({binary.path}), which cannot read it; install a redis-server at least as new, for "
        "example 'apt install redis-server', or restore a backup."
    )
