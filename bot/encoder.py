"""The one sentence encoder of this process: loading it takes a second and 100 MB, so all components share it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import Encoder, load_encoder


@lru_cache(maxsize=2)
def shared_encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once."""
    return load_encoder(name)


@lru_cache(maxsize=2)
def training_encoder(name: str) -> RememberingEncoder:
    """The same, encoding each text once for all components that are trained."""
    return RememberingEncoder(shared_encoder(name))


class RememberingEncoder:
    """An encoder that keeps what it has encoded."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The encoder's own name: the vectors are the same."""
        return self._encoder.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._encoder.dimensions

    def remember(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take over what was encoded before (one row for each text)."""
        self._known.update(zip(texts, vectors, strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row for each text, in order."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._encoder.encode(missing), strict=True))
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])
