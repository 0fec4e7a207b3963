"""Which task a sentence asks for: a linear classifier on sentence vectors whose confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_FOLDS = 4
_FILE = "intents.npz"


@dataclass(frozen=True)
class Guess:
    """One intent and the probability that it is meant."""

    name: str
    confidence: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier, and what it says of each example when it has not seen it: rows as given, columns as its names."""

    model: IntentModel
    held_out: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IntentModel:
    """Weights of the linear classifier; `sharpness` is fitted so that confidences are right on held-out folds."""

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]
    sharpness: float

    @classmethod
    def fit(cls, vectors: Vectors, labels: Sequence[str], *, strictness: float = 12.0, seed: int = 7) -> Fitted:
        """Fit on labelled vectors; `strictness` is the inverse of the regularization."""
        from sklearn.model_selection import StratifiedKFold

        answers = np.asarray(labels)
        names = tuple(sorted(set(labels)))
        scores = np.empty((len(labels), len(names)))
        for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(vectors, answers):
            weights, biases = _fit_linear(vectors[train], answers[train], names, strictness)
            scores[test] = vectors[test] @ weights.T + biases
        sharpness = _fit_sharpness(scores, np.searchsorted(names, answers))
        weights, biases = _fit_linear(vectors, answers, names, strictness)
        return Fitted(cls(names, weights, biases, sharpness), softmax(sharpness * scores))

    def rank(self, vector: Vectors) -> list[Guess]:
        """Every intent with its probability, likeliest first."""
        probabilities = softmax(self.sharpness * (self.weights @ vector + self.biases))
        order = np.argsort(-probabilities)
        return [Guess(self.names[place], float(probabilities[place])) for place in order]

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays."""
        np.savez(
            folder / _FILE,
            names=np.asarray(self.names),
            weights=self.weights,
            biases=self.biases,
            sharpness=np.asarray(self.sharpness),
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote."""
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            return cls(
                tuple(str(name) for name in stored["names"]),
                stored["weights"],
                stored["biases"],
                float(stored["sharpness"]),
            )


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores to probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _fit_linear(
    vectors: Vectors, answers: NDArray[np.str_], names: tuple[str, ...], strictness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strictness, max_iter=400, tol=1e-3, class_weight="balanced")
    model.fit(vectors, answers)
    if tuple(model.classes_) != names:
        raise ValueError("every intent needs an example in each fold; give each intent at least eight examples")
    return model.coef_, model.intercept_


def _fit_sharpness(scores: NDArray[np.float64], answers: NDArray[np.int64]) -> float:
    """The factor on the scores that makes the held-out answers likeliest."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(answers))

    def surprise(factor: float) -> float:
        return float(-np.log(softmax(factor * scores)[rows, answers] + 1e-12).mean())

    return float(minimize_scalar(surprise, bounds=(0.1, 10.0), method="bounded").x)
