"""The garbage collector's pauses stay short, and nothing is kept for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from handoff_api.garbage import ShortPauses


class Ring:
    """Refers to itself: only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def pauses() -> Iterator[ShortPauses]:
    """In force while a test runs, from what this process holds already."""
    gc.collect()
    watched = ShortPauses(small=len(gc.get_objects()))
    gc.callbacks.append(watched)
    yield watched
    gc.callbacks.remove(watched)
    gc.unfreeze()
    gc.collect()


@pytest.mark.usefixtures("pauses")
def test_what_survived_is_not_looked_at_again() -> None:
    kept = [Ring() for _ in range(1000)]
    gc.collect()
    assert gc.get_freeze_count() > len(kept)
    assert len(gc.get_objects()) < len(kept)  # what the next full collection looks at


@pytest.mark.usefixtures("pauses")
def test_a_ring_that_never_grew_old_is_freed_by_the_next_collection() -> None:
    gone = weakref.ref(Ring())
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("pauses")
def test_what_was_left_out_and_died_is_freed_when_twice_as_much_is_there() -> None:
    old = Ring()
    gone = weakref.ref(old)
    gc.collect()
    del old
    gc.collect()
    assert gone() is not None  # left out
    more = [[] for _ in range(gc.get_freeze_count() + 1000)]  # type: ignore[var-annotated]
    gc.collect()
    gc.collect()
    assert gone() is None
    assert len(gc.get_objects()) < len(more)  # and left out again is what is in use


def test_partial_collections_change_nothing(pauses: ShortPauses) -> None:
    before = gc.get_freeze_count()
    pauses("stop", {"generation": 1})
    pauses("start", {"generation": 2})
    assert gc.get_freeze_count() == before
