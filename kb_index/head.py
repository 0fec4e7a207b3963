"""A linear classifier over meaning and words together: one score for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import unit_rows
from kb_index.lexical import SparseRows

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

# Chosen on validation parts of BANKING77, CLINC150 and HWU64, at 10 and about 100 examples a class: each is a plateau.
INVERSE_REGULARIZATION = 20.0
LEXICAL_SHARE = 0.7
# How much the wording counts beside the meaning. On draws from the same sets' training texts 0.7 to 1.4 do alike.
WORDING_SHARE = 1.0
# More texts have more to say in words; fewer dimensions train twice as fast.
LEXICAL_DIMENSIONS, LEXICAL_DIMENSIONS_OF_MANY = 256, 512
MANY_ROWS = 5_000
SEED = 7


@dataclass(frozen=True)
class Projection:
    """The main directions of the training texts' lexical features: few enough for a dense classifier."""

    places: Labels  # for each feature its row in `directions`; the last row, all zero, for features left out
    directions: Floats
    rows: Floats

    @classmethod
    def learn(cls, lexical: SparseRows) -> Projection:
        """Keep features of at least two texts; the others only name a single text."""
        from sklearn.utils.extmath import randomized_svd

        matrix = lexical.matrix()
        kept = np.flatnonzero(np.bincount(lexical.columns, minlength=lexical.width) > 1)
        places = np.full(lexical.width, len(kept), dtype=np.int32)
        places[kept] = np.arange(len(kept))
        matrix = matrix[:, kept]
        most = LEXICAL_DIMENSIONS_OF_MANY if len(lexical) > MANY_ROWS else LEXICAL_DIMENSIONS
        rank = min(most, min(matrix.shape) - 1)
        if rank < 1:
            return cls(places, np.zeros((len(kept) + 1, 1), np.float32), np.zeros((len(lexical), 1), np.float32))
        _, _, transposed = randomized_svd(matrix, rank, n_iter=2, random_state=SEED)
        directions = (transposed.T * LEXICAL_SHARE).astype(np.float32)
        return cls(places, np.pad(directions, ((0, 1), (0, 0))), np.asarray(matrix @ directions, dtype=np.float32))


@dataclass(frozen=True)
class Head:
    """Class scores: a part from meaning and wording, a part from words, and a bias for each class."""

    dense: Floats  # classes x dimensions of meaning, followed by those of wording where it was fitted on them
    places: Labels  # see Projection
    lexical: Floats
    bias: Floats

    @classmethod
    def fit(
        cls,
        vectors: Floats,
        wording: Floats,
        projection: Projection,
        rows: Labels,
        owners: Labels,
        weights: Floats,
        kinship: float = 0.0,
    ) -> Head:
        """Logistic regression on these rows of the projection; classes without a row score minus infinity.

        `wording` may have no columns.
        """
        known, compact = np.unique(owners, return_inverse=True)
        count = int(owners.max()) + 1 if len(owners) else 0
        inputs = np.hstack([vectors, WORDING_SHARE * wording, projection.rows[rows]])
        coefficients = np.zeros((count, inputs.shape[1]), dtype=np.float32)
        bias = np.full(count, -np.inf, dtype=np.float32)
        if len(known) < 2:
            bias[known] = 0
        else:
            coefficients[known], bias[known] = logistic_regression(inputs, compact, weights, kinship)
        meaning, width = vectors.shape[1], vectors.shape[1] + wording.shape[1]
        coefficients[:, meaning:width] *= WORDING_SHARE
        lexical = projection.directions @ coefficients[:, width:].T
        return cls(np.ascontiguousarray(coefficients[:, :width]), projection.places, lexical.astype(np.float32), bias)

    def widened(self, classes: int) -> Head:
        """The same head with room for classes it has never seen."""
        missing = classes - len(self.bias)
        return Head(
            np.pad(self.dense, ((0, missing), (0, 0))),
            self.places,
            np.pad(self.lexical, ((0, 0), (0, missing))),
            np.pad(self.bias, (0, missing), constant_values=-np.inf),
        )

    def scores(self, vectors: Floats, wording: Floats, lexical: SparseRows) -> Floats:
        """One row for each text, one column for each class; a head fitted without wording leaves it out."""
        found = np.hstack([vectors, wording])[:, : self.dense.shape[1]] @ self.dense.T + self.bias
        for number in range(len(lexical)):
            span = slice(lexical.indptr[number], lexical.indptr[number + 1])
            found[number] += lexical.values[span] @ self.lexical[self.places[lexical.columns[span]]]
        return found


def logistic_regression(
    inputs: Floats, classes: NDArray[np.int64], weights: Floats, kinship: float = 0.0
) -> tuple[Floats, Floats]:
    """Coefficients (one row a class) and biases for classes 0, 1, ..., each with a row; `weights`: one for each row.

    With `kinship` the coefficients of two classes are expected to resemble each other as their mean texts do: their
    prior is Gaussian, with `_covariance` between classes. Solver, stopping rule and, without kinship, the loss are
    scikit-learn's, which computes in double precision what takes half as long in single.
    """
    from scipy.optimize import minimize
    from scipy.sparse import eye_array

    count, width = int(classes.max()) + 1, inputs.shape[1]
    shares = weights / weights.sum()
    decay = np.float32(1 / (INVERSE_REGULARIZATION * weights.sum()))
    each = np.arange(len(inputs))
    # The penalty is plain for `own`; mixed by the root of the covariance it gives the coefficients.
    mixing: Any = eye_array(count, dtype=np.float32)
    if kinship and count > 2:  # two are opposites, seen from their middle: nothing is shared
        mixing = np.linalg.cholesky(_covariance(inputs, classes, kinship))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        found = flat.reshape(count, width + 1).astype(np.float32)
        own, bias = found[:, :width], found[:, width]
        scores = inputs @ (mixing @ own).T + bias
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[each, classes]
        chances = np.exp(scores, out=scores)
        total = chances.sum(axis=1)
        value = shares @ (np.log(total) - right) + decay / 2 * np.vdot(own, own)
        chances *= (shares / total)[:, None]
        chances[each, classes] -= shares
        gradient = np.hstack([mixing.T @ (chances.T @ inputs) + decay * own, chances.sum(axis=0)[:, None]])
        return float(value), gradient.ravel().astype(np.float64)

    options = {"maxiter": 1000, "gtol": 1e-4, "ftol": 64 * np.finfo(float).eps, "maxls": 50}
    found = minimize(loss, np.zeros(count * (width + 1)), jac=True, method="L-BFGS-B", options=options)
    solved = found.x.reshape(count, width + 1).astype(np.float32)
    return mixing @ solved[:, :width], solved[:, width]


def _covariance(inputs: Floats, classes: NDArray[np.int64], kinship: float) -> Floats:
    """The unit matrix and `kinship` times the cosines between the classes' means, seen from the middle of these."""
    sizes = np.bincount(classes)
    members = classes == np.arange(len(sizes))[:, None]
    means = members.astype(np.float32) @ inputs / sizes[:, None].astype(np.float32)
    directions = unit_rows(means - means.mean(axis=0))
    return np.eye(len(sizes), dtype=np.float32) + np.float32(kinship) * (directions @ directions.T)
