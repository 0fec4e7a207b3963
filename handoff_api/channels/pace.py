"""How fast one conversation may write: a token bucket per conversation, in this process."""

from __future__ import annotations

import time
from collections import OrderedDict


class Pace:
    """At most ``most`` messages in ``window_s`` seconds, refilled evenly; remembers the latest 10,000 senders."""

    def __init__(self, most: int, window_s: float = 10.0) -> None:
        self._most, self._rate = most, most / window_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, sender: str) -> bool:
        """Count one message; False where the bucket is empty."""
        now = time.monotonic()
        tokens, at = self._buckets.pop(sender, (float(self._most), now))
        tokens = min(float(self._most), tokens + (now - at) * self._rate)
        allowed = tokens >= 1
        self._buckets[sender] = (tokens - allowed, now)
        if len(self._buckets) > 10_000:
            self._buckets.popitem(last=False)
        return allowed
