"""Fitting the weights of the decision on labelled dialogues.

One score for each reason, softmax against going on. Candidates are all signals and all pairs of them; a penalty on the
absolute weights leaves the few that earn their place, so the file stays readable. Weights are bounded by sign: more of
a signal can never speak against a handoff, so no odd dialogue can teach nonsense.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from bot.handoff.dialogues import Dialogue
from bot.handoff.reasons import WEIGHED, HandoffReason
from bot.handoff.replay import Step
from bot.handoff.signal import CIRCUMSTANCES, SENSITIVE, Signal, SignalName
from bot.handoff.terms import Terms, strengths
from bot.handoff.weights import ReasonWeights, Weights

Matrix = NDArray[np.float64]

# Pulls weights to 0 (absolute) and keeps those of like signals together (squared); chosen by cross-validation.
SPARSE, SMOOTH = 0.2, 0.02
# A weight smaller than this moves nothing.
SMALLEST = 0.02
ITERATIONS = 400

AGAINST = frozenset({SignalName.SATISFIED.value})

# What a rule may act on alone must be right this often on the labelled dialogues, and no less sure than this.
CERTAIN_PRECISION, CERTAIN_FROM = 0.98, 0.6


def candidates() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Terms that may speak for a handoff, and those that may speak against one."""
    plain = [name.value for name in SignalName if name not in CIRCUMSTANCES and name.value not in AGAINST]
    beside = [name.value for name in CIRCUMSTANCES]
    without = [f"!{name}" for name in (*beside, *sorted(AGAINST))]
    pairs = [f"{one}*{other}" for one, other in combinations_with_replacement(plain, 2)]
    pairs += [f"{one}*{other}" for one in plain for other in (*beside, *without)]
    return (*plain, *pairs), (*sorted(AGAINST), *beside)


@dataclass(frozen=True, eq=False)
class Row:
    """One message to learn from: its signals and what should happen (None: go on)."""

    dialogue: str
    signals: tuple[Signal, ...]
    reason: HandoffReason | None


def rows_of(dialogue: Dialogue, steps: Sequence[Step]) -> list[Row]:
    """Every message up to the handoff."""
    label = dialogue.handoff()
    rows = []
    for step in steps:
        here = label is not None and step.turn >= label.turn
        rows.append(Row(dialogue.id, step.signals, label.reason if here and label is not None else None))
        if here:
            break
    return rows


def fit_weights(rows: Sequence[Row], sparse: float = SPARSE) -> Weights:
    """The weights, by bounded maximum likelihood. Deterministic."""
    from scipy.optimize import minimize

    pro, contra = candidates()
    terms = (*pro, *contra)
    matrix = design(rows, terms)
    seen = matrix.any(axis=0)
    terms, matrix = tuple(np.asarray(terms)[seen]), matrix[:, seen]
    target = np.asarray([-1 if row.reason is None else WEIGHED.index(row.reason) for row in rows])
    chosen = np.flatnonzero(target >= 0)
    reasons, size = len(WEIGHED), len(terms)
    sign = np.where(np.isin(terms, contra), -1.0, 1.0)[:, None]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        bias, weights = flat[:reasons], flat[reasons:].reshape(size, reasons)
        scores = matrix @ weights + bias
        top = np.maximum(scores.max(axis=1), 0.0)
        odds = np.exp(scores - top[:, None])
        total = np.exp(-top) + odds.sum(axis=1)
        error = odds / total[:, None]
        error[chosen, target[chosen]] -= 1.0
        value = float((np.log(total) + top).sum() - scores[chosen, target[chosen]].sum())
        value += sparse * float((sign * weights).sum()) + 0.5 * SMOOTH * float((weights * weights).sum())
        slopes = matrix.T @ error + sparse * sign + SMOOTH * weights
        return value, np.concatenate([error.sum(axis=0), slopes.ravel()])

    ranges = [(0.0, None) if term_sign > 0 else (None, 0.0) for term_sign in sign[:, 0]]
    bounds = [(None, None)] * reasons + [bound for bound in ranges for _ in WEIGHED]
    start = np.concatenate([np.full(reasons, -4.0), np.zeros(size * reasons)])
    options = {"maxiter": ITERATIONS, "maxcor": 15, "ftol": 1e-7}
    solved = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    found = {}
    for column, reason in enumerate(WEIGHED):
        weights = solved[reasons:].reshape(size, reasons)[:, column]
        kept = {
            str(term): round(float(weight), 3)
            for term, weight in zip(terms, weights, strict=True)
            if abs(weight) >= SMALLEST
        }
        found[reason] = ReasonWeights(round(float(solved[column]), 3), kept)
    return Weights(reasons=found, wish_certain=0.95, sensitive_certain=0.95)


def design(rows: Sequence[Row], terms: Sequence[str]) -> Matrix:
    """Every term's value at every row."""
    return Terms(tuple(terms)).values(np.stack([strengths(row.signals) for row in rows]))


def certain_from(values: Sequence[float], truths: Sequence[bool], default: float = 0.95) -> float:
    """The lowest threshold from which acting at once is nearly always right."""
    value, truth = np.asarray(values), np.asarray(truths)
    for threshold in np.round(np.arange(CERTAIN_FROM, default, 0.01), 2):
        acted = value >= threshold
        if acted.any() and truth[acted].mean() >= CERTAIN_PRECISION:
            return float(threshold)
    return default


def wish_value(signals: Sequence[Signal]) -> float:
    """How strongly a person is wished for."""
    return max((signal.value for signal in signals if signal.name is SignalName.WISH_FOR_PERSON), default=0.0)


def sensitive_value(signals: Sequence[Signal]) -> float:
    """The strongest sensitive topic."""
    return max((signal.value for signal in signals if signal.name in SENSITIVE), default=0.0)
