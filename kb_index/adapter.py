"""What tuning adds to a BERT: products of two thin matrices, so that the file is small (LoRA; Hu et al., 2021)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Adapter:
    """For each changed matrix (out, in), by the name of the weight: `up` (out, rank) and `down` (rank, in)."""

    up: Mapping[str, Matrix]
    down: Mapping[str, Matrix]

    def applied(self, weights: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """The weights with what was learned added. Raises KeyError where one of them is missing."""
        return {**weights, **{name: weights[name] + up @ self.down[name] for name, up in self.up.items()}}

    @property
    def rank(self) -> int:
        """The width of the thin matrices."""
        return next(iter(self.up.values())).shape[1]

    @property
    def digest(self) -> str:
        """Two adapters of one digest are the same."""
        found = hashlib.sha256()
        for name in sorted(self.up):
            found.update(name.encode() + self.up[name].tobytes() + self.down[name].tobytes())
        return found.hexdigest()[:16]
