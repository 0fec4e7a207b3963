"""A task or a question of the FAQ: both say how sure they are, and a fitted rule says which of them to believe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.faq import FaqResult

FAQ = "faq"
INFORM = "inform"

# A message with a fact and no more words than this is about the fact ("it's MF-204519, sorry").
FACT_WORDS = 4
# From here on a task is likelier than a question.
LIKELY = 0.5
_TINY = 1e-9
# In a form that waits for free text, only a clear wish for something else or another try, or courtesy, is not the text.
_WAYS_OUT = {"talk_to_person": 0.5, "stop": 0.6, "goodbye": 0.8, "order_status": 0.85, "cancel_order": 0.85}
_AGAIN = {"try_again": 0.8}
# "Hi, the lamp" is more than a greeting.
_COURTESY = {"thanks": 0.9, "helped": 0.9, "greet": 0.98}
_NOT_THE_TEXT = _WAYS_OUT | _AGAIN | _COURTESY
_QUESTION_WORDS = frozenset(
    ("how", "what", "when", "where", "who", "why", "which", "can", "do", "does", "is", "are", "will", "could", "would")
)


@dataclass(frozen=True)
class Guess:
    """One intent and the probability that it is meant."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Arbitration:
    """P(the message asks for a task) from how sure the classifier and the FAQ index are; fitted on held-out texts.

    `clear`: how sure of one task to be to start it.
    """

    bias: float
    task: float
    answer: float
    clear: float

    @classmethod
    def fit(
        cls,
        task_shares: NDArray[np.float64],
        answers: NDArray[np.float64],
        best_shares: NDArray[np.float64],
        is_task: NDArray[np.bool_],
        is_best: NDArray[np.bool_],
    ) -> Arbitration:
        """From texts that neither side was trained on; tasks and questions count the same, however many there are.

        `best_shares`: the classifier's belief in the likeliest task; `is_best`: whether just that one is asked for. A
        wrong task costs as much as none.
        """
        from sklearn.linear_model import LogisticRegression

        features = np.stack([_logit(task_shares), _logit(answers)], axis=1)
        model = LogisticRegression(C=1.0, class_weight="balanced").fit(features, is_task)
        probabilities = model.predict_proba(features)[:, 1]
        weights = 1 / np.where(is_task, is_task.mean(), (~is_task).mean())
        likely = probabilities >= LIKELY
        sure = probabilities * best_shares / np.maximum(task_shares, _TINY)
        clear = _best_threshold(sure[likely], np.where(is_best, weights, -weights)[likely])
        return cls(float(model.intercept_[0]), float(model.coef_[0, 0]), float(model.coef_[0, 1]), clear)

    def task_probability(self, task_share: float, answer: float) -> float:
        """The classifier gives tasks `task_share` of its belief; the index gives its best entry `answer`."""
        features = _logit(np.asarray([task_share, answer]))
        score = self.bias + self.task * features[0] + self.answer * features[1]
        return float(1 / (1 + np.exp(-score)))

    def as_dict(self) -> dict[str, float]:
        """For the model."""
        return {"bias": self.bias, "task": self.task, "answer": self.answer, "clear": self.clear}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Arbitration:
        """The reverse of `as_dict`."""
        return cls(*(float(stored[name]) for name in ("bias", "task", "answer", "clear")))


@dataclass(frozen=True)
class Circumstances:
    """What else is known of the message: how much of it is facts, and what a form waits for."""

    words: tuple[str, ...]
    has_fact: bool = False
    waits_for_text: bool = False


def arbitrate(guesses: Sequence[Guess], found: FaqResult, rule: Arbitration, seen: Circumstances) -> Guess:
    """The intent to act on."""
    tasks = [guess for guess in guesses if guess.name != FAQ]
    share = sum(guess.confidence for guess in tasks)
    probability = rule.task_probability(share, found.best_probability)
    best = tasks[0] if tasks else Guess(FAQ, 0.0)
    sure = probability * best.confidence / share if share else 0.0
    if set(seen.words) == {"?"}:  # "??" agrees to nothing and asks for no task, whatever it is most like
        return Guess(FAQ, round(1 - sure, 6))
    if seen.waits_for_text:
        return _in_free_text(Guess(best.name, round(sure, 6)), found, probability, seen)
    if seen.has_fact and len(seen.words) <= FACT_WORDS and sure < 0.6:
        return Guess(INFORM, round(1 - sure, 6))
    if probability >= LIKELY and sure >= rule.clear:
        return Guess(best.name, round(sure, 6))
    return Guess(FAQ, round(1 - sure, 6))


def _in_free_text(best: Guess, found: FaqResult, probability: float, seen: Circumstances) -> Guess:
    if best.confidence >= _NOT_THE_TEXT.get(best.name, 2.0):
        return best
    begins = bool(seen.words) and seen.words[0] in _QUESTION_WORDS
    ends = bool(seen.words) and seen.words[-1] == "?"
    answered = probability < LIKELY and found.outcome == "answer"
    if (begins and ends) or ((begins or ends) and answered):
        return Guess(FAQ, round(1 - probability, 6))
    return Guess(INFORM, 1.0)


def _best_threshold(scores: NDArray[np.float64], gains: NDArray[np.float64]) -> float:
    """From which score on the gains are largest in sum."""
    order = np.argsort(-scores, kind="stable")
    best = int(np.argmax(np.cumsum(gains[order])))
    return float(scores[order][best])


def _logit(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(shares, 1e-4, 1 - 1e-4)
    logits: NDArray[np.float64] = np.log(bounded / (1 - bounded))
    return logits
