"""Fitting the weights of the decision on labelled dialogues.

One score for each weighed reason, softmax against going on. Weights are bounded by sign: more frustration can never
speak against a handoff, so the file stays readable and no odd dialogue can teach nonsense.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.handoff.decision import feature, strengths
from bot.handoff.dialogues import Dialogue
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import Step
from bot.handoff.signal import SENSITIVE, Signal, SignalName
from bot.handoff.weights import WEIGHED, ReasonWeights, Weights

Matrix = NDArray[np.float64]

# Pulls weights towards 0; chosen by cross-validation over the fit dialogues.
PENALTY = 0.3

AGAINST = frozenset({"satisfied"})

FEATURES: dict[HandoffReason, tuple[str, ...]] = {
    HandoffReason.FRUSTRATED: (
        "frustration", "strong_words", "said_before", "not_helped", "resignation", "sarcasm", "frustration_before",
        "frustration_trend", "repetition", "repeats", "bot_repetition", "failed_answers", "form_failures", "value_mark",
        "frustration*failed_answers", "frustration*repetition", "frustration*frustration_before",
        "frustration*strong_words", "frustration*said_before", "sarcasm*failed_answers", "satisfied",
    ),
    HandoffReason.TOO_COMPLEX: (
        "exception_asked", "several_problems", "long_narrative", "figures", "value_mark",
        "several_problems*long_narrative", "exception_asked*figures", "exception_asked*long_narrative",
        "long_narrative*figures", "unanswered*exception_asked", "satisfied",
    ),
    HandoffReason.NO_ANSWER: (
        "not_helped", "failed_answers", "failures_before", "repetition", "repeats", "resignation", "bot_repetition",
        "form_failures", "said_before", "value_mark", "not_helped*failed_answers", "not_helped*failures_before",
        "repetition*failed_answers", "resignation*failed_answers", "unanswered*failed_answers", "satisfied",
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Row:
    """One message to learn from: its signals and what should happen (None: go on)."""

    dialogue: str
    signals: tuple[Signal, ...]
    reason: HandoffReason | None


def rows_of(dialogue: Dialogue, steps: Sequence[Step]) -> list[Row]:
    """Every message up to the handoff; those that a rule hands off teach the weights nothing."""
    label = dialogue.handoff()
    rows = []
    for step in steps:
        here = label is not None and step.turn >= label.turn
        reason = label.reason if here and label is not None else None
        if reason is None or reason in WEIGHED:
            rows.append(Row(dialogue.id, step.signals, reason))
        if here:
            break
    return rows


def fit_weights(rows: Sequence[Row], penalty: float = PENALTY) -> Weights:
    """The weights, by bounded maximum likelihood. Deterministic."""
    from scipy.optimize import minimize

    seen = [strengths(row.signals) for row in rows]
    blocks = [np.asarray([[feature(n, s) for n in FEATURES[r]] for s in seen], dtype=float) for r in WEIGHED]
    target = np.asarray([-1 if row.reason is None else WEIGHED.index(row.reason) for row in rows])
    sizes = [len(FEATURES[reason]) for reason in WEIGHED]
    bounds: list[tuple[float | None, float | None]] = []
    start: list[float] = []
    for reason in WEIGHED:
        bounds.append((None, None))
        start.append(-4.0)
        for name in FEATURES[reason]:
            bounds.append((None, 0.0) if name in AGAINST else (0.0, None))
            start.append(0.0)

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        scores = np.zeros((len(rows), len(WEIGHED)))
        for column, (bias, weights) in enumerate(_split(parameters, sizes)):
            scores[:, column] = bias + blocks[column] @ weights
        top = np.maximum(scores.max(axis=1), 0.0)
        odds = np.exp(scores - top[:, None])
        total = np.exp(-top) + odds.sum(axis=1)
        logs = np.log(total) + top
        chosen = np.where(target >= 0, scores[np.arange(len(rows)), target], 0.0)
        error = odds / total[:, None]
        error[np.flatnonzero(target >= 0), target[target >= 0]] -= 1.0
        gradient = []
        value = float((logs - chosen).sum())
        for column, (_, weights) in enumerate(_split(parameters, sizes)):
            value += 0.5 * penalty * float(weights @ weights)
            slope = blocks[column].T @ error[:, column] + penalty * weights
            gradient.append(np.concatenate([[error[:, column].sum()], slope]))
        return value, np.concatenate(gradient)

    solved = minimize(loss, np.asarray(start), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    reasons = {}
    for reason, (bias, weights) in zip(WEIGHED, _split(solved.x, sizes), strict=True):
        named = {name: round(float(value), 3) for name, value in zip(FEATURES[reason], weights, strict=True)}
        reasons[reason] = ReasonWeights(round(float(bias), 3), {name: value for name, value in named.items() if value})
    return Weights(reasons=reasons, wish_certain=0.5, sensitive_certain=0.5)


def certain_from(values: Sequence[float], truths: Sequence[bool], default: float = 0.5) -> float:
    """The threshold with the fewest mistakes; of several equal ones the middle."""
    candidates = np.round(np.arange(0.3, 0.91, 0.01), 2)
    truth = np.asarray(truths)
    if not truth.any():
        return default
    mistakes = [int((np.asarray(values) >= candidate).__ne__(truth).sum()) for candidate in candidates]
    best = candidates[np.asarray(mistakes) == min(mistakes)]
    return round(float(best[len(best) // 2]), 2)


def wish_value(signals: Sequence[Signal]) -> float:
    """How strongly a person is wished for."""
    return max((signal.value for signal in signals if signal.name is SignalName.WISH_FOR_PERSON), default=0.0)


def sensitive_value(signals: Sequence[Signal]) -> float:
    """The strongest sensitive topic."""
    return max((signal.value for signal in signals if signal.name in SENSITIVE), default=0.0)


def _split(parameters: Matrix, sizes: Sequence[int]) -> list[tuple[float, Matrix]]:
    parts = []
    place = 0
    for size in sizes:
        parts.append((float(parameters[place]), parameters[place + 1 : place + 1 + size]))
        place += 1 + size
    return parts
