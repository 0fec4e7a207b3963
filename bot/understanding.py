"""Trains the two ways to understand a message and the rule between them, each on texts the others have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.arbitration import FAQ, Arbitration, Guess
from bot.encoder import RememberingEncoder
from bot.faq_index import build_index
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
    index, asked = build_index(faq, questions, encoder, folder, wrong_answer_rate)
    # Most of them came from the index in use: training after an edit encodes only what changed.
    encoder.remember(index.texts, index.evidence.rows.vectors)
    examples = [Example(text, label) for text, label in zip(texts, labels, strict=True)]
    examples += [Example(wording, FAQ) for entry in index.entries.values() for wording in entry.phrasings]
    intents, shares = IntentClassifier.train_and_ask(examples, encoder)
    held_out = 1 - shares[: len(texts), intents.labels.index(FAQ)]
    questions_asked = [question.text for question in asked]
    rule = fit_arbitration(intents, index, texts=texts, held_out=held_out, labels=labels, asked=questions_asked)
    return Trained(intents, rule)


def fit_arbitration(
    intents: IntentClassifier,
    index: Index,
    *,
    texts: Sequence[str],
    held_out: NDArray[np.float32],
    labels: Sequence[str],
    asked: Sequence[str],
) -> Arbitration:
    """On the examples as held out from the classifier (the index never saw them), and on labelled FAQ questions.

    `held_out`: the share of the belief that tasks have for each of the texts.
    """
    everything = [*texts, *asked]
    vectors = index.encoder.encode(everything)
    answers = [best_probability(index, text, vector) for text, vector in zip(everything, vectors, strict=True)]
    shares = list(held_out)
    for text, vector in zip(asked, vectors[len(texts) :], strict=True):
        shares.append(1 - dict(intents.rank(text, vector))[FAQ])
    is_task = [label != FAQ for label in labels] + [False] * len(asked)
    return Arbitration.fit(np.asarray(shares, dtype=np.float64), np.asarray(answers), np.asarray(is_task))


def rank(intents: IntentClassifier, text: str, vector: Vectors) -> list[Guess]:
    """Every intent with its probability, likeliest first."""
    return [Guess(name, share) for name, share in intents.rank(text, vector)]


def best_probability(index: Index, text: str, vector: Vectors) -> float:
    """How sure the index is of its best entry."""
    matches = index.search(text, 1, vector)
    return matches[0].probability if matches else 0.0
