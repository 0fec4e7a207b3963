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
        held_out = 1 - shares[: len(texts), intents.labels.index(FAQ)]
        tasks = np.append(held_out, task_shares(intents, everything[len(texts) :]))
        is_task = np.array([label != FAQ for label in labels] + [False] * len(asked))
        # The examples as held out from the classifier (the index never saw them), and labelled FAQ questions.
        return Trained(intents, Arbitration.fit(tasks.astype(np.float64), answers.result(), is_task))


def task_shares(intents: IntentClassifier, texts: Sequence[str]) -> NDArray[np.float64]:
    """The share of the belief that tasks have, for each text."""
    vectors = intents.encoder.encode(texts)
    return np.array([1 - dict(intents.rank(text, vector))[FAQ] for text, vector in zip(texts, vectors, strict=True)])


def rank(intents: IntentClassifier, text: str, vector: Vectors) -> list[Guess]:
    """Every intent with its probability, likeliest first."""
    return [Guess(name, share) for name, share in intents.rank(text, vector)]


def best_probabilities(index: Index, texts: Sequence[str]) -> NDArray[np.float64]:
    """How sure the index is of its best entry, for each text."""
    found = [index.search(text, 1, vector) for text, vector in zip(texts, index.encoder.encode(texts), strict=True)]
    return np.array([matches[0].probability if matches else 0.0 for matches in found])
