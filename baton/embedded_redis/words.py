"""What Redis says in its log, turned into sentences for the person who runs Baton."""

import re
from collections.abc import Iterable
from pathlib import Path


def explain_exit(lines: Iterable[str], folder: Path) -> str | None:
    """Find in the last log lines why Redis stopped; None if they do not say."""
    text = "\n".join(lines)
    if match := re.search(r"Can't handle RDB format version (\d+)", text):
        return (
            f"the data in {folder} was written by a newer Redis (format {match[1]}); install a redis-server "
            "at least as new, for example 'apt install redis-server', or restore a backup"
        )
    if "No space left on device" in text:
        return disk_full(folder)
    if re.search(
        r"Bad file format reading the append only file|Unrecoverable error reading the append only file", text
    ):
        return (
            f"the append-only file in {folder} is damaged, and not only at its end; restore a backup, or copy "
            "the folder and then keep what can be read with 'redis-check-aof --fix'"
        )
    if re.search(r"Unexpected end of file reading the append only file|Internal error in RDB reading", text):
        return f"the append-only file in {folder} is incomplete where it must not be; restore a backup"
    if "Permission denied" in text or "Read-only file system" in text:
        return f"Redis may not write in {folder}; give the folder to the account that runs Baton"
    return None


def disk_full(folder: Path) -> str:
    """Say what a full disk means."""
    return f"the disk of {folder} is full; messages are refused until there is space again"


def explain_repair(lines: Iterable[str], size_before: int) -> str | None:
    """Tell that Redis dropped an incomplete end of its file while loading; None if it did not."""
    match = re.search(r"Truncating the AOF.*? at offset (\d+)", "\n".join(lines))
    if match is None:
        return None
    dropped = max(size_before - int(match[1]), 0)
    return (
        f"the append-only file ended in the middle of a write, as after a power cut; its incomplete last {dropped} "
        "bytes were dropped and everything before them is there"
    )
