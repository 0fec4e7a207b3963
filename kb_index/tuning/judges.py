"""The two uses of an encoder, as judges of one: finding FAQ entries, and telling intents apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry
from kb_index.evaluation import ask
from kb_index.evidence import LOWEST
from kb_index.index import Index
from kb_index.intents import IntentClassifier
from kb_index.questions import Example, Question
from kb_index.tuning.comparison import Judged


@dataclass(frozen=True)
class Round:
    """An index calibrated on some questions is asked others."""

    calibrated_on: Sequence[Question]
    asked: Sequence[Question]


@dataclass(frozen=True)
class FaqJudge:
    """Indices over the entries, one a round; what is asked in all rounds together was never tuned on."""

    entries: Sequence[FaqEntry]
    rounds: Sequence[Round]
    title: str = "FAQ questions"

    def judge(self, encoder: Encoder) -> Judged:
        """Build the indices with this encoder and ask them; only the first encodes the entries."""
        index: Index | None = None
        answers = []
        for each in self.rounds:
            index = Index.build(self.entries, encoder, questions=each.calibrated_on, previous=index)
            answers.append(ask(index, each.asked))
        return Judged(
            np.concatenate([asked.in_scope for asked in answers]),
            np.concatenate([asked.rank == 1 for asked in answers]),
            np.concatenate([asked.probabilities for asked in answers]),
        )


@dataclass(frozen=True)
class IntentJudge:
    """The classifier, trained on some examples and asked others."""

    examples: Sequence[Example]
    held_out: Sequence[Example]
    title: str = "labelled texts"

    def judge(self, encoder: Encoder) -> Judged:
        """Train the classifier with this encoder and ask it.

        Where everything that is asked is in scope, the probabilities are those given that something is meant: how often
        nothing is meant would be a guess that these questions cannot judge.
        """
        classifier = IntentClassifier.train(self.examples, encoder)
        found = classifier.candidates([example.text for example in self.held_out], 1)
        best = [classifier.labels[place] for place in found.places[:, 0]]
        in_scope = np.array([example.label in classifier.labels for example in self.held_out])
        probabilities = found.probabilities[:, 0].astype(np.float64)
        if in_scope.all():
            probabilities = np.minimum(probabilities / np.maximum(found.in_scope, LOWEST), 1)
        return Judged(
            in_scope,
            np.array([guess == example.label for guess, example in zip(best, self.held_out, strict=True)]),
            probabilities,
        )
