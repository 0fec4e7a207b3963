"""An encoder that remembers: fitting and measuring ask for the same vectors again and again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import Encoder, load_encoder


class Remembering:
    """Encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def load(cls, name: str = "minilm") -> "Remembering":
        """The encoder of that name."""
        return cls(load_encoder(name))

    @property
    def name(self) -> str:
        """Of the encoder behind it."""
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row for each text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, vector in zip(missing, self._encoder.encode(missing), strict=True):
            self._known[text] = vector
        if not texts:
            return np.empty((0, self._encoder.dimensions), dtype=np.float32)
        return np.asarray([self._known[text] for text in texts], dtype=np.float32)
