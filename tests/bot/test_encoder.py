"""What has been encoded once is not encoded again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from bot.encoder import RememberingEncoder
from kb_index.encoder import Cut


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


class Worded(Counting):
    """Gives a second vector, as the index's own encoder does."""

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.encode(texts), np.full((len(texts), 1), 7, dtype=np.float32)

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.encode_with_wording([text, *(text[: end + 1] for end in cut(text))])


def test_wordings_and_parts_are_remembered_too() -> None:
    inner = Worded()
    encoder = RememberingEncoder(inner)
    encoder.encode(["a"])
    encoder.remember(["known"], np.array([[0, 1]], dtype=np.float32))
    meanings, wordings = encoder.encode_with_wording(["a", "bc"])
    assert (meanings.tolist(), wordings.tolist()) == ([[1, 0], [2, 0]], [[7], [7]])
    assert encoder.encode_with_wording(["known"])[1].tolist() == [[7]]
    assert encoder.encode_with_wording([])[0].shape == (0, 2)

    def cut(text: str) -> list[int]:
        return [0]

    first, again = (encoder.encode_in_parts("abc", cut) for _ in range(2))
    assert first is again
    assert inner.texts == ["a", "bc", "known", "abc", "a"]


def test_an_encoder_without_wordings_has_none() -> None:
    meanings, wordings = RememberingEncoder(Counting()).encode_with_wording(["abc"])
    assert (meanings.tolist(), wordings.shape) == ([[3, 0]], (1, 0))


class Slow(Counting):
    """Takes long enough for another thread to come."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.05)
        return super().encode(texts)


def test_of_two_threads_the_second_finds_what_the_first_encoded() -> None:
    inner = Slow()
    encoder = RememberingEncoder(inner)
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(encoder.encode, [["a", "bc"], ["bc", "a"], ["a"], ["bc"]]))
    assert [row.tolist() for row in rows] == [[[1, 0], [2, 0]], [[2, 0], [1, 0]], [[1, 0]], [[2, 0]]]
    assert sorted(inner.texts) == ["a", "bc"]
