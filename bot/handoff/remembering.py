"""An encoder that remembers: fitting and measuring ask for the same vectors again and again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import Cut, Encoder, encode_in_parts, encode_with_wording, load_encoder

Rows = NDArray[np.float32]


class Remembering:
    """Encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, tuple[Rows, Rows]] = {}
        self._parts: dict[tuple[str, Cut], tuple[Rows, Rows]] = {}

    @classmethod
    def load(cls, name: str = "minilm") -> "Remembering":
        """The encoder of that name."""
        return cls(load_encoder(name))

    @property
    def name(self) -> str:
        """Of the encoder behind it."""
        return self._encoder.name

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str]) -> Rows:
        """One row for each text."""
        return self.encode_with_wording(texts)[0]

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[Rows, Rows]:
        """The same, and a row of wording for each, without columns where the encoder gives none."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, zip(*encode_with_wording(self._encoder, missing), strict=True), strict=True))
        if not texts:
            return np.empty((0, self.dimensions), np.float32), np.empty((0, 0), np.float32)
        meanings, wordings = zip(*(self._known[text] for text in texts), strict=True)
        return np.asarray(meanings), np.asarray(wordings)

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[Rows, Rows]:
        """A row of each for the text, and below it those of its parts."""
        key = (text, cut)
        if key not in self._parts:
            self._parts[key] = encode_in_parts(self._encoder, text, cut)
        return self._parts[key]
