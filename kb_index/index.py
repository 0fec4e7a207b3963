"""The index: entries in, matches out. Built from wordings and answers, searched by meaning and words together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kb_index.calibration import CANDIDATES, SCOPE, Calibration
from kb_index.decision import FaqDecision, Policy, decide
from kb_index.encoder import Encoder, Vectors
from kb_index.entries import FaqEntry
from kb_index.evidence import RANKING, TRUST, Evidence, Query
from kb_index.lexical import Lexicon, tokens

if TYPE_CHECKING:
    from kb_index.questions import Question

FORMAT = 4
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Match:
    """One candidate: `probability` is the calibrated chance that this entry answers the question."""

    entry_id: str
    score: float
    wording: str
    probability: float


@dataclass(frozen=True)
class Explanation:
    """A match and what spoke for it, by name."""

    match: Match
    evidence: Mapping[str, float]


class Index:
    """Everything needed to search; it never changes, an edit makes another one."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        texts: Sequence[str],
        *,
        evidence: Evidence,
        lexicon: Lexicon,
        calibration: Calibration,
        policy: Policy,
        encoder: Encoder,
    ) -> None:
        self.entries: Mapping[str, FaqEntry] = {entry.id: entry for entry in entries}
        self.texts = texts
        self.evidence = evidence
        self.lexicon = lexicon
        self.calibration = calibration
        self.policy = policy
        self.encoder = encoder
        self.version = ""
        self._ids = [entry.id for entry in entries]
        self._exact = _owners_of_wordings(entries)
        self._dated = [number for number, entry in enumerate(entries) if entry.valid_from or entry.valid_until]

    @classmethod
    def build(
        cls,
        entries: Sequence[FaqEntry],
        encoder: Encoder,
        *,
        questions: Sequence[Question] = (),
        previous: Index | None = None,
        wrong_answer_rate: float | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """Fit an index. `questions` are labelled ones for calibration; vectors of `previous` are used again."""
        from kb_index.building import build_index

        return build_index(
            entries,
            encoder,
            questions=questions,
            previous=previous,
            wrong_answer_rate=wrong_answer_rate,
            progress=progress,
        )

    def save(self, folder: Path) -> str:
        """Write a new version into the folder and make it the current one; returns its name."""
        from kb_index.index_files import save_index

        return save_index(self, folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Index:
        """The folder's current version, memory-mapped."""
        from kb_index.index_files import load_index

        return load_index(folder, encoder)

    def search(self, text: str, k: int = 5, vector: Vectors | None = None, day: date | None = None) -> list[Match]:
        """The `k` likeliest entries valid on that day (today), best first; `vector`: the text's, if it is there."""
        return [explanation.match for explanation in self.explain(text, k, vector, day)]

    def explain(
        self, text: str, k: int = 5, vector: Vectors | None = None, day: date | None = None
    ) -> list[Explanation]:
        """The same with what spoke for each entry."""
        asleep = self._asleep(day)
        if len(asleep) == len(self._ids) or not text.strip():
            return []
        vectors = self.encoder.encode([text]) if vector is None else np.asarray(vector, np.float32).reshape(1, -1)
        query = Query.of([text], vectors, self.lexicon)
        if self.evidence.is_large:
            evidence, classes, words = self.evidence.narrowed(query)
            asleep = np.flatnonzero(np.isin(classes, asleep)).tolist()
            findings = evidence.findings(query, words)
        else:
            classes = np.arange(len(self._ids), dtype=np.int32)
            findings = self.evidence.findings(query)
        found = self.calibration.candidates(findings, k, asleep)
        # Its author wrote that this very question belongs to the entry: nothing is left to estimate.
        written_for = self._exact.get(same_words(text))
        explained = []
        for place, score, probability in zip(found.places[0], found.scores[0], found.probabilities[0], strict=True):
            entry_id = self._ids[classes[place]]
            row = self.evidence.nearest_row(vectors[0], int(classes[place]))
            sure = 1.0 if written_for == entry_id else float(probability)
            match = Match(entry_id, float(score), self.texts[row], sure)
            values = findings.ranking[0, place].tolist()
            explained.append(Explanation(match, dict(zip(RANKING, values, strict=True))))
        explained.sort(key=lambda explanation: -explanation.match.probability)
        return explained

    def decide(self, text: str, vector: Vectors | None = None, day: date | None = None) -> FaqDecision:
        """Search and apply the index's own policy."""
        return decide(self.search(text, CANDIDATES, vector, day), self.policy)

    def _asleep(self, day: date | None) -> list[int]:
        if not self._dated:
            return []
        today = day or date.today()
        return [number for number in self._dated if not self.entries[self._ids[number]].is_valid_on(today)]


def same_words(text: str) -> str:
    """Two texts are the same question if only case, spacing and punctuation differ."""
    return " ".join(tokens(text))


def _owners_of_wordings(entries: Sequence[FaqEntry]) -> dict[str, str]:
    """The entry of each wording that only one entry has."""
    owners: dict[str, set[str]] = {}
    for entry in entries:
        for text in entry.phrasings:
            owners.setdefault(same_words(text), set()).add(entry.id)
    return {text: next(iter(ids)) for text, ids in owners.items() if len(ids) == 1 and text}


def content_hash(entries: Sequence[FaqEntry], questions: Sequence[Question], encoder_name: str, rate: float) -> str:
    """Names a version by what it is made from."""
    from kb_index.index_files import entry_as_dict

    parts = {
        "format": [FORMAT, *RANKING, *TRUST, *SCOPE],
        "encoder": encoder_name,
        "entries": [entry_as_dict(entry) for entry in entries],
        "questions": [[question.text, question.expected] for question in questions],
        "wrong_answer_rate": rate,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]
