"""What the decision is compared with. Each baseline scores a message in its dialogue; all are fitted on the same
dialogues as ours, and each hands off from the threshold that is best for it there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bot.handoff.decision import HandoffDecision
from bot.handoff.evaluation import Played, figures, judge
from bot.handoff.reasons import HandoffAction, HandoffReason
from bot.handoff.replay import Outcome, Step
from bot.handoff.view import BotActionKind

ALLOWED_FALSE = 0.05

_KEYWORDS = re.compile(
    r"\b(?:human|person|agent|operator|representative|manager|supervisor|someone|somebody|useless|ridiculous|terrible|"
    r"awful|worst|angry|unacceptable|joke|stupid|complaint|refund now|already told|not help|lawyer|court|fraud|died)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:human|person|agent|operator|representative|manager|supervisor|someone|somebody)\b", re.I)


class Sentiment(Protocol):
    """VADER's interface."""

    def polarity_scores(self, text: str) -> dict[str, float]: ...


def load_vader() -> Sentiment | None:
    """VADER where it is installed."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    analyzer: Sentiment = SentimentIntensityAnalyzer()
    return analyzer


class Scorer(Protocol):
    """A score for each message; higher means rather hand off."""

    def scores(self, steps: Sequence[Step]) -> list[float]: ...


@dataclass(frozen=True)
class KeywordRule:
    """Hands off when a listed word occurs."""

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return [1.0 if _KEYWORDS.search(step.view.message.text) else 0.0 for step in steps]


@dataclass(frozen=True)
class LastMessageSentiment:
    """VADER's compound of the message, turned round."""

    vader: Sentiment

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return [-self.vader.polarity_scores(step.view.message.text)["compound"] for step in steps]


@dataclass(frozen=True, eq=False)
class TextHead:
    """Logistic regression on the sentence vector of the message alone."""

    model: Any

    @classmethod
    def fit(cls, played: Sequence[Played]) -> "TextHead":
        return cls(_regression([step.view.message.vector for step, _ in rows(played)], [y for _, y in rows(played)]))

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return list(map(float, self.model.predict_proba([step.view.message.vector for step in steps])[:, 1]))


@dataclass(frozen=True, eq=False)
class DialogueFeatures:
    """The design of IBM 2018 (egregious conversations) and Telepathy Labs 2025: rephrasing, emotion, breakdowns."""

    model: Any
    vader: Sentiment | None

    @classmethod
    def fit(cls, played: Sequence[Played], vader: Sentiment | None) -> "DialogueFeatures":
        return cls(
            _regression([features(step, vader) for step, _ in rows(played)], [y for _, y in rows(played)]), vader
        )

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return list(map(float, self.model.predict_proba([features(step, self.vader) for step in steps])[:, 1]))


def features(step: Step, vader: Sentiment | None) -> list[float]:
    """Similarity to own earlier turns, emotion now and before, asking for a person, breakdowns, length."""
    message, past = step.view.message, step.view.current()
    alike = [float(message.vector @ exchange.message.vector) for exchange in past]
    kinds = [action.kind for exchange in past for action in exchange.actions]
    texts = [" ".join(action.text for action in exchange.actions) for exchange in past]
    mood = (
        [-vader.polarity_scores(t)["compound"] for t in (*(e.message.text for e in past), message.text)]
        if vader
        else [0.0]
    )
    failed = [kind in (BotActionKind.ABSTAINED, BotActionKind.CLARIFIED, BotActionKind.FORM_FAILURE) for kind in kinds]
    return [
        max(alike, default=0.0),
        float(np.mean(alike)) if alike else 0.0,
        mood[-1],
        max(mood),
        mood[-1] - mood[0],
        1.0 if _ASKS.search(message.text) else 0.0,
        float(sum(failed)),
        1.0 if failed and failed[-1] else 0.0,
        float(len(texts) - len(set(texts))),
        float(len(past)),
        min(len(message.text) / 400, 1.0),
        1.0 if "!" in message.text else 0.0,
    ]


def rows(played: Sequence[Played]) -> list[tuple[Step, bool]]:
    """Every message up to the handoff, and whether it is the one."""
    found = []
    for item in played:
        label = item.dialogue.handoff()
        for step in item.steps:
            here = label is not None and step.turn >= label.turn
            found.append((step, here))
            if here:
                break
    return found


def best_threshold(scorer: Scorer, played: Sequence[Played]) -> float:
    """Highest F1 on the fit dialogues with at most the allowed false handoffs; without any such, the fewest."""
    scored = {item.dialogue.id: scorer.scores(item.steps) for item in played}
    candidates = sorted({value for values in scored.values() for value in values})
    step = max(1, len(candidates) // 200)
    best, best_key = candidates[-1], (-1.0, -1.0)
    for threshold in candidates[::step]:
        found = figures(judge_with(scorer, threshold, played, scored))
        good = found["false_handoff_rate"] <= ALLOWED_FALSE
        key = (found["f1"], 1.0) if good else (-found["false_handoff_rate"], 0.0)
        key = (1.0 + key[0], key[1]) if good else key
        if key > best_key:
            best, best_key = threshold, key
    return best


def judge_with(
    scorer: Scorer, threshold: float, played: Sequence[Played], scored: dict[str, list[float]] | None = None
) -> list[Any]:
    """Judgements of a scorer at a threshold."""
    values = scored or {item.dialogue.id: scorer.scores(item.steps) for item in played}

    def decider(steps: Sequence[Step]) -> Outcome:
        dialogue = steps[0].view.message.id.rsplit(".", 1)[0]
        for step, value in zip(steps, values[dialogue], strict=True):
            if value >= threshold:
                return Outcome(step.turn, _DECIDED)
        return Outcome(None, None)

    return judge(played, decider)


_DECIDED = HandoffDecision(HandoffAction.HAND_OFF, 1.0, HandoffReason.FRUSTRATED, (), (), "")


def _regression(matrix: Sequence[Any], truths: Sequence[bool]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    wide = len(matrix[0]) > 100
    model = LogisticRegression(C=10.0, max_iter=3000, class_weight="balanced")
    return (model if wide else make_pipeline(StandardScaler(), model)).fit(np.asarray(matrix), np.asarray(truths))
