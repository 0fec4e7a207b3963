"""Answer, clarify or say "I don't know": a pure rule on calibrated probabilities.

The threshold for an answer is not chosen by hand: it is read off held-out questions when an index is built, so that
wrong answers stay below the rate set here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kb_index.index import Match

# The one place: at most this share of all questions may get a wrong answer.
WRONG_ANSWER_RATE = 0.05
# How sure to be of that, given how few held-out questions there may be: few questions mean a stricter threshold.
CONFIDENCE = 0.95
# Candidates are offered if the right one is likely among them at least this often.
USEFUL_OFFER_RATE = 0.15
OFFERS = 3
# A threshold that no estimated probability reaches; only a question in its author's own words is that sure.
NEVER = 1.0


class Outcome(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"  # give the best entry's answer
    CLARIFY = "clarify"  # offer the likeliest questions as buttons
    ABSTAIN = "abstain"  # say that the answer is not known


@dataclass(frozen=True)
class Policy:
    """From which probability to answer, and from which to offer candidates."""

    answer_from: float
    offer_from: float
    wrong_answer_rate: float = WRONG_ANSWER_RATE

    @classmethod
    def fit(
        cls,
        probabilities: NDArray[np.float32],
        right: NDArray[np.bool_],
        weights: NDArray[np.float32],
        *,
        wrong_answer_rate: float = WRONG_ANSWER_RATE,
        useful_offer_rate: float = USEFUL_OFFER_RATE,
    ) -> Policy:
        """From held-out questions (rows) and their candidates, best first (columns)."""
        answer_from = lowest_threshold(probabilities[:, 0], right[:, 0], weights, wrong_answer_rate)
        return cls(answer_from, useful_offer_rate, wrong_answer_rate)


@dataclass(frozen=True)
class FaqDecision:
    """The outcome, with the entry to give or the entries to offer."""

    outcome: Outcome
    matches: tuple[Match, ...]


def decide(matches: Sequence[Match], policy: Policy) -> FaqDecision:
    """The rule: sure enough of the best one, or of the best few together, or neither."""
    if matches and matches[0].probability >= policy.answer_from:
        return FaqDecision(Outcome.ANSWER, (matches[0],))
    offers = tuple(matches[:OFFERS])
    if offers and min(1.0, sum(match.probability for match in offers)) >= policy.offer_from:
        return FaqDecision(Outcome.CLARIFY, offers)
    return FaqDecision(Outcome.ABSTAIN, ())


def offered_probability(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely the right entry is among those offered; at most one of them is right."""
    total: NDArray[np.float32] = np.minimum(probabilities[:, :OFFERS].sum(axis=1), 1)
    return total


def lowest_threshold(
    scores: NDArray[np.float32], right: NDArray[np.bool_], weights: NDArray[np.float32], wrong_rate: float
) -> float:
    """The lowest threshold at which wrong answers are, with CONFIDENCE, at most `wrong_rate` of all questions.

    NEVER if even the surest answers cannot promise that.
    """
    from scipy.special import betaincinv

    if not len(scores):
        return NEVER
    order = np.argsort(-scores, kind="stable")
    # Weighted questions count as the number of plain ones that would vary as much.
    count = weights.sum() ** 2 / (weights**2).sum()
    wrong = np.cumsum(weights[order] * ~right[order]) / weights.sum() * count
    bound = betaincinv(wrong + 1, np.maximum(count - wrong, 1e-9), CONFIDENCE)
    # A threshold cannot separate equal scores: only the last of them is a place to cut.
    sorted_scores = scores[order]
    last = np.append(sorted_scores[1:] != sorted_scores[:-1], True)
    fine = np.flatnonzero(last & (bound <= wrong_rate))
    if not len(fine):
        return NEVER
    cut = int(fine[-1])
    below = float(sorted_scores[cut + 1]) if cut + 1 < len(scores) else 0.0
    return (float(sorted_scores[cut]) + below) / 2
