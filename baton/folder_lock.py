"""One folder, one server: an advisory lock that dies with the processes holding it."""

import fcntl
import os
from pathlib import Path

from baton.errors import FolderLockedError


class FolderLock:
    """A held lock on a folder.

    The open file may be handed to a child process. Then the lock lasts until the last of both is gone,
    so a runner killed and restarted at once cannot meet the Redis of its former life.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> "FolderLock":
        """Lock the folder or say who has it."""
        path = folder / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            who = f" (process {holder})" if holder.isdigit() else ""
            raise FolderLockedError(
                f"Another Baton{who} uses the data folder {folder}; "
                "stop it first, or name another folder with BATON_DATA_DIR."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(path, descriptor)

    @staticmethod
    def is_held(folder: Path) -> bool:
        """Tell whether somebody has the folder now."""
        try:
            with (folder / "lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def release(self) -> None:
        """Give the folder back, once; children that were given the file still hold it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
