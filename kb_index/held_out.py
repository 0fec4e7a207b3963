"""Texts to calibrate on where no customer has asked yet: wordings held out of the evidence, and what nobody means.

What means none of the classes is made up in two ways: from classes left out entirely, whose texts have near neighbours,
and from a list of everyday sentences, which are far from most classes. Customers send both kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import OUT_OF_SCOPE, Observations, best_merits
from kb_index.encoder import Encoder, Vectors, encode_with_wording
from kb_index.evidence import Evidence, Query, Rows
from kb_index.head import Floats, Projection
from kb_index.lexical import Lexicon

FOLDS, FEW_FOLDS = 8, 3
# Part of the texts out of scope that are everyday sentences.
EVERYDAY_PART = 0.6
# The share of messages that mean none of the classes is not known before any were met. It falls with the square of the
# number of classes: live bots with some twenty intents meet two in five (HINT3, Arora et al. 2020), research sets of
# sixty and more hardly any. Neither more than half nor less than one in twenty is assumed.
FORESEEN, LEAST_SHARE, MOST_SHARE = 14.0, 0.05, 0.5
EVERYDAY = Path(__file__).with_name("everyday.txt")
MIN_WORDS, KEPT_WORDS = 3, 0.5
AT_ONCE = 500
# Texts asked in all folds together, fewer where there are very many classes: each text is compared with each class.
MOST_TEXTS, MOST_CELLS = 4_000, 8_000_000


def out_of_scope_share(classes: int) -> float:
    """The share of messages that mean none of so many classes, where nothing else is known of it."""
    return float(np.clip((FORESEEN / classes) ** 2, LEAST_SHARE, MOST_SHARE))


def held_out(
    rows: Rows,
    classes: int,
    projection: Projection,
    weights: Floats,
    *,
    askable: NDArray[np.bool_] | None = None,
    folds: int = FOLDS,
    seed: int = 0,
    most: int | None = None,
    kinship: float = 0.0,
) -> list[Observations]:
    """Evidence for each wording from the others: once without that wording, once without its whole class.

    Each fold leaves out a part of the classes and a part of every other class's wordings. `askable` marks the rows that
    somebody might write; by default all that are not answers. `most` and `kinship` are those of `Evidence.build`.
    """
    random = np.random.default_rng(seed)
    limit = max(folds, most_texts(classes))
    asked = ~rows.answer if askable is None else askable
    wordings = np.flatnonzero(asked)
    part = np.full(len(rows), -1, dtype=np.int32)
    for owner in np.unique(rows.owners[wordings]):
        own = wordings[rows.owners[wordings] == owner]
        part[own] = (random.permutation(len(own)) + random.integers(folds)) % folds
    group = random.permutation(classes) % folds
    counts = np.bincount(rows.owners[wordings], minlength=classes)
    observed: list[Observations] = []
    for fold in range(folds):
        without_class = group[rows.owners] == fold
        without_text = asked & (part == fold) & (counts[rows.owners] > 1) & ~without_class
        kept = np.flatnonzero(~without_class & ~without_text)
        if len(np.unique(rows.owners[kept])) < 2:
            continue
        evidence = Evidence.build(rows, classes, projection, kept.astype(np.int32), weights, most=most, kinship=kinship)
        for chosen, known in ((without_text, True), (without_class & asked, False)):
            places = np.flatnonzero(chosen)
            if len(places) > limit // folds:
                places = np.sort(random.choice(places, limit // folds, replace=False))
            if not len(places):
                continue
            taken = rows.take(places.astype(np.int32))
            truth = taken.owners if known else np.full(len(places), OUT_OF_SCOPE, dtype=np.int32)
            findings = evidence.findings(Query(taken.vectors, taken.lexical, taken.wording))
            observed.append(Observations(findings, truth, np.ones(len(places), dtype=np.float32)))
    return observed


def observe(
    evidence: Evidence,
    lexicon: Lexicon,
    vectors: Vectors,
    texts: Sequence[str],
    truth: Sequence[int],
    wording: Vectors | None = None,
) -> Observations:
    """What is found for texts that the evidence was not made from."""
    parts = []
    for start in range(0, len(texts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        worded = None if wording is None else wording[part]
        findings = evidence.findings(Query.of(texts[part], vectors[part], lexicon, worded))
        right = np.array(truth[part], dtype=np.int32)
        parts.append(Observations(findings, right, np.ones(len(right), dtype=np.float32)))
    return Observations.join(parts)


def everyday(evidence: Evidence, lexicon: Lexicon, encoder: Encoder) -> Observations:
    """Small talk, general knowledge, other companies' business, fragments: sentences written for this."""
    texts = EVERYDAY.read_text(encoding="utf-8").splitlines()
    if encoder.name not in _encoded:
        _encoded[encoder.name] = encode_with_wording(encoder, texts)
    vectors, wording = _encoded[encoder.name]
    return observe(evidence, lexicon, vectors, texts, [OUT_OF_SCOPE] * len(texts), wording)


# Encoders of one name give the same vectors; an edit of the content should cost no more than the edit.
_encoded: dict[str, tuple[Vectors, Vectors]] = {}


def simulated(held: Sequence[Observations], sentences: Observations) -> Observations:
    """Held-out texts and everyday sentences as one, each with its part of what is out of scope.

    A sentence that some class recognizes better than it usually recognizes its own texts is left out: to a bot that
    tells the weather a question about the weather is no small talk.
    """
    near = Observations.join(held)
    known = near.where(near.truth != OUT_OF_SCOPE)
    far = sentences.where(best_merits(sentences.findings) < best_merits(known.findings).mean())
    strange = len(near) - len(known)
    if len(far) and strange:
        far.weights[:] = strange / len(far) * EVERYDAY_PART / (1 - EVERYDAY_PART)
    return Observations.join([near, far])


def most_texts(classes: int) -> int:
    """How many texts to compare with so many classes."""
    return min(MOST_TEXTS, MOST_CELLS // classes)


def shortened(texts: Sequence[str], seed: int = 0) -> list[str]:
    """Each text without some of its words: the nearest thing to another wording where nobody wrote one."""
    random = np.random.default_rng(seed)
    made = []
    for text in texts:
        words = text.split()
        kept = max(min(MIN_WORDS, len(words)), round(KEPT_WORDS * len(words)))
        made.append(" ".join(words[place] for place in np.sort(random.permutation(len(words))[:kept])))
    return made
