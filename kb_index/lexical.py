"""What a text literally says: words, pairs of words and letter groups, weighted by how rare they are.

A vector of meaning blurs product names, error codes and order numbers; these features keep them apart. A token with
digits also counts by its shape, so that any order number resembles any other.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TOKEN = re.compile(r"\w+(?:[-'./]\w+)*")
PART = re.compile(r"\w+")
GRAMS = (2, 3, 4, 5)
MAX_CHARACTERS = 2_000
# A feature's lowest bit says whether it is a word (1) or a group of letters (0); the two are weighted apart.
WORD_BIT = 1


@dataclass(frozen=True)
class SparseRows:
    """Rows of feature columns and values, as in a CSR matrix."""

    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    width: int

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def matrix(self) -> csr_matrix:
        """The same as a scipy matrix."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.values, self.columns, self.indptr), shape=(len(self), self.width))


@dataclass(frozen=True)
class Lexicon:
    """The features seen in a body of texts, sorted by hash, and the weight of each."""

    hashes: NDArray[np.uint32]
    weights: NDArray[np.float32]

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Lexicon:
        """Count in how many texts each feature occurs; rare ones weigh more."""
        hashes, frequency = np.unique(_counted(texts).keys, return_counts=True)
        weights = np.log((1 + len(texts)) / (1 + frequency)) + 1
        return cls(hashes, weights.astype(np.float32))

    @cached_property
    def _padded(self) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
        """Hashes and weights with one more place, where whatever lies beyond the last feature is looked for in vain."""
        return np.append(self.hashes, np.uint32(0)), np.append(self.weights, np.float32(0))

    @cached_property
    def _heaviest(self) -> np.float32:
        return np.float32(self.weights.max(initial=1.0))

    def rows(self, texts: Sequence[str]) -> SparseRows:
        """Each text as weighted features: words and letter groups each of length sqrt(1/2)."""
        counted = _counted(texts)
        hashes, weights = self._padded
        where = self.hashes.searchsorted(counted.keys)
        known = (hashes[where] == counted.keys) & (where < len(self.hashes))
        weight = np.where(known, weights[where], self._heaviest) * counted.emphasis
        # Unknown features count in the length: a text of unknown words resembles nothing.
        lengths = np.sqrt(2 * np.bincount(counted.groups, weight**2))
        weight /= lengths[counted.groups].astype(np.float32)
        indptr = np.searchsorted(counted.texts[known], np.arange(len(texts) + 1))
        return SparseRows(indptr, where[known].astype(np.int32), weight[known], len(self.hashes))


@dataclass(frozen=True)
class _Counted:
    """The different features of all texts, sorted by text and feature."""

    texts: NDArray[np.int64]
    keys: NDArray[np.uint32]
    emphasis: NDArray[np.float32]  # 1 for a feature that occurs once, more for one that occurs often
    groups: NDArray[np.int64]  # a number for each text's words, and one for its groups of letters


def _counted(texts: Sequence[str]) -> _Counted:
    return _count_one(texts[0]) if len(texts) == 1 else _count(texts)


@lru_cache(maxsize=16)
def _count_one(text: str) -> _Counted:
    """Remembered for a moment: index and classifier weigh the same features of a message."""
    return _count([text])


def _count(texts: Sequence[str]) -> _Counted:
    found = array("I")
    sizes = np.zeros(len(texts), dtype=np.int64)
    for number, text in enumerate(texts):
        before = len(found)
        add_features(text, found)
        sizes[number] = len(found) - before
    both = (np.repeat(np.arange(len(texts)), sizes) << 32) | np.frombuffer(found, dtype=np.uint32).astype(np.int64)
    different, times = np.unique(both, return_counts=True)
    numbers, keys = different >> 32, (different & 0xFFFFFFFF).astype(np.uint32)
    return _Counted(numbers, keys, 1 + np.log(times.astype(np.float32)), 2 * numbers + (keys & WORD_BIT))


def add_features(text: str, found: array[int]) -> None:
    """Append the features of a text as hashes that are the same in every process."""
    words = list(tokens(text))
    for word in words:
        found.extend(_word_features(word))
    for first, second in itertools.pairwise(words):
        found.append(_hash(f"p {first} {second}") | WORD_BIT)


@lru_cache(maxsize=20_000)
def _word_features(word: str) -> tuple[int, ...]:
    made = [_hash(f"w {word}") | WORD_BIT]
    if any(character.isdigit() for character in word):
        made.append(_hash(f"s {shape(word)}") | WORD_BIT)
    padded = f" {word} "
    for size in GRAMS:
        made += [_hash(padded[start : start + size]) & ~WORD_BIT for start in range(len(padded) - size + 1)]
    return tuple(made)


def tokens(text: str) -> Iterator[str]:
    """Lower-case words without accents; a compound like mf-204518 comes whole and in parts."""
    plain = text[:MAX_CHARACTERS].lower().replace("’", "'")
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(character for character in plain if not unicodedata.combining(character))
    for whole in TOKEN.findall(plain):
        yield whole
        parts = PART.findall(whole)
        if len(parts) > 1 and any(character.isdigit() for character in whole):
            yield from parts


def shape(word: str) -> str:
    """Digits as 9 and letters as a: mf-204518 and ab-123456 have the same shape."""
    return "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in word)


def _hash(feature: str) -> int:
    return zlib.crc32(feature.encode("utf-8", "replace"))


def common_from(rows: int) -> int:
    """In more rows than this a feature is common: a tenth of them, but neither few nor so many that it takes time."""
    return max(300, min(1000, rows // 10), rows // 50)


class Postings:
    """For each feature, the rows that have it: finds the rows that share rare features with a text."""

    def __init__(self, indptr: NDArray[Any], rows: NDArray[Any], values: NDArray[Any], count: int) -> None:
        self.indptr = indptr
        self.rows = rows
        self.values = values
        self.count = count

    @cached_property
    def _by_feature(self) -> csr_matrix:
        return SparseRows(self.indptr, self.rows, self.values, self.count).matrix()

    @classmethod
    def build(cls, rows: SparseRows) -> Postings:
        """Turn rows into postings; features that occur in very many rows say little, cost most and are left out."""
        by_feature = rows.matrix().tocsc()
        frequency = np.diff(by_feature.indptr)
        common = frequency > common_from(len(rows))
        kept = np.repeat(~common, frequency)
        indptr = np.concatenate([[0], np.cumsum(np.where(common, 0, frequency))])
        return cls(
            indptr.astype(np.int64),
            by_feature.indices[kept].astype(np.int32),
            by_feature.data[kept].astype(np.float32),
            len(rows),
        )

    def similarities(self, texts: SparseRows) -> NDArray[np.float32]:
        """Cosine of each text to each row."""
        if len(texts) > 1:
            several: NDArray[np.float32] = (texts.matrix() @ self._by_feature).toarray()
            return several
        # What scipy does for one text takes three times as long, most of it to check its arguments.
        starts = self.indptr[texts.columns]
        sizes = self.indptr[texts.columns + 1] - starts
        ends = np.cumsum(sizes)
        inside = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
        shared = self.values[inside] * np.repeat(texts.values, sizes)
        return np.bincount(self.rows[inside], shared, self.count).astype(np.float32)[None]
