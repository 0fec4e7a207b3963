"""Each figure against a value worked out by hand, or against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

from kb_index.metrics import (
    auroc,
    calibration_error,
    intervals,
    macro_f1,
    matthews_correlation,
    matthews_curve,
    risk_coverage_area,
)

CASES = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 3), st.integers(0, 20)), min_size=2, max_size=60)


@settings(max_examples=60, deadline=None)
@given(cases=CASES)
def test_agrees_with_scikit_learn(cases: list[tuple[int, int, int]]) -> None:
    truth, guessed, scores = (np.array(column) for column in zip(*cases, strict=True))
    truth, guessed = truth.astype(np.int32), guessed.astype(np.int32)
    assume(len(np.unique(np.concatenate([truth, guessed]))) > 1)  # scikit-learn warns otherwise
    weights = (scores + 1).astype(np.float32)
    assert matthews_correlation(truth, guessed) == pytest.approx(matthews_corrcoef(truth, guessed), abs=1e-9)
    assert matthews_correlation(truth, guessed, weights) == pytest.approx(
        matthews_corrcoef(truth, guessed, sample_weight=weights), abs=1e-6
    )
    inside = truth >= 0
    if inside.any() and not inside.all():
        assert auroc(inside, scores.astype(np.float64)) == pytest.approx(roc_auc_score(inside, scores))
    expected = f1_score(truth, guessed, labels=np.unique(truth), average="macro", zero_division=0)
    assert macro_f1(truth, guessed) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(cases=CASES)
def test_curve_is_the_correlation_at_every_cut(cases: list[tuple[int, int, int]]) -> None:
    truth, best, weights = (np.array(column) for column in zip(*cases, strict=True))
    truth, best, weights = truth.astype(np.int32), best.astype(np.int32), weights + 1.0
    curve = matthews_curve(truth, best, weights)
    for cut in range(len(truth) + 1):
        guessed = np.where(np.arange(len(truth)) < cut, best, -1).astype(np.int32)
        assert curve[cut] == pytest.approx(matthews_correlation(truth, guessed, weights.astype(np.float32)), abs=1e-5)


def test_auroc_of_one_kind_is_undefined() -> None:
    assert np.isnan(auroc(np.array([True, True]), np.array([0.1, 0.2])))


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([0.05, 0.05, 0.95, 0.95])
    assert calibration_error(probabilities, np.array([False, False, True, True])) == pytest.approx(0.05)
    assert calibration_error(probabilities, np.array([True, True, False, False])) == pytest.approx(0.95)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0


def test_risk_coverage_area_by_hand() -> None:
    assert risk_coverage_area(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])) == pytest.approx(
        (0 + 1 / 2 + 1 / 3) / 3
    )


def test_interval_holds_the_figure() -> None:
    values = np.array([True] * 80 + [False] * 20)
    found = intervals(lambda cases: {"share": float(values[cases].mean()), "none": float("nan")}, len(values))
    low, high = found["share"]
    assert 0.70 < low < 0.78
    assert 0.82 < high < 0.90
    assert np.isnan(found["none"][0])
