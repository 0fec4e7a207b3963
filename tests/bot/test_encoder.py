"""What has been encoded once is not encoded again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.encoder import RememberingEncoder


class Counting:
    """Counts what it encodes."""

    name, dimensions = "counting", 2

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.array([[len(text), 0] for text in texts], dtype=np.float32).reshape(-1, 2)


def test_each_text_is_encoded_once_and_known_ones_never() -> None:
    inner = Counting()
    encoder = RememberingEncoder(inner)
    encoder.remember(["known"], np.array([[0, 1]], dtype=np.float32))
    assert encoder.encode(["a", "known", "a", "bc"]).tolist() == [[1, 0], [0, 1], [1, 0], [2, 0]]
    assert encoder.encode(["bc", "a"]).tolist() == [[2, 0], [1, 0]]
    assert inner.texts == ["a", "bc"]
