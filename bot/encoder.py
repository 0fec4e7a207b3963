"""The one sentence encoder of this process: loading it takes a second and 100 MB, so all components share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import Lock

import numpy as np

from kb_index.encoder import Cut, Encoder, Vectors, encode_in_parts, encode_with_wording, load_encoder


@lru_cache(maxsize=2)
def shared_encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once."""
    return load_encoder(name)


@lru_cache(maxsize=2)
def training_encoder(name: str) -> RememberingEncoder:
    """The same, encoding each text once for everything that is trained or fitted."""
    return RememberingEncoder(shared_encoder(name))


class RememberingEncoder:
    """Encodes each text once, in whichever thread: training, fitting and measuring ask for the same again and again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._meanings: dict[str, Vectors] = {}
        self._wordings: dict[str, Vectors] = {}
        self._parts: dict[tuple[str, Cut], tuple[Vectors, Vectors]] = {}
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The encoder's own name: the vectors are the same."""
        return self._encoder.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._encoder.dimensions

    def remember(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Take over what was encoded before (one row for each text)."""
        self._meanings.update(zip(texts, vectors, strict=True))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order."""
        self._learn(text for text in texts if text not in self._meanings)
        return _rows([self._meanings[text] for text in texts], self.dimensions)

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """The same, and a row of wording for each, without columns where the encoder gives none."""
        self._learn(text for text in texts if text not in self._wordings)
        return self.encode(texts), _rows([self._wordings[text] for text in texts], 0)

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[Vectors, Vectors]:
        """A row of each for the text, and below it those of its parts."""
        key = (text, cut)
        if key not in self._parts:
            self._parts[key] = encode_in_parts(self._encoder, text, cut)
        return self._parts[key]

    def _learn(self, texts: Iterable[str]) -> None:
        with self._lock:
            missing = list(dict.fromkeys(texts))
            meanings, wordings = encode_with_wording(self._encoder, missing)
            self._meanings.update(zip(missing, meanings, strict=True))
            self._wordings.update(zip(missing, wordings, strict=True))


def _rows(rows: Sequence[Vectors], columns: int) -> Vectors:
    return np.stack(rows) if rows else np.empty((0, columns), dtype=np.float32)
