"""The intent classifier: learns, keeps what it learned, and its confidence is held out."""

from pathlib import Path

import numpy as np
import pytest

from bot.intents import IntentModel, softmax


def clusters(spread: float) -> tuple[list[str], np.ndarray, list[str]]:
    rng = np.random.default_rng(1)
    centres = {"greet": np.eye(8)[0], "order_status": np.eye(8)[1], "faq": np.eye(8)[2]}
    vectors, labels = [], []
    for name, centre in centres.items():
        points = centre + rng.normal(scale=spread, size=(60, 8))
        vectors.append(points / np.linalg.norm(points, axis=1, keepdims=True))
        labels += [name] * 60
    return [""] * len(labels), np.concatenate(vectors).astype(np.float32), labels


def test_it_learns_and_ranks() -> None:
    model = IntentModel.fit(*clusters(0.15)).model
    ranked = model.rank("", np.eye(8, dtype=np.float32)[1])

    assert ranked[0].name == "order_status"
    assert ranked[0].confidence > 0.9
    assert sum(guess.confidence for guess in ranked) == pytest.approx(1)


def test_confidence_means_what_it_says_on_unseen_examples() -> None:
    texts, vectors, labels = clusters(0.6)
    fitted = IntentModel.fit(texts, vectors, labels)
    best = fitted.held_out.argmax(axis=1)
    right = np.asarray(fitted.model.names)[best] == labels
    confidence = fitted.held_out.max(axis=1)

    assert right.mean() < 0.97
    assert abs(right.mean() - confidence.mean()) < 0.06


def test_words_tell_apart_what_vectors_do_not() -> None:
    vectors = np.tile(np.eye(8, dtype=np.float32)[0], (80, 1))
    texts = ["cancel my order", "track my order"] * 40
    model = IntentModel.fit(texts, vectors, ["cancel_order", "order_status"] * 40).model

    assert model.rank("cancel my order please", vectors[0])[0].name == "cancel_order"
    assert model.rank("track my order please", vectors[0])[0].name == "order_status"


def test_saving_and_loading(tmp_path: Path) -> None:
    texts, vectors, labels = clusters(0.2)
    model = IntentModel.fit(texts, vectors, labels).model
    model.save(tmp_path)

    assert IntentModel.load(tmp_path).rank("hello", vectors[3]) == model.rank("hello", vectors[3])


def test_softmax_is_a_distribution_however_large_the_scores() -> None:
    assert softmax(np.array([1e4, 0.0, -1e4])).tolist() == [1.0, 0.0, 0.0]
