"""Which task a sentence asks for: a linear classifier on meaning and words whose confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.words import features, matrix

Vectors = NDArray[np.float32]
Scores = NDArray[np.float64]

# How much the words count beside the vector; chosen on held-out folds of data/nlu.
WORD_SCALE = 0.8
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
    held_out: Scores


@dataclass(frozen=True, eq=False)
class IntentModel:
    """Weights of the linear classifier; `sharpness` is fitted so that confidences are right on held-out folds."""

    names: tuple[str, ...]
    meaning: Vectors  # (names, dimensions)
    words: Vectors  # (names, words.DIMENSIONS)
    biases: Vectors
    sharpness: float

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Vectors, labels: Sequence[str], *, strictness: float = 12.0, seed: int = 7
    ) -> Fitted:
        """Fit on labelled texts and their vectors; `strictness` is the inverse of the regularization."""
        from scipy.sparse import csr_matrix
        from sklearn.model_selection import StratifiedKFold

        answers = np.asarray(labels)
        names = tuple(sorted(set(labels)))
        rows = csr_matrix(np.hstack([vectors, WORD_SCALE * matrix(list(texts))]))
        scores = np.empty((len(labels), len(names)))
        for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(vectors, answers):
            weights, biases = _fit_linear(rows[train], answers[train], names, strictness)
            scores[test] = rows[test] @ weights.T + biases
        sharpness = _fit_sharpness(scores, np.searchsorted(names, answers))
        weights, biases = _fit_linear(rows, answers, names, strictness)
        dimensions = vectors.shape[1]
        model = cls(
            names,
            weights[:, :dimensions].astype(np.float32),
            (WORD_SCALE * weights[:, dimensions:]).astype(np.float32),
            biases.astype(np.float32),
            sharpness,
        )
        return Fitted(model, softmax(sharpness * scores))

    def rank(self, text: str, vector: Vectors) -> list[Guess]:
        """Every intent with its probability, likeliest first."""
        scores = self.meaning @ vector + self.biases
        found = features(text)
        if found:
            scores = scores + self.words[:, list(found)] @ np.fromiter(found.values(), np.float32)
        probabilities = softmax(self.sharpness * scores.astype(np.float64))
        order = np.argsort(-probabilities)
        return [Guess(self.names[place], float(probabilities[place])) for place in order]

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays."""
        np.savez(
            folder / _FILE,
            names=np.asarray(self.names),
            meaning=self.meaning,
            words=self.words,
            biases=self.biases,
            sharpness=np.asarray(self.sharpness),
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote."""
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            names = tuple(str(name) for name in stored["names"])
            return cls(names, stored["meaning"], stored["words"], stored["biases"], float(stored["sharpness"]))


def softmax(scores: Scores) -> Scores:
    """Scores to probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Scores = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _fit_linear(
    rows: Any, answers: NDArray[np.str_], names: tuple[str, ...], strictness: float
) -> tuple[Scores, Scores]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strictness, max_iter=400, tol=1e-3, class_weight="balanced")
    model.fit(rows, answers)
    if tuple(model.classes_) != names:
        raise ValueError("every intent needs an example in each fold; give each intent at least eight examples")
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        half, bias = model.coef_ / 2, model.intercept_ / 2
        return np.concatenate([-half, half]), np.concatenate([-bias, bias])
    return model.coef_, model.intercept_


def _fit_sharpness(scores: Scores, answers: NDArray[np.int64]) -> float:
    """The factor on the scores that makes the held-out answers likeliest."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(answers))

    def surprise(factor: float) -> float:
        return float(-np.log(softmax(factor * scores)[rows, answers] + 1e-12).mean())

    return float(minimize_scalar(surprise, bounds=(0.1, 10.0), method="bounded").x)
