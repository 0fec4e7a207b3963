"""The linear head: classes learn from their kin, and without kin it is fitted to where scikit-learn fits it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from kb_index.encoder import unit_rows
from kb_index.head import INVERSE_REGULARIZATION, Floats, Head, Projection, logistic_regression
from kb_index.lexical import Lexicon


@pytest.mark.parametrize("count", [3, 7])
def test_the_fit_without_kin_agrees_with_scikit_learns(count: int) -> None:
    random = np.random.default_rng(count)
    classes = np.arange(40 * count) % count
    centres = random.normal(size=(count, 12))
    inputs = unit_rows((centres[classes] + random.normal(size=(len(classes), 12))).astype(np.float32))
    weights = random.uniform(0.5, 2, len(classes)).astype(np.float32)
    model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=1000)
    expected = model.fit(inputs.astype(np.float64), classes, sample_weight=weights).predict_proba(inputs)

    coefficients, bias = logistic_regression(inputs, classes, weights)
    exponents = np.exp(inputs @ coefficients.T + bias)
    found = exponents / exponents.sum(axis=1, keepdims=True)
    assert np.abs(found - expected).max() < 0.005
    assert np.average(classes == found.argmax(axis=1), weights=weights) > 0.8


def test_two_classes_are_mirror_images() -> None:
    inputs = np.array([[1, 0], [0, 1], [1, 0.1], [0.1, 1]], dtype=np.float32)
    coefficients, bias = logistic_regression(inputs, np.array([0, 1, 0, 1]), np.ones(4, dtype=np.float32))
    assert np.allclose(coefficients[0], -coefficients[1], atol=1e-3)
    assert bias[0] == pytest.approx(-bias[1], abs=1e-3)
    assert ((inputs @ coefficients.T + bias).argmax(axis=1) == [0, 1, 0, 1]).all()


def test_kin_resemble_each_other() -> None:
    # Two intents about alarms, two about music: one shared word each pair, and one of its own for each.
    texts = [[1, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 0, 1]]
    inputs, classes = unit_rows(np.array(texts * 3, dtype=np.float32)), np.arange(12) % 4

    def likeness(kinship: float) -> Floats:
        coefficients, _ = logistic_regression(inputs, classes, np.ones(12, dtype=np.float32), kinship)
        directions = unit_rows(coefficients)
        return directions @ directions.T

    apart, together = likeness(0.0), likeness(1.0)
    assert together[0, 1] > apart[0, 1] + 0.1
    assert together[2, 3] > apart[2, 3] + 0.1
    assert together[0, 2] < apart[0, 2] - 0.05


def test_kinship_does_not_depend_on_the_order_of_rows() -> None:
    random = np.random.default_rng(0)
    classes = np.arange(30) % 5
    inputs = unit_rows((random.normal(size=(5, 8))[classes] + random.normal(size=(30, 8))).astype(np.float32))
    order, even = random.permutation(30), np.ones(30, dtype=np.float32)
    one, _ = logistic_regression(inputs, classes, even, 1.0)
    other, _ = logistic_regression(inputs[order], classes[order], even, 1.0)
    assert np.allclose(one, other, atol=0.05)


def test_what_is_meant_alike_is_told_apart_by_its_wording() -> None:
    texts = ["tea", "tea", "cup", "cup"] * 3
    lexical = Lexicon.learn(texts).rows(texts)
    projection = Projection.learn(lexical)
    rows, even = np.arange(12, dtype=np.int32), np.ones(12, dtype=np.float32)
    vectors, owners = np.ones((12, 4), dtype=np.float32) / 2, (rows % 2).astype(np.int32)
    wording = np.eye(2, dtype=np.float32)[owners]

    told = Head.fit(vectors, wording, projection, rows, owners, even).scores(vectors, wording, lexical)
    assert (told.argmax(axis=1) == owners).all()
    assert (np.abs(told[:, 0] - told[:, 1]) > 2).all()
    without = Head.fit(vectors, wording[:, :0], projection, rows, owners, even)
    assert np.abs(np.diff(without.scores(vectors, wording, lexical))).max() < 1e-3
    assert (without.scores(vectors, wording, lexical) == without.scores(vectors, wording[:, :0], lexical)).all()
