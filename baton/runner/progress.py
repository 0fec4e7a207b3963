"""Tells the person at the keyboard what happens, one short line at a time."""

import sys
import time


class Progress:
    """Prints lines with the seconds since the start."""

    def __init__(self, started: float) -> None:
        self._started = started

    @classmethod
    def begin(cls) -> "Progress":
        """Start the clock."""
        return cls(time.monotonic())

    @property
    def seconds(self) -> float:
        """Tell how long it has been."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"{self.seconds:7.1f} s  {text}", flush=True)

    def warn(self, text: str) -> None:
        """Print one line about something that went wrong, also when the output is kept elsewhere."""
        print(f"{self.seconds:7.1f} s  {text}", file=sys.stderr, flush=True)
