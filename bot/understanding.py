"""Trains the two ways to understand a message and the rule between them, each on texts the others have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.arbitration import FAQ, Arbitration, Guess
from bot.encoder import RememberingEncoder
from bot.faq_index import load_content, remember_live_index
from kb_index.encoder import encode_with_wording
from kb_index.index import Index
from kb_index.intents import IntentClassifier
from kb_index.questions import Example

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """What is kept of training besides the index, which is on disk already."""

    intents: IntentClassifier
    arbitration: Arbitration


def train(
    *,
    texts: Sequence[str],
    labels: Sequence[str],
    faq: Path,
    questions: Path,
    encoder: RememberingEncoder,
    folder: Path,
    wrong_answer_rate: float | None = None,
) -> Trained:
    """The classifier learns FAQ questions from the entries' wordings; the index is saved to `folder`.

    It is the classifier that `baton eval intents` measures.
    """
    entries, asked = load_content(faq, questions)
    remember_live_index(encoder)
    examples = [Example(text, label) for text, label in zip(texts, labels, strict=True)]
    examples += [Example(wording, FAQ) for entry in entries for wording in entry.phrasings]
    everything = [*texts, *(question.text for question in asked)]

    def build() -> NDArray[np.float64]:
        index = Index.build(entries, encoder, questions=asked, wrong_answer_rate=wrong_answer_rate)
        index.save(folder)
        return best_probabilities(index, everything)

    # Neither needs the other.
    with ThreadPoolExecutor(max_workers=1) as beside:
        answers = beside.submit(build)
        intents, shares = IntentClassifier.train_and_ask(examples, encoder)
        # The examples as held out from the classifier (the index never saw them), and labelled FAQ questions.
        believed = np.vstack([shares[: len(texts)], beliefs(intents, everything[len(texts) :])]).astype(np.float64)
        return Trained(intents, arbitration(intents, believed, answers.result(), [*labels, *[FAQ] * len(asked)]))


def beliefs(intents: IntentClassifier, texts: Sequence[str]) -> NDArray[np.float64]:
    """One row for each text: the share of the belief that each of the classifier's labels has."""
    vectors = encode_with_wording(intents.encoder, texts)
    ranked = (dict(intents.rank(text, *both)) for text, *both in zip(texts, *vectors, strict=True))
    rows = [[shares[label] for label in intents.labels] for shares in ranked]
    return np.array(rows, dtype=np.float64).reshape(len(texts), len(intents.labels))


def arbitration(
    intents: IntentClassifier, believed: NDArray[np.float64], answers: NDArray[np.float64], labels: Sequence[str]
) -> Arbitration:
    """Fitted on labelled texts: what the classifier believes of them, and how sure the index is of its best entry."""
    names = np.array(intents.labels)
    tasks = np.where(names == FAQ, -1.0, believed)
    truth = np.array(labels)
    return Arbitration.fit(
        task_shares=1 - believed[:, names == FAQ][:, 0],
        answers=answers,
        best_shares=tasks.max(axis=1),
        is_task=truth != FAQ,
        is_best=names[tasks.argmax(axis=1)] == truth,
    )


def rank(intents: IntentClassifier, text: str, vector: Vectors, wording: Vectors | None) -> list[Guess]:
    """Every intent with its probability, likeliest first."""
    return [Guess(name, share) for name, share in intents.rank(text, vector, wording)]


def best_probabilities(index: Index, texts: Sequence[str]) -> NDArray[np.float64]:
    """How sure the index is of its best entry, for each text."""
    found = [index.search(text, 1, vector) for text, vector in zip(texts, index.encoder.encode(texts), strict=True)]
    return np.array([matches[0].probability if matches else 0.0 for matches in found])
