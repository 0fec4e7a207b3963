"""What the runner needs to know of one process it keeps alive."""

from collections.abc import Callable
from dataclasses import dataclass


def _nothing_to_say(_lines: list[str]) -> str | None:
    return None


@dataclass(frozen=True)
class Service:
    """One process: how to start it, how to see that it can serve, how to explain what it did."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]  # asked in a thread, so it may block for a moment
    is_alive: Callable[[], bool]  # the same; false only where the process itself gives no sign, whatever it depends on
    hint: str = ""  # why starting takes long, if it does
    inherited_files: tuple[int, ...] = ()
    # Both get the last lines of the log and may return a sentence.
    explain_exit: Callable[[list[str]], str | None] = _nothing_to_say
    when_ready: Callable[[list[str]], str | None] = _nothing_to_say
