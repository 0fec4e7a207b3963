"""The shop's own FAQ keeps what it reached on the held-out questions, and a spoiled entry is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry, load_entries
from kb_index.evaluation import ask, evaluate_index
from kb_index.gate import Gate
from kb_index.index import Index
from kb_index.questions import Question, load_questions
from kb_index.settings import configured_wrong_answer_rate

DATA = Path(__file__).parents[2] / "data"
EVALUATION = DATA / "evaluation"


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> Index:
    return built(load_entries(DATA / "faq"), encoder)


@pytest.fixture(scope="module")
def questions(index: Index) -> list[Question]:
    return load_questions(EVALUATION / "faq_test.jsonl", index.entries.keys())


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate.load(EVALUATION / "faq_gate.json")


def built(entries: list[FaqEntry], encoder: Encoder, previous: Index | None = None) -> Index:
    """As `baton faq eval` builds it."""
    fit = load_questions(EVALUATION / "faq_fit.jsonl", {entry.id for entry in entries})
    rate = configured_wrong_answer_rate(DATA.parent / "config.yml")
    return Index.build(entries, encoder, questions=fit, previous=previous, wrong_answer_rate=rate)


def test_nothing_got_worse(index: Index, questions: list[Question], gate: Gate) -> None:
    assert gate.broken_by(evaluate_index(index, questions), ask(index, questions), questions) == []


def test_a_spoiled_entry_is_noticed(index: Index, questions: list[Question], gate: Gate, encoder: Encoder) -> None:
    victim = next(name for name in gate.found_entries if not index.entries[name].flags)
    entries = [
        replace(
            entry,
            question="How do I descale a kettle?",
            wordings=("kettle full of limescale", "vinegar or citric acid for the kettle", "white flakes in my tea"),
            answer="Boil it with vinegar and rinse twice.",
            short=None,
        )
        if entry.id == victim
        else entry
        for entry in index.entries.values()
    ]
    spoiled = built(entries, encoder, index)
    broken = gate.broken_by(evaluate_index(spoiled, questions), ask(spoiled, questions), questions)
    assert f"{victim} is no longer among the first 3 for any of its questions" in broken
