"""How good the answers are: an index on labelled questions, a classifier on labelled texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import CANDIDATES, OUT_OF_SCOPE
from kb_index.decision import OFFERS, offered_probability
from kb_index.errors import DataError
from kb_index.evidence import Query
from kb_index.index import Index
from kb_index.intents import IntentClassifier
from kb_index.metrics import (
    Classes,
    Flags,
    Numbers,
    auroc,
    calibration_error,
    intervals,
    macro_f1,
    matthews_correlation,
    risk_coverage_area,
)
from kb_index.questions import Example, Question

AT_ONCE = 200
RANKS = 3


@dataclass(frozen=True)
class Report:
    """Figures by name, each with its 95 % interval, and what a plot needs."""

    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    counts: Mapping[str, int]
    probabilities: Numbers = field(repr=False)
    right: Flags = field(repr=False)

    def as_dict(self) -> dict[str, object]:
        """For --json: the figures on top, their intervals and the counts beside them; null where undefined."""
        clean = {name: None if np.isnan(value) else round(value, 6) for name, value in self.figures.items()}
        spans = {
            name: None if np.isnan(low) else [round(low, 6), round(high, 6)]
            for name, (low, high) in self.intervals.items()
        }
        return {**clean, "intervals": spans, "counts": dict(self.counts)}


@dataclass(frozen=True)
class Asked:
    """What an index did with each question."""

    in_scope: Flags
    rank: NDArray[np.int64]  # place of the right entry among all, from 1; 0 for out of scope
    probabilities: Numbers  # of the best entry
    in_scope_probabilities: Numbers
    answered: Flags
    offered: Flags
    right_offered: Flags


def evaluate_index(index: Index, questions: Sequence[Question]) -> Report:
    """Ask every question and compare with what was expected."""
    asked = ask(index, questions)

    def measure(cases: NDArray[np.int64]) -> dict[str, float]:
        return faq_figures(asked, cases)

    everything = np.arange(len(questions))
    counts = {
        "questions": len(questions),
        "in_scope": int(asked.in_scope.sum()),
        "out_of_scope": int((~asked.in_scope).sum()),
        "entries": len(index.entries),
    }
    return Report(measure(everything), intervals(measure, len(questions)), counts, asked.probabilities, asked.rank == 1)


def ask(index: Index, questions: Sequence[Question]) -> Asked:
    """Rank all entries for each question and decide by the index's policy."""
    if not questions or not index.entries:
        raise DataError("expected at least one question and one entry")
    places = {name: place for place, name in enumerate(index.entries)}
    missing = next((q.expected for q in questions if q.expected is not None and q.expected not in places), None)
    if missing is not None:
        raise DataError(f"a question expects the entry {missing}, which does not exist")
    truth = np.array([OUT_OF_SCOPE if q.expected is None else places[q.expected] for q in questions], dtype=np.int32)
    vectors = index.encoder.encode([question.text for question in questions])
    ranks, probabilities, scopes, offers = [], [], [], []
    for start in range(0, len(questions), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        texts = [question.text for question in questions[part]]
        findings = index.evidence.findings(Query.of(texts, vectors[part], index.lexicon))
        merits = index.calibration.merits(findings.ranking)
        found = index.calibration.candidates(findings, CANDIDATES)
        expected = truth[part]
        own = merits[np.arange(len(expected)), np.maximum(expected, 0)][:, None]
        ranks.append(np.where(expected == OUT_OF_SCOPE, 0, (merits > own).sum(axis=1) + 1))
        probabilities.append(found.probabilities)
        scopes.append(found.in_scope)
        offers.append((found.places[:, :OFFERS] == expected[:, None]).any(axis=1))
    found_probabilities = np.concatenate(probabilities)
    best = found_probabilities[:, 0].astype(np.float64)
    answered = best >= index.policy.answer_from
    return Asked(
        truth != OUT_OF_SCOPE,
        np.concatenate(ranks),
        best,
        np.concatenate(scopes).astype(np.float64),
        answered,
        ~answered & (offered_probability(found_probabilities) >= index.policy.offer_from),
        np.concatenate(offers),
    )


def faq_figures(asked: Asked, cases: NDArray[np.int64]) -> dict[str, float]:
    """The figures over these cases (numbers may repeat)."""
    inside, rank = asked.in_scope[cases], asked.rank[cases]
    answered, offered = asked.answered[cases], asked.offered[cases]
    best, right = asked.probabilities[cases], rank == 1
    ranks = rank[inside]
    helped = (answered & right) | (offered & asked.right_offered[cases])
    wrong = answered & ~right
    return {
        "p_at_1": _mean(ranks == 1),
        "r_at_3": _mean(ranks <= RANKS),
        "mrr": _mean(1 / ranks),
        # Each question has one right entry, so its average precision is the reciprocal of its rank.
        "map": _mean(1 / ranks),
        "coverage": _mean(answered),
        "wrong_answer_rate": _mean(wrong),
        "wrong_share_of_answers": float(wrong.sum() / answered.sum()) if answered.any() else float("nan"),
        "answered_or_offered_rightly": _mean(helped[inside]),
        "oos_auroc": auroc(inside, asked.in_scope_probabilities[cases]),
        "oos_recall": _mean(~answered[~inside]),
        "oos_abstained": _mean(~answered[~inside] & ~offered[~inside]),
        "aurc": risk_coverage_area(best, right),
        "ece": calibration_error(best, right),
    }


def evaluate_intents(classifier: IntentClassifier, examples: Sequence[Example]) -> Report:
    """Classify every text; labels the classifier does not know count as out of scope."""
    places = {label: place for place, label in enumerate(classifier.labels)}
    truth = np.array([places.get(example.label or "", OUT_OF_SCOPE) for example in examples], dtype=np.int32)
    found = classifier.candidates([example.text for example in examples], 1)
    best, probabilities = found.places[:, 0], found.probabilities[:, 0].astype(np.float64)
    scope = found.in_scope.astype(np.float64)
    guessed = np.where(scope >= classifier.threshold, best, OUT_OF_SCOPE).astype(np.int32)
    closed = not (truth == OUT_OF_SCOPE).any()

    def measure(cases: NDArray[np.int64]) -> dict[str, float]:
        # In a set without out-of-scope texts nothing can be refused rightly: accuracy is that of the best label.
        said = best if closed else guessed
        figures = intent_figures(truth[cases], best[cases], said[cases], guessed[cases])
        figures["auroc"] = auroc(truth[cases] != OUT_OF_SCOPE, scope[cases])
        figures["ece"] = calibration_error(probabilities[cases], best[cases] == truth[cases])
        return figures

    everything = np.arange(len(examples))
    figures = measure(everything) | {"threshold": classifier.threshold}
    counts = {
        "texts": len(examples),
        "in_scope": int((truth != OUT_OF_SCOPE).sum()),
        "out_of_scope": int((truth == OUT_OF_SCOPE).sum()),
        "labels": len(classifier.labels),
    }
    return Report(figures, intervals(measure, len(examples)), counts, probabilities, best == truth)


def intent_figures(truth: Classes, best: Classes, said: Classes, guessed: Classes) -> dict[str, float]:
    """`best`: likeliest label; `guessed`: the same, or -1 where nothing seems meant; `said`: the one that is scored."""
    inside = truth != OUT_OF_SCOPE
    answered = guessed != OUT_OF_SCOPE
    return {
        "accuracy_in_scope": _mean(said[inside] == truth[inside]),
        "oos_recall": _mean(guessed[~inside] == OUT_OF_SCOPE),
        "macro_f1": macro_f1(truth, said),
        "mcc": matthews_correlation(truth, said),
        "coverage": _mean(answered),
        "wrong_answer_rate": _mean(answered & (guessed != truth)),
        "accuracy_of_best": _mean(best[inside] == truth[inside]),
    }


def _mean(values: Flags | Numbers) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
