"""Everything that speaks for or against each class: the numbers that ranking and probability are made from.

A class is a FAQ entry or an intent. Its rows are the wordings (and answers) that were written for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import unit_rows
from kb_index.head import Floats, Head, Labels, Projection
from kb_index.large import MainDirections, highest
from kb_index.lexical import Lexicon, Postings, SparseRows

# What the ranking weighs for each class, in this order.
RANKING = ("head", "meaning", "near", "words", "answer_meaning", "answer_words")
# What tells a right candidate from a wrong one, if any class is meant, in this order.
TRUST = ("share", "agreement")
SHARPNESS = 20.0
NEIGHBOURS = 5
# Training a linear head costs rows times classes; above this, nearest wordings alone decide.
MAX_HEAD_COST = 5_000_000
LOWEST = 1e-6
# Above this many rows only the classes of the nearest rows are looked at closely.
LARGE = 20_000
NEAREST = 50
# A class with very many rows is compared by so many of them, taken evenly; its head has learned from all.
MOST_ROWS = 400


@dataclass(frozen=True)
class RowFacts:
    """Class and vector of each row, sorted by class; `answer` marks rows that are answers rather than wordings."""

    owners: Labels
    answer: NDArray[np.bool_]
    vectors: Floats


@dataclass(frozen=True)
class Rows:
    """The same with the rows' words, as long as models are being fitted."""

    facts: RowFacts
    lexical: SparseRows
    wording: Floats  # for the head alone; no columns where it does without

    @property
    def owners(self) -> Labels:
        return self.facts.owners

    @property
    def answer(self) -> NDArray[np.bool_]:
        return self.facts.answer

    @property
    def vectors(self) -> Floats:
        return self.facts.vectors

    def take(self, places: Labels) -> Rows:
        """The rows at these places (which must be in rising order)."""
        sizes = np.diff(self.lexical.indptr)[places]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        inside = np.repeat(self.lexical.indptr[places] - indptr[:-1], sizes) + np.arange(indptr[-1])
        lexical = SparseRows(indptr, self.lexical.columns[inside], self.lexical.values[inside], self.lexical.width)
        facts = RowFacts(self.owners[places], self.answer[places], self.vectors[places])
        return Rows(facts, lexical, self.wording[places])

    def __len__(self) -> int:
        return len(self.owners)


@dataclass(frozen=True)
class Query:
    """Texts to be matched, already turned into vectors and features."""

    vectors: Floats
    lexical: SparseRows
    wording: Floats

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Floats, lexicon: Lexicon, wording: Floats | None = None) -> Query:
        return cls(vectors, lexicon.rows(texts), vectors[:, :0] if wording is None else wording)

    def __len__(self) -> int:
        return len(self.vectors)

    def part(self, start: int, end: int) -> Query:
        """The texts from `start` to before `end`."""
        indptr = self.lexical.indptr[start : end + 1]
        span = slice(indptr[0], indptr[-1])
        lexical = SparseRows(
            indptr - indptr[0], self.lexical.columns[span], self.lexical.values[span], self.lexical.width
        )
        return Query(self.vectors[start:end], lexical, self.wording[start:end])


@dataclass(frozen=True)
class Findings:
    """For each text and class: the ranking's inputs, and what the probability needs besides."""

    ranking: Floats  # texts x classes x len(RANKING)
    agreement: Floats  # texts x classes: share of the nearest rows that belong to the class, by similarity
    middle: Floats  # texts: the highest cosine to the mean of a class's wordings
    energy: Floats  # texts: logarithm of the sum of the head's exponentials; zero without a head
    vectors: Floats  # texts x dimensions: what each means, as its encoder says

    def trust(self, shares: Floats, places: Labels) -> Floats:
        """The inputs for the candidate classes at `places` (texts x candidates)."""
        each = np.arange(len(places))[:, None]
        share = np.clip(shares[each, places], LOWEST, 1 - LOWEST)
        stacked: Floats = np.stack([np.log(share / (1 - share)), self.agreement[each, places]], axis=-1)
        return stacked.astype(np.float32)


class Evidence:
    """Rows ready to be compared with texts."""

    def __init__(self, rows: RowFacts, classes: int, postings: Postings, head: Head | None) -> None:
        self.rows = rows
        self.classes = classes
        self.postings = postings
        self.head = head
        self._wording = _Segments.of(rows.owners, ~rows.answer)
        self._answer = _Segments.of(rows.owners, rows.answer)
        self._starts = np.searchsorted(rows.owners, np.arange(classes + 1))
        self._across: Floats | None = None
        self._middles: Floats | None = None
        self._main: MainDirections | None = None

    @classmethod
    def build(
        cls,
        rows: Rows,
        classes: int,
        projection: Projection,
        places: Labels,
        weights: Floats,
        *,
        most: int | None = None,
        kinship: float = 0.0,
    ) -> Evidence:
        """Evidence from the rows at `places`, which the projection was learned with.

        `most`: how many rows of a class are compared with a text, evenly taken from all of them; `kinship`: how far
        classes that lie close together learn from each other.
        """
        chosen = rows.take(places)
        asked = ~chosen.answer
        head = None
        if asked.sum() * classes <= MAX_HEAD_COST:
            head = Head.fit(
                chosen.vectors[asked],
                chosen.wording[asked],
                projection,
                places[asked],
                chosen.owners[asked],
                weights[places][asked],
                kinship,
            ).widened(classes)
        if most is not None:
            chosen = chosen.take(evenly(chosen.owners, most))
        return cls(chosen.facts, classes, Postings.build(chosen.lexical), head)

    @property
    def is_large(self) -> bool:
        """Whether comparing a text with every row would take too long."""
        return self.head is None and len(self.rows.owners) > LARGE

    def narrowed(self, query: Query) -> tuple[Evidence, Labels, Floats]:
        """For one text: the classes of the rows nearest by meaning or by words, as evidence of their own.

        Also gives the numbers of these classes here, and how much the words of their rows resemble the text.
        """
        if self._main is None:
            self._main = MainDirections.of(self.rows.vectors)
        words = self.postings.similarities(query.lexical)[0]
        near = self._main.nearest(self.rows.vectors, query.vectors[0], NEAREST)
        rows = np.concatenate([near, highest(words, NEAREST)])
        classes = np.unique(self.rows.owners[rows]).astype(np.int32)
        chosen = np.concatenate([np.arange(self._starts[c], self._starts[c + 1]) for c in classes])
        owners = np.searchsorted(classes, self.rows.owners[chosen]).astype(np.int32)
        facts = RowFacts(owners, self.rows.answer[chosen], self.rows.vectors[chosen])
        return Evidence(facts, len(classes), self.postings, None), classes, words[None, chosen]

    def findings(self, query: Query, words: Floats | None = None) -> Findings:
        """Compare each text with every row; `words`: likeness by words, if it is known."""
        ranking, energy, meaning = self._compared(query, words)
        if self._middles is None:
            self._middles = np.ascontiguousarray(self._wording.middles(self.rows.vectors).T)
        middle = (query.vectors @ self._middles).max(axis=1, initial=-1)
        return Findings(ranking, self._agreement(meaning), middle.astype(np.float32), energy, query.vectors)

    def ranking(self, query: Query) -> Floats:
        """The ranking's inputs alone: texts x classes x len(RANKING)."""
        return self._compared(query, None)[0]

    def _compared(self, query: Query, words: Floats | None) -> tuple[Floats, Floats, Floats]:
        """The ranking's inputs, the head's energy, and the cosine of each text to each row."""
        meaning = self._likeness(query.vectors)
        if words is None:
            words = self.postings.similarities(query.lexical)
        ranking = np.zeros((len(query), self.classes, len(RANKING)), dtype=np.float32)
        energy = np.zeros(len(query), dtype=np.float32)
        if self.head is not None:
            scores = self.head.scores(query.vectors, query.wording, query.lexical)
            # How high the scores are is lost in their shares, and tells what is meant from what is not:
            # Liu et al. 2020, Energy-based out-of-distribution detection.
            total = logarithmic_sum(scores)
            ranking[..., 0] = np.maximum(scores - total, np.log(LOWEST))
            energy = total[:, 0]
        ranking[..., 1] = self._wording.best(meaning, self.classes)
        ranking[..., 2] = self._wording.near(meaning, self.classes)
        ranking[..., 3] = self._wording.best(words, self.classes)
        ranking[..., 4] = self._answer.best(meaning, self.classes)
        ranking[..., 5] = self._answer.best(words, self.classes)
        return ranking, energy, meaning

    def nearest_row(self, vector: Floats, owner: int) -> int:
        """The wording of a class that resembles a text most; an answer if the class has no wording."""
        rows = np.arange(self._starts[owner], self._starts[owner + 1])
        rows = rows[~self.rows.answer[rows]] if (~self.rows.answer[rows]).any() else rows
        return int(rows[np.argmax(self.rows.vectors[rows] @ vector)])

    def _likeness(self, vectors: Floats) -> Floats:
        """The cosine of each text to each row."""
        if len(self.rows.vectors) > LARGE:
            found: Floats = vectors @ self.rows.vectors.T
            return found
        if self._across is None:
            # Laid out this way one text is compared with all rows in half the time.
            self._across = np.ascontiguousarray(self.rows.vectors.T)
        return vectors @ self._across

    def _agreement(self, meaning: Floats) -> Floats:
        count = min(NEIGHBOURS, meaning.shape[1])
        places = np.argpartition(-meaning, count - 1, axis=1)[:, :count]
        each = np.arange(len(meaning))[:, None]
        weight = np.exp(SHARPNESS * (meaning[each, places] - meaning.max(axis=1, keepdims=True)))
        found = np.zeros((len(meaning), self.classes), dtype=np.float32)
        np.add.at(found, (each, self.rows.owners[places]), weight / weight.sum(axis=1, keepdims=True))
        return found


@dataclass(frozen=True)
class _Segments:
    """Where each class's rows start among the chosen ones (rows are sorted by class)."""

    chosen: Labels
    starts: Labels
    owners: Labels
    sizes: Labels

    @classmethod
    def of(cls, owners: Labels, mask: NDArray[np.bool_]) -> _Segments:
        chosen = np.flatnonzero(mask).astype(np.int32)
        known, starts, sizes = np.unique(owners[chosen], return_index=True, return_counts=True)
        return cls(chosen, starts.astype(np.int32), known, sizes.astype(np.int32))

    def best(self, values: Floats, classes: int) -> Floats:
        found = np.zeros((len(values), classes), dtype=np.float32)
        if len(self.starts):
            found[:, self.owners] = np.maximum.reduceat(values[:, self.chosen], self.starts, axis=1)
        return found

    def middles(self, vectors: Floats) -> Floats:
        """The mean direction of each class that has rows."""
        if not len(self.starts):
            return np.zeros((0, vectors.shape[1]), dtype=np.float32)
        return unit_rows(np.add.reduceat(vectors[self.chosen], self.starts, axis=0))

    def near(self, values: Floats, classes: int) -> Floats:
        """A mean over the class's rows in which near ones count most."""
        found = np.zeros((len(values), classes), dtype=np.float32)
        if len(self.starts):
            sums = np.add.reduceat(np.exp(SHARPNESS * values[:, self.chosen]), self.starts, axis=1)
            found[:, self.owners] = np.log(sums / self.sizes) / SHARPNESS
        return found


def evenly(owners: Labels, most: int) -> Labels:
    """At most so many rows of each class, at even distances (rows are sorted by class)."""
    sizes = np.bincount(owners)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = np.minimum(sizes, most)[owners]
    # The n-th row is taken where n * kept / size reaches a new whole number.
    chosen = np.flatnonzero(place * kept // sizes[owners] != (place - 1) * kept // sizes[owners])
    return chosen.astype(np.int32)


def logarithmic_sum(scores: Floats) -> Floats:
    """The logarithm of the sum of each row's exponentials, as a column."""
    highest = scores.max(axis=1, keepdims=True)
    found: Floats = highest + np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
    return found.astype(np.float32)
