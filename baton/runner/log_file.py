"""One process's log: kept in a few files of bounded size, with the last lines at hand."""

from collections import deque
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from baton.disk import MEGABYTE

REMEMBERED_LINES = 60


class LogFile:
    """Appends what a process prints and starts a new file when the current one is full."""

    def __init__(self, path: Path, file: BinaryIO, size: int, largest: int, kept: int) -> None:
        self.path = path
        self._file = file
        self._size = size
        self._largest = largest
        self._kept = kept
        self._partial = b""
        self._lines: deque[str] = deque(maxlen=REMEMBERED_LINES)

    @classmethod
    def open(cls, path: Path, largest: int = 10 * MEGABYTE, kept: int = 5) -> "LogFile":
        """Go on with the file that is there, or begin one that only this account reads."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
        path.chmod(0o600)
        return cls(path, file, path.stat().st_size, largest, kept)

    def write(self, data: bytes) -> None:
        """Append raw output. Files change only between lines."""
        *whole, self._partial = (self._partial + data).split(b"\n")
        for line in whole:
            self._lines.append(line.decode(errors="replace"))
        if whole:
            self._append(b"\n".join(whole) + b"\n")
        if len(self._partial) > MEGABYTE:  # no line end in sight: do not hoard it
            self._append(self._partial)
            self._partial = b""

    def last_lines(self) -> list[str]:
        """Return the newest lines, oldest first, with an unfinished one."""
        return [*self._lines, *([self._partial.decode(errors="replace")] if self._partial else [])]

    def forget_lines(self) -> None:
        """Begin anew, so that the last lines are those of the process that starts now."""
        self._lines.clear()

    def close(self) -> None:
        """Write an unfinished line and close."""
        if self._partial:
            self._append(self._partial + b"\n")
            self._partial = b""
        self._file.close()

    def __enter__(self) -> "LogFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, data: bytes) -> None:
        if self._size and self._size + len(data) > self._largest:
            self._rotate()
        # A full disk must not stop the process whose log this is; its last lines stay in memory.
        try:
            self._file.write(data)
        except OSError:
            return
        self._size += len(data)

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        self._file = self.path.open("ab", buffering=0)
        self.path.chmod(0o600)
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
