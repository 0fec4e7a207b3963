"""Refuses new messages before the disk is full, and takes them again when there is space.

A Redis with `appendfsync always` exits when the disk is full. That loses nothing, but nobody could even read. So some
space is kept in reserve: when it is touched, Redis is told that its memory is used up. Then every write that stores
something is refused with an OOM error, also the first one inside a script, while reads and deletions go on.
"""

from dataclasses import dataclass
from pathlib import Path

from baton.disk import free_mb
from baton.embedded_redis.wire import RedisAddress, command

OPEN = "0"  # no limit
SHUT = "1"  # one byte: any write that stores something is over it


@dataclass(frozen=True)
class DiskGuard:
    """Watches one folder for one Redis."""

    address: RedisAddress
    folder: Path
    reserve_mb: int

    def check(self) -> str | None:
        """Shut or open the server to writes as the disk demands; a sentence if that changed something."""
        free = free_mb(self.folder)
        answer = command(self.address, "CONFIG", "GET", "maxmemory")
        is_shut = isinstance(answer, list) and answer[1:] == [SHUT]
        if not is_shut and free < self.reserve_mb:
            command(self.address, "CONFIG", "SET", "maxmemory", SHUT)
            return (
                f"only {free} MB of disk are left for {self.folder}: "
                f"messages are refused until there are {self._enough} MB"
            )
        if is_shut and free >= self._enough:
            command(self.address, "CONFIG", "SET", "maxmemory", OPEN)
            return f"there are {free} MB of disk again: messages are taken"
        return None

    @property
    def _enough(self) -> int:
        # A little more than the reserve, so that it does not flap.
        return self.reserve_mb + max(self.reserve_mb // 8, 1)
