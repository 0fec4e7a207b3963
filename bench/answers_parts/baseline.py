"""The simple way to do the same, measured in the same run: frozen vectors, logistic regression, no calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import OUT_OF_SCOPE
from kb_index.encoder import Encoder
from kb_index.metrics import auroc, matthews_curve
from kb_index.questions import Example


@dataclass(frozen=True)
class Guesses:
    """Best class of each text, its score, and the truth."""

    truth: NDArray[np.int32]
    best: NDArray[np.int32]
    scores: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        """Share of in-scope texts whose best class is right."""
        inside = self.truth != OUT_OF_SCOPE
        return float((self.best == self.truth)[inside].mean())

    @property
    def auroc(self) -> float:
        """In scope against out of scope."""
        return auroc(self.truth != OUT_OF_SCOPE, self.scores)

    @property
    def best_mcc(self) -> float:
        """At the threshold that is best on these very texts: more than can be had in practice."""
        order = np.argsort(-self.scores, kind="stable")
        return float(matthews_curve(self.truth[order], self.best[order], np.ones(len(order))).max())

    def at(self, threshold: float) -> tuple[float, float]:
        """In-scope accuracy and out-of-scope recall."""
        inside = self.truth != OUT_OF_SCOPE
        given = self.scores >= threshold
        return float((given & (self.best == self.truth))[inside].mean()), float((~given)[~inside].mean())

    def accuracy_threshold(self) -> float:
        """The threshold of highest accuracy over all texts, out of scope among them."""
        right = [
            (np.where(self.scores >= t, self.best, OUT_OF_SCOPE) == self.truth).mean() for t in np.sort(self.scores)
        ]
        return float(np.sort(self.scores)[int(np.argmax(right))])


class Baseline:
    """Logistic regression (C = 10); score: probability times squared cosine to the nearest example."""

    def __init__(self, examples: Sequence[Example], encoder: Encoder) -> None:
        from sklearn.linear_model import LogisticRegression

        known = [example for example in examples if example.label]
        self._encoder = encoder
        self._labels = sorted({str(example.label) for example in known})
        self._vectors = encoder.encode([example.text for example in known])
        places = {label: place for place, label in enumerate(self._labels)}
        owners = [places[str(example.label)] for example in known]
        self._model = LogisticRegression(C=10, max_iter=1000).fit(self._vectors, owners)

    def guess(self, examples: Sequence[Example]) -> Guesses:
        """Classify."""
        places = {label: place for place, label in enumerate(self._labels)}
        truth = np.array([places.get(example.label or "", OUT_OF_SCOPE) for example in examples], dtype=np.int32)
        vectors = self._encoder.encode([example.text for example in examples])
        shares = self._model.predict_proba(vectors)
        nearest = np.concatenate(
            [(vectors[n : n + 500] @ self._vectors.T).max(axis=1) for n in range(0, len(vectors), 500)]
        )
        return Guesses(truth, shares.argmax(axis=1).astype(np.int32), shares.max(axis=1) * np.maximum(nearest, 0) ** 2)
