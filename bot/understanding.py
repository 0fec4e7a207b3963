"""Trains the two ways to understand a message and the rule between them, each on texts the others have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.arbitration import FAQ, Arbitration
from bot.faq_index import build_index
from bot.intents import Fitted, IntentModel
from kb_index.encoder import Encoder
from kb_index.index import Index

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """What is kept of training besides the index, which is on disk already."""

    intents: IntentModel
    arbitration: Arbitration


def train(
    *,
    texts: Sequence[str],
    vectors: Vectors,
    labels: Sequence[str],
    faq: Path,
    questions: Path,
    encoder: Encoder,
    strictness: float,
    folder: Path,
) -> Trained:
    """The classifier learns FAQ questions from the entries' wordings; the index is saved to `folder`."""
    index, asked = build_index(faq, questions, encoder, folder)
    wordings = [text for entry in index.entries.values() for text in (entry.question, *entry.wordings)]
    known = dict(zip(index.texts, index.evidence.rows.vectors, strict=True))
    fitted = IntentModel.fit(
        [*texts, *wordings],
        np.concatenate([vectors, np.stack([known[wording] for wording in wordings])]),
        [*labels, *[FAQ] * len(wordings)],
        strictness=strictness,
    )
    return Trained(
        fitted.model,
        fit_arbitration(
            fitted, index, texts=texts, vectors=vectors, labels=labels, asked=[question.text for question in asked]
        ),
    )


def fit_arbitration(
    fitted: Fitted, index: Index, *, texts: Sequence[str], vectors: Vectors, labels: Sequence[str], asked: Sequence[str]
) -> Arbitration:
    """On the examples as held out from the classifier (the index never saw them), and on labelled FAQ questions."""
    faq = fitted.model.names.index(FAQ)
    shares = [1 - fitted.held_out[row, faq] for row in range(len(texts))]
    answers = [best_probability(index, text, vector) for text, vector in zip(texts, vectors, strict=True)]
    is_task = [label != FAQ for label in labels]
    for text, vector in zip(asked, index.encoder.encode(asked), strict=True):
        shares.append(1 - next(guess.confidence for guess in fitted.model.rank(text, vector) if guess.name == FAQ))
        answers.append(best_probability(index, text, vector))
        is_task.append(False)
    return Arbitration.fit(np.asarray(shares), np.asarray(answers), np.asarray(is_task))


def best_probability(index: Index, text: str, vector: Vectors) -> float:
    """How sure the index is of its best entry."""
    matches = index.search(text, 1, vector)
    return matches[0].probability if matches else 0.0
