"""Searching very many rows gives what comparing with every row would give."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.calibration import PRIOR
from kb_index.evidence import LARGE, Evidence, Query, RowFacts
from kb_index.large import MainDirections, highest
from kb_index.lexical import Lexicon, Postings

ROWS, EACH = LARGE + 1000, 6


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Unit vectors of which most of the length lies in some directions, as sentence vectors have it."""
    random = np.random.default_rng(5)
    centres = random.standard_normal((ROWS // EACH, 384)).astype(np.float32) / np.arange(1, 385) ** 0.5
    made = np.repeat(centres, EACH, axis=0) + 0.05 * random.standard_normal((ROWS, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_nearest_rows_are_exact(vectors: np.ndarray) -> None:
    main = MainDirections.of(vectors)
    random = np.random.default_rng(6)
    for place in random.integers(ROWS, size=20):
        asked = vectors[place] + 0.02 * random.standard_normal(384).astype(np.float32)
        asked /= np.linalg.norm(asked)
        expected = set(np.argsort(-(vectors @ asked))[:50].tolist())
        assert set(main.nearest(vectors, asked, 50).tolist()) == expected


@pytest.mark.parametrize("size", [50, 51, 64 * 50, 64 * 51, 64 * 51 + 63, 30_000])
@pytest.mark.parametrize("digits", [0, 1, 6])
def test_the_highest_are_the_highest_however_many_are_alike(size: int, digits: int) -> None:
    values = np.random.default_rng(size).standard_normal(size).round(digits).astype(np.float32)
    found = highest(values, 50)
    assert len(set(found.tolist())) == 50
    assert np.sort(values[found]).tolist() == np.sort(values)[-50:].tolist()


def test_narrowing_keeps_the_ranking(vectors: np.ndarray) -> None:
    texts = [f"part {row // EACH} kind {row % EACH}" for row in range(ROWS)]
    lexicon = Lexicon.learn(texts)
    owners = np.repeat(np.arange(ROWS // EACH), EACH).astype(np.int32)
    facts = RowFacts(owners, np.zeros(ROWS, dtype=bool), vectors)
    evidence = Evidence(facts, ROWS // EACH, Postings.build(lexicon.rows(texts)), None)
    assert evidence.is_large
    for row in (7, 5_000, 20_001):
        query = Query.of([texts[row]], vectors[row : row + 1], lexicon)
        narrow, classes, words = evidence.narrowed(query)
        found = PRIOR.candidates(narrow.findings(query, words), 2)
        full = PRIOR.candidates(evidence.findings(query), 2)
        assert classes[found.places[0]].tolist()[0] == full.places[0, 0] == row // EACH
        assert found.probabilities[0, 0] == pytest.approx(full.probabilities[0, 0], abs=0.02)


def test_a_product_number_is_found_among_very_many(vectors: np.ndarray) -> None:
    texts = [f"spare part no. SP-{row:06d}" for row in range(ROWS)]
    lexicon = Lexicon.learn(texts)
    owners = np.arange(ROWS, dtype=np.int32)
    evidence = Evidence(
        RowFacts(owners, np.zeros(ROWS, dtype=bool), vectors), ROWS, Postings.build(lexicon.rows(texts)), None
    )
    query = Query.of(["do you have SP-012345?"], vectors[:1], lexicon)
    _, classes, words = evidence.narrowed(query)
    assert classes[int(words[0].argmax())] == 12_345
