"""Which of two encoders is better, from what became of the same questions."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.metrics import Flags, Numbers
from kb_index.tuning.comparison import CALIBRATION, COVERAGE, RIGHT, Judged, compare, coverage_at, is_better

RATE = 0.05


def judged(right: Flags, sure: Numbers | None = None, in_scope: Flags | None = None) -> Judged:
    sure = np.where(right, 0.99, 0.01) if sure is None else sure
    return Judged(np.ones(len(right), dtype=bool) if in_scope is None else in_scope, right, sure)


def share(right: int, wrong: int) -> Flags:
    return np.array([True] * right + [False] * wrong)


def test_coverage_is_the_most_that_can_be_answered_with_so_many_wrong() -> None:
    right = np.array([True, True, False, True, False, False, True, True, True, True])
    sure = np.linspace(1, 0.1, 10)
    assert coverage_at(sure, right, 0.0) == 0.2
    assert coverage_at(sure, right, 0.1) == 0.4
    assert coverage_at(sure, right, 0.3) == 1.0
    assert coverage_at(sure, ~right, 0.0) == 0.0


def test_a_clear_gain_is_better_and_the_reverse_is_not() -> None:
    weak, strong = judged(share(60, 40)), judged(share(90, 10))
    changes = compare("x", weak, strong, RATE)
    right = next(change for change in changes if change.figure == RIGHT)
    assert (right.before, right.after, right.gain) == pytest.approx((0.6, 0.9, 0.3))
    assert right.gain_span[0] > 0.15
    assert right.gain_span[1] < 0.45
    assert is_better(changes)
    assert not is_better(compare("x", strong, weak, RATE))


def test_luck_and_no_change_are_not_better() -> None:
    before = judged(share(80, 20))
    assert not is_better(compare("x", before, before, RATE))
    one_more = share(80, 20)
    one_more[80] = True
    changes = compare("x", before, judged(one_more), RATE)
    assert not any(change.clearly_better and change.figure == RIGHT for change in changes)


def test_a_gain_does_not_excuse_a_loss_elsewhere() -> None:
    gained = compare("faq", judged(share(60, 40)), judged(share(90, 10)), RATE)
    lost = compare("intents", judged(share(90, 10)), judged(share(60, 40)), RATE)
    assert is_better(gained)
    assert not is_better([*gained, *lost])


def test_probabilities_must_stay_trustworthy() -> None:
    before = judged(share(60, 40), np.array([1.0] * 60 + [0.0] * 40))
    boastful = compare("x", before, judged(share(90, 10), np.ones(100)), RATE)
    assert next(change for change in boastful if change.figure == CALIBRATION).clearly_worse
    assert not is_better(boastful)
    honest = compare("x", before, judged(share(90, 10), np.array([0.95] * 90 + [0.05] * 10)), RATE)
    assert is_better(honest)


def test_only_what_is_in_scope_can_be_right_and_the_rest_must_be_told_from_it() -> None:
    in_scope = share(50, 50)
    blind = judged(share(50, 50), np.linspace(0, 1, 100), in_scope)
    seeing = judged(share(50, 50), np.linspace(1, 0, 100), in_scope)
    changes = {change.figure: change for change in compare("x", blind, seeing, RATE)}
    assert changes[RIGHT].before == changes[RIGHT].after == 1
    assert (changes["auroc"].before, changes["auroc"].after) == (0, 1)
    assert changes[COVERAGE].after == pytest.approx(0.55)
    assert is_better(list(changes.values()))


def test_different_questions_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="the same questions"):
        compare("x", judged(share(3, 1)), judged(share(3, 1), in_scope=share(3, 1)), RATE)
