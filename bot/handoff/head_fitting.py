"""Fitting heads: logistic regression on vector, form and weighted runs of words, the same features as at run time."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.handoff.examples import ExampleFile, Judged, fingerprint, heads_of, judged
from bot.handoff.heads import GRAM_SCALE, Heads
from bot.handoff.lexical import Lexicon, grams, shape, words
from bot.handoff.view import Vector

# Chosen by cross-validation on the authored examples (see tests/bot/handoff/test_head_fitting.py for the floor).
STRENGTH = 10.0
MIN_COUNT = 2  # a run of words seen once says nothing
# Texts borrowed from other heads count less: they are many, and were not written to be hard.
BORROWED = 0.5


@dataclass(frozen=True, eq=False)
class Features:
    """Texts as the matrix a head is fitted on."""

    rows: Mapping[str, int]  # text -> row
    dense: NDArray[np.float32]
    known: list[list[int]]  # vocabulary rows of each text
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float32]

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Mapping[str, Vector], lexicon: Lexicon) -> "Features":
        """Vectors come from the encoder, everything else from the text."""
        tokens = [words(text) for text in texts]
        runs = [grams(found) for found in tokens]
        counts = Counter(gram for found in runs for gram in found)
        vocabulary = {gram: row for row, gram in enumerate(sorted(g for g, n in counts.items() if n >= MIN_COUNT))}
        idf = np.asarray([math.log(1 + len(texts) / counts[gram]) for gram in vocabulary], dtype=np.float32)
        dense = np.asarray(
            [
                np.concatenate([vectors[text], np.asarray(shape(text, found, lexicon), dtype=np.float32)])
                for text, found in zip(texts, tokens, strict=True)
            ],
            dtype=np.float32,
        )
        known = [sorted(vocabulary[gram] for gram in found if gram in vocabulary) for found in runs]
        return cls({text: row for row, text in enumerate(texts)}, dense, known, vocabulary, idf)

    def project(self, texts: Sequence[str], vectors: Mapping[str, Vector], lexicon: Lexicon) -> NDArray[np.float32]:
        """Other texts as rows of the same matrix, with this one's words and their weights."""
        tokens = [words(text) for text in texts]
        dense = [
            np.concatenate([vectors[text], np.asarray(shape(text, found, lexicon), dtype=np.float32)])
            for text, found in zip(texts, tokens, strict=True)
        ]
        known = [sorted(self.vocabulary[g] for g in grams(found) if g in self.vocabulary) for found in tokens]
        rows = range(len(texts))
        return Features({}, np.asarray(dense, dtype=np.float32), known, self.vocabulary, self.idf).matrix(rows)

    def matrix(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Dense part and normalised runs of words, side by side."""
        sparse = np.zeros((len(rows), len(self.vocabulary)), dtype=np.float32)
        for place, row in enumerate(rows):
            known = self.known[row]
            if known:
                idf = self.idf[known]
                sparse[place, known] = GRAM_SCALE * idf / np.sqrt(idf @ idf)
        return np.hstack([self.dense[list(rows)], sparse])


def fit_heads(files: list[ExampleFile], vectors: Mapping[str, Vector], lexicon: Lexicon, encoder: str) -> Heads:
    """All heads, fitted on all examples. `vectors` holds one for every text."""
    examples = {head: judged(files, head) for head in heads_of(files)}
    texts = sorted({item.text for items in examples.values() for item in items})
    features = Features.of(texts, vectors, lexicon)
    fitted = {head: fit_one(features, items) for head, items in examples.items()}
    return stack(fitted, features, encoder, fingerprint(files))


def stack(
    fitted: Mapping[str, tuple[float, NDArray[np.float64]]], features: Features, encoder: str, examples: str = ""
) -> Heads:
    """Fitted heads side by side, as they are scored."""
    dimensions = features.dense.shape[1]
    return Heads(
        names=tuple(fitted),
        encoder=encoder,
        bias=np.asarray([bias for bias, _ in fitted.values()], dtype=np.float32),
        dense=np.asarray([weights[:dimensions] for _, weights in fitted.values()], dtype=np.float32),
        vocabulary=features.vocabulary,
        idf=features.idf,
        sparse=np.asarray([weights[dimensions:] for _, weights in fitted.values()], dtype=np.float32).T.copy(),
        examples=examples,
    )


def fit_one(
    features: Features, items: Sequence[Judged], strength: float = STRENGTH
) -> tuple[float, NDArray[np.float64]]:
    """Bias and weights of one head."""
    from sklearn.linear_model import LogisticRegression

    matrix = features.matrix([features.rows[item.text] for item in items])
    yes = np.asarray([item.yes for item in items])
    weight = np.asarray([item.weight * (1.0 if item.own else BORROWED) for item in items])
    # Half way to balanced: the examples say nothing about how rare a yes is in real conversations.
    weight[yes] *= math.sqrt(weight[~yes].sum() / weight[yes].sum())
    model = LogisticRegression(C=strength, max_iter=2000, tol=1e-5)
    model.fit(matrix, yes, sample_weight=weight)
    return float(model.intercept_[0]), model.coef_[0]
