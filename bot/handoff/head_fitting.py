"""Fitting heads: logistic regression on vector, form and weighted runs of words, the same features as at run time."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.handoff.examples import ExampleFile, Judged, fingerprint, heads_of, judged
from bot.handoff.heads import GRAM_SCALE, IN_ONE_CLAUSE, WORDING_SCALE, Heads
from bot.handoff.lexical import Lexicon, bounded_grams, clause_ends, clauses, shape, words
from bot.handoff.view import Vector
from kb_index.encoder import Encoder, encode_in_parts, encode_with_wording

# Chosen by cross-validation over the labelled dialogues.
STRENGTH = 10.0
MIN_COUNT = 3  # a run of words seen less often says nothing
# Texts borrowed from other heads count less: they are many, and were not written to be hard.
BORROWED = 0.5
# And so do the clauses of a text: where the whole says no, each of them does; where it says yes, one of them does.
CLAUSE = 0.5
ITERATIONS = 150

Lessons = Mapping[str, Sequence[Judged]]  # what each head should make of which texts


@dataclass(frozen=True, eq=False)
class Features:
    """Texts as the matrix a head is fitted on."""

    rows: Mapping[str, int]  # text -> row
    dense: NDArray[np.float32]
    sparse: Any  # (texts, vocabulary), scipy CSR: runs of words, weighted and normalised
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float32]

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Mapping[str, Vector], lexicon: Lexicon) -> "Features":
        """Vectors come from the encoder, everything else from the text."""
        counts = Counter(gram for text in texts for gram in bounded_grams(words(text)))
        vocabulary = {gram: row for row, gram in enumerate(sorted(g for g, n in counts.items() if n >= MIN_COUNT))}
        idf = np.asarray([math.log(1 + len(texts) / counts[gram]) for gram in vocabulary], dtype=np.float32)
        dense, sparse = _matrices(texts, vectors, lexicon, vocabulary, idf)
        return cls({text: row for row, text in enumerate(texts)}, dense, sparse, vocabulary, idf)

    def project(self, texts: Sequence[str], vectors: Mapping[str, Vector], lexicon: Lexicon) -> NDArray[np.float32]:
        """Other texts as rows of the same matrix, with this one's words and their weights."""
        dense, sparse = _matrices(texts, vectors, lexicon, self.vocabulary, self.idf)
        return np.hstack([dense, sparse.toarray()])


def wide_vectors(encoder: Encoder, texts: Sequence[str]) -> dict[str, Vector]:
    """Each text's meaning and wording side by side, as a head sees them."""
    vectors, wordings = encode_with_wording(encoder, texts)
    return dict(zip(texts, np.hstack([vectors, WORDING_SCALE * wordings]), strict=True))


def wide_clauses(encoder: Encoder, texts: Sequence[str]) -> dict[str, Vector]:
    """The same of every clause in texts that have several."""
    found: dict[str, Vector] = {}
    for text in texts:
        parts = clauses(text)
        if len(parts) > 1:
            vectors, wordings = encode_in_parts(encoder, text, clause_ends)
            found.update(zip(parts, np.hstack([vectors, WORDING_SCALE * wordings])[1:], strict=False))
    return found


def _matrices(
    texts: Sequence[str], vectors: Mapping[str, Vector], lexicon: Lexicon,
    vocabulary: Mapping[str, int], idf: NDArray[np.float32],
) -> tuple[NDArray[np.float32], Any]:  # fmt: skip
    from scipy.sparse import csr_matrix

    dense, ends, columns, values = [], [0], [], []
    for text in texts:
        tokens = words(text)
        dense.append(np.concatenate([vectors[text], np.asarray(shape(text, tokens, lexicon), dtype=np.float32)]))
        known = sorted(vocabulary[gram] for gram in bounded_grams(tokens) if gram in vocabulary)
        if known:
            weight = idf[known]
            columns.extend(known)
            values.extend(GRAM_SCALE * weight / np.sqrt(weight @ weight))
        ends.append(len(columns))
    cells = (np.asarray(values, dtype=np.float32), np.asarray(columns, dtype=np.int32), np.asarray(ends))
    return np.asarray(dense, dtype=np.float32), csr_matrix(cells, shape=(len(texts), len(vocabulary)))


def fit_heads(
    files: list[ExampleFile],
    vectors: Mapping[str, Vector],
    lexicon: Lexicon,
    encoder: str,
    lived: Lessons | None = None,
) -> Heads:
    """All heads, fitted on all examples and on what labelled dialogues teach. `vectors` holds one for every text."""
    lessons = {head: list(judged(files, head)) for head in heads_of(files)}
    for head, items in (lived or {}).items():
        lessons.setdefault(head, []).extend(items)
    for head in IN_ONE_CLAUSE & lessons.keys():
        lessons[head] += _clauses_of_no(lessons[head], vectors)
        first = fit_lessons({head: lessons[head]}, vectors, lexicon, encoder)
        lessons[head] += _clauses_of_yes(lessons[head], vectors, lexicon, first)
    return fit_lessons(lessons, vectors, lexicon, encoder, fingerprint(files))


def _clauses_of_no(items: Sequence[Judged], vectors: Mapping[str, Vector]) -> list[Judged]:
    """What the clauses of texts that say no say: no, too. Those that are lessons already are left alone."""
    found = {
        part: Judged(part, False, CLAUSE * item.weight, item.own)
        for item in items
        if not item.yes and len(parts := clauses(item.text)) > 1
        for part in parts
        if part in vectors
    }
    known = {item.text for item in items}
    return [item for part, item in found.items() if part not in known]


def _clauses_of_yes(
    items: Sequence[Judged], vectors: Mapping[str, Vector], lexicon: Lexicon, first: Heads
) -> list[Judged]:
    """Of each text that says yes, the clause that says so: the strongest, as heads fitted on whole texts see it."""

    def strength(part: str) -> float:
        tokens = words(part)
        return max(first.scores(vectors[part], shape(part, tokens, lexicon), tokens).values())

    return [
        Judged(max(parts, key=strength), True, CLAUSE * item.weight, item.own)
        for item in items
        if item.yes and len(parts := [part for part in clauses(item.text) if part in vectors]) > 1
    ]


def fit_lessons(
    lessons: Lessons, vectors: Mapping[str, Vector], lexicon: Lexicon, encoder: str, examples: str = ""
) -> Heads:
    """Every head at once: they share the texts, so one pass over the matrix serves all of them."""
    from scipy.optimize import minimize

    names = tuple(sorted(lessons))
    features = Features.of(sorted({item.text for items in lessons.values() for item in items}), vectors, lexicon)
    yes, no = (_weights(lessons, names, features.rows, answer) for answer in (True, False))
    # Half way to balanced: the examples say nothing about how rare a yes is in real conversations.
    yes = yes * np.sqrt(no.sum(axis=0) / np.maximum(yes.sum(axis=0), 1e-9))
    dense, sparse = features.dense, features.sparse
    dimensions, size, heads = dense.shape[1], len(features.vocabulary), len(names)
    turned = sparse.T.tocsr()

    def parts(flat: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        rest = flat[heads:]
        return (
            flat[:heads],
            rest[: dimensions * heads].reshape(-1, heads),
            rest[dimensions * heads :].reshape(-1, heads),
        )

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bias, vector, runs = parts(flat.astype(np.float32))
        logits = dense @ vector + sparse @ runs + bias
        odds = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
        wrong = yes * np.logaddexp(0, -logits) + no * np.logaddexp(0, logits)
        error = (no * odds - yes * (1.0 - odds)).astype(np.float32)
        size_of = float((vector * vector).sum(dtype=np.float64) + (runs * runs).sum(dtype=np.float64))
        slopes = (error.sum(axis=0), dense.T @ error + vector / STRENGTH, turned @ error + runs / STRENGTH)
        gradient = np.concatenate([np.asarray(part).ravel() for part in slopes]).astype(np.float64)
        return float(wrong.sum(dtype=np.float64)) + 0.5 / STRENGTH * size_of, gradient

    start = np.zeros(heads * (1 + dimensions + size))
    solved = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS, "maxcor": 20})
    bias, vector, runs = parts(solved.x.astype(np.float32))
    return Heads(
        names=names,
        encoder=encoder,
        bias=bias,
        dense=np.ascontiguousarray(vector.T),
        vocabulary=features.vocabulary,
        idf=features.idf,
        sparse=np.ascontiguousarray(runs),
        examples=examples,
    )


def _weights(lessons: Lessons, names: Sequence[str], rows: Mapping[str, int], answer: bool) -> NDArray[np.float32]:
    """How much each text (row) counts as a yes, or as a no, for each head (column)."""
    weights = np.zeros((len(rows), len(names)), dtype=np.float32)
    for column, name in enumerate(names):
        for item in lessons[name]:
            if item.yes is answer:
                weights[rows[item.text], column] += item.weight * (1.0 if item.own else BORROWED)
    return weights
