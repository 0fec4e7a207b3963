"""Keeps the pauses of Python's garbage collector short, however many sockets are open.

A full collection looks at every object of the process. 5,000 open widgets are 800,000 objects, and while they are
looked at, for half a second, nobody is answered. So what has survived one full collection is left out of the next ones
("frozen", in the words of the `gc` module): a collection then costs as much as what came since. What dies afterwards
inside a ring of references, as a closed socket does, would stay for ever; so everything is looked at again when there
is twice as much as the last time. Memory is at most twice what is in use, and the long pause comes as seldom as that.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

_FULL = 2
_SMALL = 200_000  # objects; looking at so many takes less than 0.1 s


class ShortPauses:
    """A callback for `gc.callbacks`; one a process."""

    def __init__(self, small: int = _SMALL) -> None:
        self._small = self._in_use = small
        self._looks_at_all = False

    def __call__(self, phase: str, info: Mapping[str, Any]) -> None:
        """After a full collection: leave out what survived, or let the next one look at everything."""
        if phase != "stop" or info["generation"] != _FULL:
            return
        gc.freeze()
        left_out = gc.get_freeze_count()
        if self._looks_at_all:
            self._in_use, self._looks_at_all = max(self._small, left_out), False
        elif left_out > 2 * self._in_use:
            gc.unfreeze()
            self._looks_at_all = True
