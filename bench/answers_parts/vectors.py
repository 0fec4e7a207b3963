"""Vectors kept between runs: encoding the public sets takes minutes, and never changes for one encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb_index.encoder import Cut, Encoder, Vectors, encode_in_parts, encode_with_wording


class KeptVectors:
    """An encoder that looks into a file first; meaning and wording are kept side by side."""

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self.name = encoder.name
        self.dimensions = encoder.dimensions
        self._encoder = encoder
        self._file = file
        self._known: dict[str, Vectors] = {}
        if file.is_file():
            with np.load(file) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text."""
        return self.encode_with_wording(texts)[0]

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """The same, and a row of wording for each."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing or not texts:
            both = np.hstack(encode_with_wording(self._encoder, list(missing.values())))
            self._known.update(zip(missing, both, strict=True))
            if not texts:
                return both[:, : self.dimensions], both[:, self.dimensions :]
        rows = np.stack([self._known[key] for key in keys])
        return np.ascontiguousarray(rows[:, : self.dimensions]), np.ascontiguousarray(rows[:, self.dimensions :])

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[Vectors, Vectors]:
        """As the encoder itself does."""
        return encode_in_parts(self._encoder, text, cut)

    def keep(self) -> None:
        """Write the file."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._file, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
