"""The rule is pure; its threshold keeps wrong answers rare on the questions it was read from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.decision import NEVER, Outcome, Policy, decide, lowest_threshold
from kb_index.index import Match

POLICY = Policy(answer_from=0.8, offer_from=0.3)


def matches(*probabilities: float) -> list[Match]:
    return [Match(f"a.{place}", p, "wording", p) for place, p in enumerate(probabilities)]


@pytest.mark.parametrize(
    ("probabilities", "outcome", "count"),
    [
        ((0.8, 0.1), Outcome.ANSWER, 1),
        ((0.79, 0.1), Outcome.CLARIFY, 2),
        ((0.15, 0.1, 0.06, 0.05), Outcome.CLARIFY, 3),
        ((0.15, 0.1, 0.04, 0.04), Outcome.ABSTAIN, 0),
        ((), Outcome.ABSTAIN, 0),
    ],
)
def test_outcomes(probabilities: tuple[float, ...], outcome: Outcome, count: int) -> None:
    decision = decide(matches(*probabilities), POLICY)
    assert decision.outcome is outcome
    assert decision.matches == tuple(matches(*probabilities)[:count])


def test_few_questions_promise_nothing() -> None:
    scores = np.linspace(0.9, 1, 20).astype(np.float32)
    weights = np.ones(20, dtype=np.float32)
    # Twenty right answers still leave room for one wrong in ten.
    assert lowest_threshold(scores, np.ones(20, dtype=bool), weights, 0.05) == NEVER
    assert lowest_threshold(scores, np.ones(20, dtype=bool), weights, 0.2) < 0.9
    assert lowest_threshold(scores[:0], np.ones(0, dtype=bool), weights[:0], 0.2) == NEVER


def test_threshold_stands_between_the_last_good_and_the_first_bad() -> None:
    scores = np.concatenate([np.full(200, 0.9), np.full(200, 0.4)]).astype(np.float32)
    right = np.concatenate([np.ones(200, dtype=bool), np.zeros(200, dtype=bool)])
    assert lowest_threshold(scores, right, np.ones(400, dtype=np.float32), 0.05) == pytest.approx(0.65)


@settings(max_examples=60, deadline=None)
@given(
    cases=st.lists(st.tuples(st.floats(0, 0.9990234375, width=16), st.booleans()), min_size=1, max_size=300),
    rate=st.floats(0.01, 0.3),
)
def test_wrong_answers_stay_below_the_rate(cases: list[tuple[float, bool]], rate: float) -> None:
    scores = np.array([score for score, _ in cases], dtype=np.float32)
    right = np.array([good for _, good in cases])
    threshold = lowest_threshold(scores, right, np.ones(len(cases), dtype=np.float32), rate)
    assert ((scores >= threshold) & ~right).mean() <= rate


def test_a_stricter_rate_never_answers_more() -> None:
    random = np.random.default_rng(3)
    scores = random.random(500).astype(np.float32)
    right = random.random(500) < scores
    weights = np.ones(500, dtype=np.float32)
    thresholds = [lowest_threshold(scores, right, weights, rate) for rate in (0.01, 0.03, 0.05, 0.1, 0.3)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[-1] < 0.6
