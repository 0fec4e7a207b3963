"""What the decision weighs: "a", a signal's strength; "a*b", two seen together; "a*!b", the first without the second.

A term is the product of its factors, each from 0 to 1: "!b" is what signal b lacks to full, and what was not seen is 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from bot.handoff.signal import Signal, SignalName

Strengths = NDArray[np.float64]

_PLACES = {name.value: place for place, name in enumerate(SignalName)}
_LACKING = {f"!{name}": place + len(_PLACES) for name, place in _PLACES.items()}
FACTORS = _PLACES | _LACKING
_NO_FACTOR = len(FACTORS)


def strengths(signals: Sequence[Signal]) -> Strengths:
    """How strong each of SignalName is, in that order: (signals,)."""
    found = [0.0] * len(_PLACES)
    for signal in signals:
        found[_PLACES[signal.name]] = signal.strength()
    return np.asarray(found)


@dataclass(frozen=True)
class Terms:
    """Terms whose values are computed at once. Raises KeyError where one names no signal."""

    names: tuple[str, ...]

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """The places of each term's first factors, of its second ones ...: (factors of the longest, terms)."""
        rows = [[FACTORS[factor] for factor in name.split("*")] for name in self.names]
        longest = max(map(len, rows), default=1)
        padded = [row + [_NO_FACTOR] * (longest - len(row)) for row in rows]
        return np.asarray(padded, dtype=np.intp).reshape(-1, longest).T

    def values(self, seen: Strengths) -> Strengths:
        """From `strengths` of messages, (..., signals), the value of every term, (..., terms)."""
        factors = np.concatenate([seen, 1.0 - seen, np.ones((*seen.shape[:-1], 1))], axis=-1)
        return reduce(np.multiply, (factors.take(places, axis=-1) for places in self._places))
