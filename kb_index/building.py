"""Building an index: rows from entries, vectors (old ones again), evidence, and the calibration that goes with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import OUT_OF_SCOPE, PRIOR, Calibration, Observations, balanced, fit, refit
from kb_index.decision import USEFUL_OFFER_RATE, WRONG_ANSWER_RATE, Policy
from kb_index.encoder import Encoder, Vectors
from kb_index.entries import FaqEntry
from kb_index.errors import DataError
from kb_index.evidence import Evidence, RowFacts, Rows
from kb_index.head import Labels, Projection
from kb_index.held_out import (
    FEW_FOLDS,
    FOLDS,
    everyday,
    held_out,
    most_texts,
    observe,
    out_of_scope_share,
    shortened,
    simulated,
)
from kb_index.index import Index, Progress, content_hash
from kb_index.lexical import Lexicon
from kb_index.questions import Question

# Wrong answers are bounded as if this share of questions had no answer, where no labelled question says it.
CAUTIOUS_SHARE = 0.25
# Fewer questions than this say less about customers than the entries' own wordings do.
ENOUGH_QUESTIONS = 60
ENOUGH_HELD_OUT = 10
UNMEASURED = 0.95
ENCODE_AT_ONCE = 256
PASSAGE_WORDS = 90
MARKDOWN = re.compile(r"\]\([^)]*\)|[*_`#>\[\]]|^\s*(?:\d+\.|-)\s", re.MULTILINE)


@dataclass(frozen=True)
class Texts:
    """The texts of all rows with the number of their entry, sorted by it."""

    texts: list[str]
    owners: Labels
    answer: NDArray[np.bool_]

    @classmethod
    def of(cls, entries: Sequence[FaqEntry]) -> Texts:
        texts: list[str] = []
        owners: list[int] = []
        answer: list[bool] = []
        for number, entry in enumerate(entries):
            answers = [part for answer in entry.answers for part in passages(answer)]
            texts += [*entry.phrasings, *answers]
            owners += [number] * (len(entry.phrasings) + len(answers))
            answer += [False] * len(entry.phrasings) + [True] * len(answers)
        return cls(texts, np.array(owners, dtype=np.int32), np.array(answer, dtype=bool))


def passages(markdown: str) -> list[str]:
    """The words of a text in pieces that an encoder can take in whole, cut between paragraphs."""
    pieces: list[str] = []
    for paragraph in (plain(part) for part in re.split(r"\n\s*\n", markdown)):
        if pieces and len(pieces[-1].split()) + len(paragraph.split()) <= PASSAGE_WORDS:
            pieces[-1] = f"{pieces[-1]} {paragraph}".strip()
        elif paragraph:
            pieces.append(paragraph)
    return pieces


def plain(markdown: str) -> str:
    """The words of a Markdown text."""
    return " ".join(MARKDOWN.sub(" ", markdown).split())


def build_index(
    entries: Sequence[FaqEntry],
    encoder: Encoder,
    *,
    questions: Sequence[Question] = (),
    previous: Index | None = None,
    wrong_answer_rate: float | None = None,
    progress: Progress | None = None,
) -> Index:
    """See Index.build."""
    rate = WRONG_ANSWER_RATE if wrong_answer_rate is None else wrong_answer_rate
    entries = sorted(entries, key=lambda entry: entry.id)
    places = {entry.id: number for number, entry in enumerate(entries)}
    strange = next((q.expected for q in questions if q.expected is not None and q.expected not in places), None)
    if strange is not None:
        raise DataError(f"a question for calibration expects the entry {strange}, which does not exist")
    texts = Texts.of(entries)
    vectors = encode_texts(texts.texts, encoder, previous, progress)
    lexicon = Lexicon.learn(texts.texts)
    rows = Rows(RowFacts(texts.owners, texts.answer, vectors), lexicon.rows(texts.texts), vectors[:, :0])
    weights = np.ones(len(texts.texts), dtype=np.float32)
    projection = Projection.learn(rows.lexical)
    everything = np.arange(len(texts.texts), dtype=np.int32)
    evidence = Evidence.build(rows, len(entries), projection, everything, weights)
    # With questions the held-out wordings only give the starting point.
    folds = FEW_FOLDS if len(questions) >= ENOUGH_QUESTIONS else FOLDS
    held = held_out(rows, len(entries), projection, weights, folds=folds) if len(entries) > 1 else []
    literal = sum(int((part.truth != OUT_OF_SCOPE).sum()) for part in held) < ENOUGH_HELD_OUT
    if literal and held:
        chosen = np.random.default_rng(0).permutation(len(entries))[: most_texts(len(entries))].tolist()
        titles = shortened([entries[place].question for place in chosen])
        held.append(observe(evidence, lexicon, encoder.encode(titles), titles, chosen))
    made_up = simulated(held, everyday(evidence, lexicon, encoder)) if held else None
    truth = [OUT_OF_SCOPE if question.expected is None else places[question.expected] for question in questions]
    words = [question.text for question in questions]
    asked = observe(evidence, lexicon, encoder.encode(words), words, truth) if words else None
    calibration, policy = calibrate(made_up, asked, rate, literal=literal)
    index = Index(
        entries,
        texts.texts,
        evidence=evidence,
        lexicon=lexicon,
        calibration=calibration,
        policy=policy,
        encoder=encoder,
    )
    index.version = content_hash(entries, questions, encoder.name, rate)
    return index


def encode_texts(
    texts: Sequence[str], encoder: Encoder, previous: Index | None, progress: Progress | None = None
) -> Vectors:
    """Vectors of all texts; only those that the previous index (of the same encoder) lacks are computed."""
    known: dict[str, int] = {}
    if previous is not None and previous.encoder.name == encoder.name:
        known = {text: number for number, text in enumerate(previous.texts)}
    vectors = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
    missing = [number for number, text in enumerate(texts) if text not in known]
    if previous is not None and known:
        old = [number for number, text in enumerate(texts) if text in known]
        vectors[old] = previous.evidence.rows.vectors[[known[texts[number]] for number in old]]
    for start in range(0, len(missing), ENCODE_AT_ONCE):
        part = missing[start : start + ENCODE_AT_ONCE]
        vectors[part] = encoder.encode([texts[number] for number in part])
        if progress is not None:
            progress("encoding", start + len(part), len(missing))
    return vectors


def calibrate(
    made_up: Observations | None, asked: Observations | None, wrong_answer_rate: float, *, literal: bool
) -> tuple[Calibration, Policy]:
    """Fit on texts held out, then move to questions really asked, where there are enough of them.

    Held-out wordings are kinder than customers: their authors know the answers. So the thresholds come from the
    questions alone. Where entries have a single wording nothing can be held out; their `literal` copies, shortened,
    tell what a good match looks like here, but not how to weigh words against meaning, and they promise nothing.
    """
    calibration, judged, found = PRIOR, None, None
    if made_up is not None:
        classes = made_up.findings.ranking.shape[1]
        likely = balanced(made_up, out_of_scope_share(classes))
        calibration = fit(likely, literal=literal)
        judged = None if literal else balanced(made_up, CAUTIOUS_SHARE)
    if asked is not None and len(asked) >= ENOUGH_QUESTIONS:
        judged = asked
        calibration, found = refit(asked, calibration)
    if judged is None:
        # Nothing to measure on: only the surest match may be given.
        return calibration, Policy(UNMEASURED, USEFUL_OFFER_RATE, wrong_answer_rate)
    found = found or calibration.candidates(judged.findings)
    right = found.places == judged.truth[:, None]
    return calibration, Policy.fit(found.probabilities, right, judged.weights, wrong_answer_rate=wrong_answer_rate)
