"""Which rows of a class are compared with a text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb_index.evidence import evenly


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any), st.integers(1, 8))
def test_no_class_has_more_rows_than_wanted_and_small_ones_keep_all(sizes: list[int], most: int) -> None:
    owners = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    chosen = evenly(owners, most)
    assert np.bincount(owners[chosen], minlength=len(sizes)).tolist() == [min(size, most) for size in sizes]
    assert (np.diff(chosen) > 0).all()


def test_the_rows_are_taken_from_the_whole_of_a_class() -> None:
    owners = np.zeros(1000, dtype=np.int32)
    assert evenly(owners, 4).tolist() == [0, 250, 500, 750]
