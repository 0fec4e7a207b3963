"""Keeps a widget's messages in the order they were written when one of them could not be taken just now."""

from __future__ import annotations

import time
from collections.abc import Callable

from handoff_api.errors import TooMany

_FORGOTTEN_S = 10.0  # a widget tries again after 2.5 s; one that gave the message up is not held back for ever


class PutOff:
    """The message that was put off; those behind it wait for it, or the log would turn them round."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._client_id: str | None = None
        self._until = 0.0

    def check(self, client_id: str) -> None:
        """Raises TooMany where another message has to go first."""
        if self._client_id is not None and client_id != self._client_id and self._clock() < self._until:
            raise TooMany("too_fast", "an earlier message is to be sent again first")

    def put_off(self, client_id: str) -> None:
        """This message could not be taken; it will be sent again. The first one put off is the one waited for."""
        if self._client_id is None or self._clock() >= self._until or client_id == self._client_id:
            self._client_id, self._until = client_id, self._clock() + _FORGOTTEN_S

    def taken(self, client_id: str) -> None:
        """This message was accepted."""
        if client_id == self._client_id:
            self._client_id = None
