"""Figures that say how good answers and probabilities are; each is a plain function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Classes = NDArray[np.int32]

BINS = 10
RESAMPLES = 1000


def auroc(positive: Flags, scores: Numbers) -> float:
    """The chance that a positive one scores higher than a negative one; nan if there is only one kind."""
    up, down = int(positive.sum()), int((~positive).sum())
    if not up or not down:
        return float("nan")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    # The mean rank of equal scores.
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[positive].sum() - up * (up + 1) / 2) / (up * down))


def calibration_error(probabilities: Numbers, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error: mean distance of stated probability and share right, over equally wide bins."""
    place = np.clip((probabilities * bins).astype(int), 0, bins - 1)
    gaps = np.bincount(place, probabilities - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(right))


def risk_coverage_area(probabilities: Numbers, right: Flags) -> float:
    """Area under the curve of wrong share against coverage, surest first; lower is better."""
    order = np.argsort(-probabilities, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(right) + 1)
    return float(wrong.mean())


def matthews_correlation(truth: Classes, guessed: Classes, weights: NDArray[np.float32] | None = None) -> float:
    """Matthews correlation coefficient for several classes; class -1 stands for out of scope."""
    counts = np.ones(len(truth)) if weights is None else weights.astype(np.float64)
    size = int(max(truth.max(), guessed.max())) + 2
    true = np.bincount(truth + 1, counts, minlength=size)
    said = np.bincount(guessed + 1, counts, minlength=size)
    total, right = counts.sum(), counts[truth == guessed].sum()
    spread = (total**2 - (said**2).sum()) * (total**2 - (true**2).sum())
    return float((right * total - (true * said).sum()) / np.sqrt(spread)) if spread > 0 else 0.0


def matthews_curve(truth: Classes, best: Classes, weights: Numbers) -> Numbers:
    """`matthews_correlation` if only the first n are given their best class and the rest -1, for n = 0, 1, ..."""
    size = int(max(truth.max(), best.max())) + 2
    true = np.bincount(truth + 1, weights, minlength=size)
    total = weights.sum()
    # What is given to a class is taken from class -1; sums of squares grow by what each side had before.
    same = np.argsort(best, kind="stable")
    running = np.cumsum(weights[same])
    firsts = np.searchsorted(best[same], best[same])
    before = np.empty(len(best))
    before[same] = running - weights[same] - np.concatenate([[0.0], running])[firsts]
    refused = total - np.concatenate([[0.0], np.cumsum(weights)])
    squares = refused**2 + np.concatenate([[0.0], np.cumsum(2 * weights * before + weights**2)])
    joint = true[0] * refused + np.concatenate([[0.0], np.cumsum(weights * true[best + 1])])
    gained = np.where(best == truth, weights, 0) - np.where(truth == -1, weights, 0)
    right = true[0] + np.concatenate([[0.0], np.cumsum(gained)])
    spread = (total**2 - squares) * (total**2 - (true**2).sum())
    # Rounding leaves a little where there is no spread at all.
    flat = spread <= 1e-9 * total**4
    found: Numbers = np.where(flat, 0.0, (right * total - joint) / np.sqrt(np.where(flat, 1.0, spread)))
    return found


def macro_f1(truth: Classes, guessed: Classes) -> float:
    """Mean F1 of the classes that occur in the truth, out of scope among them."""
    scores = []
    for label in np.unique(truth):
        hits = ((truth == label) & (guessed == label)).sum()
        scores.append(2 * hits / ((truth == label).sum() + (guessed == label).sum()))
    return float(np.mean(scores))


def intervals(
    measure: Callable[[NDArray[np.int64]], Mapping[str, float]], count: int, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap interval of each figure; `measure` is given the numbers of the cases to use."""
    random = np.random.default_rng(seed)
    drawn = [measure(random.integers(count, size=count)) for _ in range(resamples)]
    found = {}
    for name in drawn[0]:
        values = np.array([figures[name] for figures in drawn])
        values = values[~np.isnan(values)]
        low, high = np.quantile(values, [0.025, 0.975]) if len(values) else (float("nan"), float("nan"))
        found[name] = (float(low), float(high))
    return found
