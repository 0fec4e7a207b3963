"""Exact nearest rows among very many: most are ruled out by their main directions alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Half of the numbers: fewer rule out too little for texts that nothing resembles.
MAIN = 192
SAMPLE = 20_000
# Values in one group, see `highest`.
GROUP = 64


@dataclass(frozen=True)
class MainDirections:
    """Vectors turned so that their first few numbers hold most of their length.

    What the remaining numbers can add to a cosine is at most the product of their lengths (Cauchy-Schwarz), so a row
    whose main part plus that bound is below the nearest ones found cannot be among them. The result is exact.
    """

    turn: Floats
    main: Floats  # MAIN x rows: laid out so, one vector is compared with all rows in half the time
    rest: Floats

    @classmethod
    def of(cls, vectors: Floats) -> MainDirections:
        """Learn the directions from a sample."""
        sample = vectors[:: max(1, len(vectors) // SAMPLE)]
        _, directions = np.linalg.eigh(sample.T @ sample)
        turn = np.ascontiguousarray(directions[:, ::-1][:, :MAIN], dtype=np.float32)
        main = np.ascontiguousarray((vectors @ turn).T)
        squares = np.einsum("rd,rd->r", vectors, vectors) - np.einsum("dr,dr->r", main, main)
        return cls(turn, main, np.sqrt(np.maximum(squares, 0)).astype(np.float32))

    def nearest(self, vectors: Floats, vector: Floats, count: int) -> NDArray[np.int64]:
        """The rows of the `count` highest cosines, in no order."""
        main = vector @ self.turn
        rest = np.sqrt(max(float(vector @ vector - main @ main), 0.0))
        scores = main @ self.main
        likely = highest(scores, 4 * count)
        floor = np.partition(vectors[likely] @ vector, -count)[-count]
        # A little slack for rounding.
        possible = np.flatnonzero(scores + rest * self.rest >= floor - 1e-4)
        exact = vectors[possible] @ vector
        found: NDArray[np.int64] = possible[highest(exact, count)]
        return found


def highest(values: Floats, count: int) -> NDArray[np.int64]:
    """Places of the `count` highest of at least so many values, in no order.

    The lowest of the `count` highest maxima of groups is no more than any of them: few values are left to be compared.
    """
    groups = len(values) // GROUP
    if groups > count:
        maxima = values[: groups * GROUP].reshape(GROUP, groups).max(axis=0)
        possible = np.flatnonzero(values >= np.partition(maxima, -count)[-count])
    else:
        possible = np.arange(len(values))
    found: NDArray[np.int64] = possible[np.argpartition(-values[possible], count - 1)[:count]]
    return found
