"""What the decision is compared with: each baseline scores a message in its dialogue, and hands off from a threshold.

All learn from the dialogues that ours learned from. The threshold is the one whose mistakes cost least there, at the
costs that our decision is given, where each dialogue is scored by what was fitted on other authors' dialogues. Few
false handoffs are not demanded of it: the dialogues to learn from are written to be contrary ("does your agent sell
lamps?"), and what knows only words could keep them few there only by handing off next to nothing anywhere.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.handoff.decision import HandoffDecision
from bot.handoff.evaluation import FRUSTRATED_FROM, Judgement, Played, judge
from bot.handoff.folds import FOLDS, folds_of
from bot.handoff.lexical import grams, words
from bot.handoff.reasons import HandoffAction, HandoffReason
from bot.handoff.replay import Outcome, Step
from bot.handoff.view import BotActionKind
from bot.handoff.weights import Costs

_KEYWORDS = re.compile(
    r"\b(?:human|person|agent|operator|representative|manager|supervisor|someone|somebody|useless|ridiculous|terrible|"
    r"awful|worst|angry|unacceptable|joke|stupid|complaint|refund now|already told|not help|lawyer|court|fraud|died)\b",
    re.IGNORECASE,
)
_UNSUPPORTED = (BotActionKind.ABSTAINED, BotActionKind.CLARIFIED, BotActionKind.FORM_FAILURE)


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
        """Learn which messages are handed off."""
        return cls(_regression(vectors_of(steps_of(played)), [here for _, here in rows(played)]))

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return list(map(float, self.model.predict_proba(vectors_of(steps))[:, 1]))


@dataclass(frozen=True, eq=False)
class DialogueFeatures:
    """The design of IBM 2018 (egregious conversations) and Telepathy Labs 2025, by logistic regression.

    Rephrasing, negative emotion, asking for a person, unsupported requests, repeated replies, replies beside the
    question. Emotion and wish are learned from the labels, as there, each on the sentence vector.
    """

    emotion: Any
    wish: Any
    vader: Sentiment | None
    model: Any

    @classmethod
    def fit(cls, played: Sequence[Played], vader: Sentiment | None) -> "DialogueFeatures":
        """Learn both heads; then, of what they say of dialogues they have not seen, what each feature weighs."""
        folds = folds_of([item.dialogue for item in played])
        matrix: list[list[float]] = []
        truths: list[bool] = []
        for fold in range(FOLDS):
            seen = [item for item in played if folds[item.dialogue.id] != fold]
            unseen = [item for item in played if folds[item.dialogue.id] == fold]
            blank = cls(*_emotion_and_wish(seen), vader, None)
            for item in unseen:
                found = rows([item])
                matrix += blank.features([step for step, _ in found])
                truths += [here for _, here in found]
        return cls(*_emotion_and_wish(played), vader, _regression(matrix, truths))

    def scores(self, steps: Sequence[Step]) -> list[float]:
        return list(map(float, self.model.predict_proba(self.features(steps))[:, 1]))

    def features(self, steps: Sequence[Step]) -> list[list[float]]:
        """A row for each message of one dialogue, oldest first."""
        vectors = vectors_of(steps)
        emotions, wishes = (model.decision_function(vectors) for model in (self.emotion, self.wish))
        said = {step.view.message.id: row for step, row in zip(steps, zip(emotions, wishes, strict=True), strict=True)}
        return [self._row(step, said) for step in steps]

    def _row(self, step: Step, said: dict[str, tuple[float, float]]) -> list[float]:
        message, past = step.view.message, step.view.current()
        alike = [float(message.vector @ exchange.message.vector) for exchange in past]
        tones = [said[one.id][0] for one in (*(exchange.message for exchange in past), message)]
        moods = [self._mood(one.text) for one in (*(exchange.message for exchange in past), message)]
        replies = [grams(words(" ".join(action.text for action in exchange.actions))) for exchange in past]
        unsupported = [float(any(a.kind in _UNSUPPORTED for a in exchange.actions)) for exchange in past] or [0.0]
        repeated = [_overlap(one, other) for one, other in combinations(replies, 2)]
        last = past[-1] if past else None
        return [
            said[message.id][1],
            tones[-1],
            max(tones),
            tones[-1] - tones[0],
            moods[-1],
            max(moods),
            moods[-1] - moods[0],
            max(alike, default=0.0),
            float(np.mean(alike)) if alike else 0.0,
            alike[-1] if alike else 0.0,
            sum(unsupported),
            unsupported[-1],
            unsupported[-1] * max(alike, default=0.0),
            float(len(unsupported) > 1 and unsupported[-1] * unsupported[-2]),
            max(repeated, default=0.0),
            _overlap(grams(words(last.message.text)), replies[-1]) if last else 0.0,
            float(len(past)),
            min(len(message.text) / 400, 1.0),
            float("!" in message.text),
        ]

    def _mood(self, text: str) -> float:
        return -self.vader.polarity_scores(text)["compound"] if self.vader else 0.0


def _emotion_and_wish(played: Sequence[Played]) -> tuple[Any, Any]:
    labels = {(item.dialogue.id, label.turn): label for item in played for label in item.dialogue.labels}
    found = [(step, labels.get((item.dialogue.id, step.turn))) for item in played for step in item.steps]
    known = [(step, label) for step, label in found if label is not None]
    vectors = vectors_of([step for step, _ in known])
    return (
        _regression(vectors, [label.frustration >= FRUSTRATED_FROM for _, label in known]),
        _regression(vectors, [label.reason is HandoffReason.ASKED_FOR_HUMAN for _, label in known]),
    )


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def vectors_of(steps: Sequence[Step]) -> NDArray[np.float32]:
    """The sentence vectors, a row for each message."""
    return np.asarray([step.view.message.vector for step in steps])


def steps_of(played: Sequence[Played]) -> list[Step]:
    """Every message up to the handoff."""
    return [step for step, _ in rows(played)]


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


def unseen_scores(build: Callable[[Sequence[Played]], Scorer], played: Sequence[Played]) -> dict[str, list[float]]:
    """Scores of each dialogue's messages, by a scorer built on other authors' dialogues."""
    folds = folds_of([item.dialogue for item in played])
    scores = {}
    for fold in range(FOLDS):
        scorer = build([item for item in played if folds[item.dialogue.id] != fold])
        scores |= {i.dialogue.id: scorer.scores(i.steps) for i in played if folds[i.dialogue.id] == fold}
    return scores


def cheapest_threshold(scores: dict[str, list[float]], played: Sequence[Played], costs: Costs) -> float:
    """The threshold whose missed and false handoffs cost least; the higher one of equals."""
    needed, calm = highest_scores(scores, played)
    candidates = np.unique(np.append(np.concatenate([needed, calm]), np.inf))
    missed = np.searchsorted(needed, candidates)
    false = len(calm) - np.searchsorted(calm, candidates)
    spent = costs.missed_handoff * missed + costs.false_handoff * false
    return float(candidates[len(spent) - 1 - int(spent[::-1].argmin())])


def recall_at(false: float, scores: dict[str, list[float]], played: Sequence[Played]) -> float:
    """The highest recall of any threshold with at most that share of false handoffs, on these very dialogues."""
    needed, calm = highest_scores(scores, played)
    candidates = np.append(needed, np.inf)
    allowed = (len(calm) - np.searchsorted(calm, candidates)) / max(len(calm), 1) <= false
    return float((len(needed) - np.searchsorted(needed, candidates[allowed].min())) / max(len(needed), 1))


def highest_scores(scores: dict[str, list[float]], played: Sequence[Played]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Of each dialogue the highest score, sorted: of those to hand off, and of the others."""
    needed = [max(scores[item.dialogue.id]) for item in played if item.dialogue.handoff() is not None]
    calm = [max(scores[item.dialogue.id]) for item in played if item.dialogue.handoff() is None]
    return np.sort(needed), np.sort(calm)


def judge_with(scores: dict[str, list[float]], threshold: float, played: Sequence[Played]) -> list[Judgement]:
    """Judgements at a threshold."""

    def decider(steps: Sequence[Step]) -> Outcome:
        dialogue = steps[0].view.message.id.rsplit(".", 1)[0]
        for step, value in zip(steps, scores[dialogue], strict=True):
            if value >= threshold:
                return Outcome(step.turn, _DECIDED)
        return Outcome(None, None)

    return judge(played, decider)


_DECIDED = HandoffDecision(HandoffAction.HAND_OFF, 1.0, HandoffReason.FRUSTRATED, (), (), "")


def _regression(matrix: Any, truths: Sequence[bool]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    wide = len(matrix[0]) > 100
    model = LogisticRegression(C=10.0, max_iter=3000, class_weight="balanced")
    return (model if wide else make_pipeline(StandardScaler(), model)).fit(np.asarray(matrix), np.asarray(truths))
