"""What the index found survives the parse result: every answered question of a message, with its entry's flags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.faq import KEY, FaqResult
from kb_index.asked import Asked
from kb_index.decision import FaqDecision, Outcome
from kb_index.entries import FaqEntry, Source
from kb_index.index import Match

ENTRIES = {
    name: FaqEntry(name, f"{name}?", (), "Yes.", Source(Path("faq.yml"), 1), flags=frozenset(flags))
    for name, flags in {"a.plain": [], "b.marked": ["hand_off"], "c.marked": ["hand_off"]}.items()
}


def asked(name: str, outcome: Outcome = Outcome.ANSWER) -> Asked:
    match = Match(name, 0.9, f"{name}?", 0.9)
    return Asked(f"words of {name}", (match,), FaqDecision(outcome, (match,)))


@pytest.mark.parametrize(
    ("questions", "marked"),
    [
        ([asked("a.plain"), asked("b.marked")], "b.marked?"),
        ([asked("c.marked"), asked("a.plain"), asked("b.marked")], "c.marked?"),
        ([asked("a.plain"), asked("b.marked", Outcome.CLARIFY)], None),
    ],
)
def test_the_flag_of_every_answered_question_counts(questions: list[Asked], marked: str | None) -> None:
    found = FaqResult.of_parts(questions, ENTRIES)
    read = FaqResult.read({KEY: json.loads(json.dumps(found.dump()))})

    assert read == found
    assert read.marked == marked
    assert read.answered_by == found.parts[0].candidates[0]["id"]


def test_what_is_remembered_of_a_message_is_read_without_its_parts() -> None:
    found = FaqResult.of_parts([asked("a.plain"), asked("b.marked")], ENTRIES)
    read = FaqResult.read({KEY: found.remembered()})

    assert read is not None
    assert (read.answered_by, read.parts) == ("a.plain", ())
