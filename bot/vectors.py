"""Sentence vectors as text: they travel in a parse result, so that a message can be compared with earlier ones."""

from __future__ import annotations

import base64
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


def pack(vector: Vector) -> str:
    """Half precision, base64: about a kilobyte for 384 dimensions."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


@lru_cache(maxsize=4096)
def unpack(packed: str) -> Vector:
    """The vector again, within a thousandth; read-only, since a conversation brings its earlier vectors again."""
    vector = np.frombuffer(base64.b64decode(packed), dtype="<f2").astype(np.float32)
    vector.flags.writeable = False
    return vector
