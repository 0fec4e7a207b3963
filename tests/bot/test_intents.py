"""The intent classifier: learns, keeps what it learned, and its confidence is held out."""

from pathlib import Path

import numpy as np
import pytest

from bot.intents import IntentModel, softmax


def clusters(spread: float) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(1)
    centres = {"greet": np.eye(8)[0], "order_status": np.eye(8)[1], "faq": np.eye(8)[2]}
    vectors, labels = [], []
    for name, centre in centres.items():
        points = centre + rng.normal(scale=spread, size=(60, 8))
        vectors.append(points / np.linalg.norm(points, axis=1, keepdims=True))
        labels += [name] * 60
    return np.concatenate(vectors).astype(np.float32), labels


def test_it_learns_and_ranks() -> None:
    vectors, labels = clusters(0.15)
    model = IntentModel.fit(vectors, labels).model
    ranked = model.rank(np.eye(8, dtype=np.float32)[1])

    assert ranked[0].name == "order_status"
    assert ranked[0].confidence > 0.9
    assert sum(guess.confidence for guess in ranked) == pytest.approx(1)


def test_confidence_means_what_it_says_on_unseen_examples() -> None:
    vectors, labels = clusters(0.6)
    fitted = IntentModel.fit(vectors, labels)
    best = fitted.held_out.argmax(axis=1)
    right = np.asarray(fitted.model.names)[best] == labels
    confidence = fitted.held_out.max(axis=1)

    assert right.mean() < 0.97
    assert abs(right.mean() - confidence.mean()) < 0.06


def test_saving_and_loading(tmp_path: Path) -> None:
    vectors, labels = clusters(0.2)
    model = IntentModel.fit(vectors, labels).model
    model.save(tmp_path)

    assert IntentModel.load(tmp_path).rank(vectors[3]) == model.rank(vectors[3])


def test_softmax_is_a_distribution_however_large_the_scores() -> None:
    assert softmax(np.array([1e4, 0.0, -1e4])).tolist() == [1.0, 0.0, 0.0]
