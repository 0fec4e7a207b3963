"""An intent classifier on the same vectors and evidence as the index: label, probability, and "none of these".

Everything is learned from the training texts alone. Texts of a class that was left out stand in for those that mean
none of the intents; where real ones are given (without a label), they are used instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import OUT_OF_SCOPE, PRIOR, Calibration, Candidates, Observations, balanced, fit
from kb_index.encoder import Encoder, Vectors, encode_with_wording
from kb_index.errors import DataError
from kb_index.evidence import MOST_ROWS, Evidence, Findings, Query, RowFacts, Rows
from kb_index.head import Floats, Labels, Projection
from kb_index.held_out import FEW_FOLDS, FOLDS, everyday, held_out, observe, out_of_scope_share, simulated
from kb_index.index import Progress
from kb_index.lexical import Lexicon
from kb_index.metrics import matthews_curve
from kb_index.questions import Example

# The threshold is set as if this share of messages meant none of the intents, where no validation data says it:
# refusing is for those who meet many of them.
THRESHOLD_SHARE = 0.35
# On validation data refusing may always cost this much in-scope accuracy: its few texts out of scope do not say how
# many will be met. Chosen on halves of CLINC150's validation data and on training parts with classes left out.
REFUSING_MAY_COST = 0.01
# Fewer real texts without an intent than this do not tell what such texts are like.
ENOUGH_EXAMPLES = 30
# How far intents that lie close together learn from each other. On draws from the training texts of BANKING77, CLINC150
# and HWU64 all from 0.5 to 4 do alike; it gives most where examples are few, and takes nothing at a hundred an intent.
KINSHIP = 1.0
AT_ONCE = 500
MANY_EXAMPLES = 5_000
SHARE_FOLDS = 4
RESAMPLES = 20
NAME_SAMPLE = 300
WORDS_IN_LABEL = re.compile(r"[^\W\d_]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Guess:
    """The likeliest intent of a text; `label` is None where no intent at all seems to be meant."""

    label: str | None
    best: str
    probability: float  # that `best` is right
    in_scope: float  # that any of the intents is meant


class IntentClassifier:
    """Gives each text the likeliest label and the probability that it is right."""

    def __init__(
        self,
        labels: Sequence[str],
        *,
        encoder: Encoder,
        lexicon: Lexicon,
        evidence: Evidence,
        calibration: Calibration,
        threshold: float,
    ) -> None:
        self.labels = tuple(labels)
        self.calibration = calibration
        self.threshold = threshold
        self.encoder = encoder
        self.lexicon = lexicon
        self.evidence = evidence

    @classmethod
    def train(
        cls,
        examples: Sequence[Example],
        encoder: Encoder,
        *,
        validation: Sequence[Example] = (),
        progress: Progress | None = None,
    ) -> IntentClassifier:
        """Fit on labelled examples; `validation`, if given, sets the threshold instead of left-out classes."""
        material = Material.of(examples, encoder, progress)
        made = material.classifier(encoder)
        made._calibrate(material.held_out(), [example for example in examples if not example.label], validation)
        return made

    @classmethod
    def train_and_ask(cls, examples: Sequence[Example], encoder: Encoder) -> tuple[IntentClassifier, Floats]:
        """The same, with the shares each labelled example is given by evidence made without it.

        One row for each example, in order; one column for each label.
        """
        material = Material.of(examples, encoder)
        made = material.classifier(encoder)
        made._calibrate(material.held_out(), (), ())
        return made, material.shares(made.calibration)

    def rank(self, text: str, vector: Vectors, wording: Vectors | None) -> list[tuple[str, float]]:
        """Every label with its share of the belief, if one of them is meant; likeliest first.

        `vector` and `wording` are one row each of what the encoder gives; `wording` is None where it gives none.
        """
        worded = None if wording is None else wording.reshape(1, -1)
        query = Query.of([text], vector.reshape(1, -1), self.lexicon, worded)
        [shares] = self.calibration.shares(self.evidence.ranking(query))
        return [(self.labels[place], float(shares[place])) for place in np.argsort(-shares, kind="stable")]

    def candidates(self, texts: Sequence[str], count: int = 3) -> Candidates:
        """The likeliest intents of each text, as places in `labels`."""
        vectors, wording = encode_with_wording(self.encoder, texts)
        parts = [
            self.calibration.candidates(self._findings(texts, vectors, wording, start), count)
            for start in range(0, len(texts), AT_ONCE)
        ]
        return Candidates.join(parts)

    def predict(self, texts: Sequence[str]) -> list[Guess]:
        """The likeliest intent of each text."""
        found = self.candidates(texts, 1)
        guesses = []
        for place, probability, scope in zip(
            found.places[:, 0], found.probabilities[:, 0], found.in_scope, strict=True
        ):
            best = self.labels[place]
            guesses.append(Guess(best if scope >= self.threshold else None, best, float(probability), float(scope)))
        return guesses

    def _findings(self, texts: Sequence[str], vectors: Vectors, wording: Vectors, start: int) -> Findings:
        part = slice(start, start + AT_ONCE)
        return self.evidence.findings(Query.of(texts[part], vectors[part], self.lexicon, wording[part]))

    def _observe(self, examples: Sequence[Example]) -> Observations:
        places = {label: place for place, label in enumerate(self.labels)}
        truth = [places.get(example.label or "", OUT_OF_SCOPE) for example in examples]
        texts = [example.text for example in examples]
        vectors, wording = encode_with_wording(self.encoder, texts)
        return observe(self.evidence, self.lexicon, vectors, texts, truth, wording)

    def _calibrate(
        self, held: Sequence[Observations], strange: Sequence[Example], validation: Sequence[Example]
    ) -> None:
        """Fit the probabilities on what was held out, and set the threshold."""
        if not any((part.truth != OUT_OF_SCOPE).any() for part in held):
            return
        if len(strange) >= ENOUGH_EXAMPLES:
            known = Observations.join(held)
            texts = Observations.join([known.where(known.truth != OUT_OF_SCOPE), self._observe(strange)])
        else:
            texts = simulated(held, everyday(self.evidence, self.lexicon, self.encoder))
        self.calibration = fit(balanced(texts, out_of_scope_share(len(self.labels))))
        judged = self._observe(validation) if validation else balanced(texts, THRESHOLD_SHARE)
        self.threshold = best_threshold(
            self.calibration.candidates(judged.findings, 1), judged, by_accuracy=bool(validation)
        )


@dataclass(frozen=True)
class Material:
    """The training texts, sorted by label, with the names of the labels among them if these say what is meant."""

    labels: list[str]
    rows: Rows
    named: NDArray[np.bool_]
    order: NDArray[np.int64]  # for each row that is no name, the number of its example
    lexicon: Lexicon
    projection: Projection

    @classmethod
    def of(cls, examples: Sequence[Example], encoder: Encoder, progress: Progress | None = None) -> Material:
        """Encode the labelled ones of the examples."""
        order = [number for number, example in enumerate(examples) if example.label]
        order.sort(key=lambda number: str(examples[number].label))
        labelled = [examples[number] for number in order]
        labels = sorted({str(example.label) for example in labelled})
        if len(labels) < 2:
            raise DataError(f"expected examples of at least two labels, found {len(labels)}")
        texts, owners, named = _rows(labelled, labels, encoder)
        lexicon = Lexicon.learn(texts)
        vectors, wording = _encode(texts, encoder, progress)
        rows = Rows(RowFacts(owners, np.zeros(len(texts), dtype=bool), vectors), lexicon.rows(texts), wording)
        return cls(labels, rows, named, np.array(order), lexicon, Projection.learn(rows.lexical))

    def evidence(self, kept: NDArray[np.bool_]) -> Evidence:
        """Evidence from some of the rows."""
        places = np.flatnonzero(kept).astype(np.int32)
        return Evidence.build(
            self.rows, len(self.labels), self.projection, places, self.weights, most=MOST_ROWS, kinship=KINSHIP
        )

    @property
    def weights(self) -> Floats:
        return np.ones(len(self.rows), dtype=np.float32)

    def classifier(self, encoder: Encoder) -> IntentClassifier:
        """One that knows everything, not calibrated yet."""
        evidence = self.evidence(np.ones(len(self.rows), dtype=bool))
        return IntentClassifier(
            self.labels, encoder=encoder, lexicon=self.lexicon, evidence=evidence, calibration=PRIOR, threshold=0.0
        )

    def held_out(self) -> list[Observations]:
        """For calibration; see `held_out.held_out`."""
        folds = FEW_FOLDS if len(self.rows) > MANY_EXAMPLES else FOLDS
        return held_out(
            self.rows,
            len(self.labels),
            self.projection,
            self.weights,
            askable=~self.named,
            folds=folds,
            most=MOST_ROWS,
            kinship=KINSHIP,
        )

    def shares(self, calibration: Calibration) -> Floats:
        """What evidence without each example says of it; see `IntentClassifier.train_and_ask`."""
        texts = np.flatnonzero(~self.named)
        part = np.random.default_rng(0).permutation(len(texts)) % SHARE_FOLDS
        found = np.zeros((int(self.order.max()) + 1, len(self.labels)), dtype=np.float32)
        for fold in range(SHARE_FOLDS):
            kept = np.ones(len(self.rows), dtype=bool)
            kept[texts[part == fold]] = False
            asked = self.rows.take(texts[part == fold].astype(np.int32))
            ranking = self.evidence(kept).ranking(Query(asked.vectors, asked.lexical, asked.wording))
            found[self.order[part == fold]] = calibration.shares(ranking)
        return found


def best_threshold(found: Candidates, judged: Observations, *, by_accuracy: bool) -> float:
    """The probability of being in scope below which "none of these" is said.

    On validation data it maximizes accuracy, but refuses at least as much as REFUSING_MAY_COST allows; on left-out
    classes, whose share is a guess, the Matthews correlation, which depends less on it.
    """
    random = np.random.default_rng(0)
    probabilities, best = found.in_scope, found.places[:, 0]
    chosen = []
    # The best threshold of one small sample is mostly luck; the mean over resamples is steadier.
    for _ in range(RESAMPLES):
        drawn = random.integers(len(judged), size=len(judged))
        drawn = drawn[np.argsort(-probabilities[drawn], kind="stable")]
        truth, guessed, weights = judged.truth[drawn], best[drawn], judged.weights[drawn].astype(np.float64)
        if by_accuracy:
            inside = truth != OUT_OF_SCOPE
            right = np.concatenate([[0.0], np.cumsum(weights * (guessed == truth))])
            wrong = np.concatenate([[0.0], np.cumsum(weights * ~inside)])
            enough = right >= right[-1] - REFUSING_MAY_COST * weights[inside].sum()
            cut = int(min(np.argmax(right - wrong), np.argmax(enough)))
        else:
            cut = int(np.argmax(matthews_curve(truth, guessed, weights)))
        edges = np.concatenate([[1.0], probabilities[drawn], [0.0]])
        chosen.append((edges[cut] + edges[cut + 1]) / 2)
    return float(np.mean(chosen))


def _encode(texts: Sequence[str], encoder: Encoder, progress: Progress | None) -> tuple[Vectors, Vectors]:
    """Meaning and wording of all texts."""
    parts = []
    for start in range(0, len(texts), AT_ONCE):
        parts.append(encode_with_wording(encoder, texts[start : start + AT_ONCE]))
        if progress is not None:
            progress("encoding", min(start + AT_ONCE, len(texts)), len(texts))
    vectors, wording = (np.concatenate(part) for part in zip(*parts, strict=True))
    return vectors, wording


def _rows(
    examples: Sequence[Example], labels: Sequence[str], encoder: Encoder
) -> tuple[list[str], Labels, NDArray[np.bool_]]:
    """Texts sorted by class with the names of the classes among them, if these say what is meant."""
    places = {label: place for place, label in enumerate(labels)}
    texts = [example.text for example in examples]
    owners = [places[str(example.label)] for example in examples]
    named = [False] * len(texts)
    names = [spoken(label) for label in labels]
    if _names_speak(texts, owners, names, encoder):
        texts += names
        owners += range(len(labels))
        named += [True] * len(labels)
    order = np.argsort(owners, kind="stable")
    return (
        [texts[place] for place in order],
        np.array(owners, dtype=np.int32)[order],
        np.array(named, dtype=bool)[order],
    )


def spoken(label: str) -> str:
    """A label as words: `Refund_not_showing_up` and `refundNotShowingUp` are spoken alike."""
    return " ".join(WORDS_IN_LABEL.findall(CAMEL.sub(" ", label))).lower()


def _names_speak(texts: Sequence[str], owners: Sequence[int], names: Sequence[str], encoder: Encoder) -> bool:
    """Whether the labels' names alone find the right label clearly more often than chance would."""
    if len(set(names)) < len(names) or not all(names):
        return False
    sample = np.random.default_rng(0).permutation(len(texts))[:NAME_SAMPLE]
    found = (encoder.encode([texts[place] for place in sample]) @ encoder.encode(names).T).argmax(axis=1)
    hits = float((found == np.array(owners)[sample]).mean())
    chance = 1 / len(names)
    return bool(hits > chance + 3 * np.sqrt(chance * (1 - chance) / len(sample)))
