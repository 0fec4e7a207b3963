"""The linter sees what a careful editor would, and is quiet about sound entries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry, Source, links_in, load_entries
from kb_index.figures_in_text import quantities
from kb_index.linter import Finding, Severity, lint
from tests.kb_index import shop

SHOP = Path(__file__).parents[2] / "data" / "faq"


def sound() -> list[FaqEntry]:
    more = ["one more {}", "{} please", "question about {}"]
    return [
        replace(
            entry,
            wordings=(*entry.wordings, *(text.format(entry.id.split(".")[1]) for text in more)),
            source=Source(Path("lake.yml"), 10 * number + 1, tuple(range(10 * number + 2, 10 * number + 9))),
        )
        for number, entry in enumerate(shop.entries())
    ]


def changed(identifier: str, **changes: object) -> list[FaqEntry]:
    return [replace(entry, **changes) if entry.id == identifier else entry for entry in sound()]  # type: ignore[arg-type]


def rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def test_sound_entries_raise_no_error(encoder: Encoder) -> None:
    assert [finding for finding in lint(sound(), encoder) if finding.severity is Severity.ERROR] == []
    assert lint([], encoder) == []


def test_the_shop_has_no_finding(encoder: Encoder) -> None:
    assert [str(finding) for finding in lint(load_entries(SHOP), encoder)] == []


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        ({"wordings": ("a", "b")}, "few-wordings", "boats.rent has 2 other wordings, expected at least 6"),
        ({"answer": "long " * 91}, "long-answer", "has 91 words, expected at most 90"),
        ({"short": "x" * 301}, "long-answer", "has 301 characters, expected at most 300"),
        ({"follow_ups": ("boats.sink",)}, "dead-follow-up", "followed up by boats.sink, which does not exist"),
        ({"follow_ups": ("boats.rent",)}, "dead-follow-up", "is its own follow-up"),
        ({"links": links_in("[x](/help/boats/sink)")}, "dead-link", "links to /help/boats/sink, which does not exist"),
        ({"links": links_in("[x](/help/ships)")}, "dead-link", "links to /help/ships, which does not exist"),
        ({"short": "An hour costs £15."}, "contradiction", "the short answer says 15 £, the answer says 12 £"),
    ],
)
def test_finding(encoder: Encoder, changes: dict[str, object], rule: str, message: str) -> None:
    found = [finding for finding in lint(changed("boats.rent", **changes), encoder) if finding.rule == rule]
    assert any(message in finding.message for finding in found), found
    assert {(finding.file, finding.line) for finding in found} == {(Path("lake.yml"), 1)}


def test_living_links_are_left_alone(encoder: Encoder) -> None:
    links = links_in(
        "[a](/help/boats/dogs) [b](/help/cafe) [c](/account) [d](https://lake.example) [e](/help/boats/dogs#x)"
    )
    assert "dead-link" not in rules(lint(changed("boats.rent", links=links), encoder))


def test_a_stolen_question_names_thief_and_line(encoder: Encoder) -> None:
    wordings = (*sound()[0].wordings[:-1], "When is the café open?")
    found = [
        finding
        for finding in lint(changed("boats.rent", wordings=wordings), encoder)
        if finding.rule == "stolen-question"
    ]
    assert any(
        finding.severity is Severity.ERROR and finding.line == 8 and "is nearer to cafe.hours" in finding.message
        for finding in found
    ), found


def test_near_copies_and_twins(encoder: Encoder) -> None:
    wordings = (*sound()[0].wordings, "How do I rent a rowing boat please?")
    assert "near-copy" in rules(lint(changed("boats.rent", wordings=wordings), encoder))
    twins = changed("boats.dogs", question="How can I rent a rowing boat?")
    assert "near-duplicate" in rules(lint(twins, encoder))


def cancelling(question: str, days: int) -> dict[str, object]:
    return {"question": question, "answer": f"You can cancel your booking up to {days} days before the trip."}


def test_contradicting_entries(encoder: Encoder) -> None:
    first = changed("boats.rent", answer="You can cancel a booking up to 30 days before the trip.")
    other = cancelling("How long before can I cancel the boat I rented?", 14)
    second = [replace(entry, **other) if entry.id == "boats.dogs" else entry for entry in first]  # type: ignore[arg-type]
    assert "contradiction" not in rules(lint(first, encoder))
    found = [finding for finding in lint(second, encoder) if finding.rule == "contradiction"]
    assert len(found) == 1
    assert "30 days" in found[0].message
    assert "14 days" in found[0].message


def test_the_same_words_about_something_else_do_not_contradict(encoder: Encoder) -> None:
    cake = cancelling("Do you bake birthday cakes?", 2)
    entries = changed("boats.rent", **cancelling("How do I rent a rowing boat?", 30))
    entries = [replace(entry, **cake) if entry.id == "cafe.hours" else entry for entry in entries]  # type: ignore[arg-type]
    assert "contradiction" not in rules(lint(entries, encoder))


def test_a_unit_may_stand_once_for_several_figures(encoder: Encoder) -> None:
    answer = "The small boat is **200 × 140 cm**, the large one **300 × 160**."
    sound_short = changed("boats.rent", answer=answer, short="Small 200 × 140 cm, large 300 × 160 cm.")
    assert "contradiction" not in rules(lint(sound_short, encoder))
    found = [finding.message for finding in lint(changed("boats.rent", answer=answer, short="170 cm."), encoder)]
    assert any("the short answer says 170 cms" in message for message in found), found


def test_one_turn_of_phrase_in_common_is_no_theft(encoder: Encoder) -> None:
    """Wordings of two entries that share a place name: each stays with the others of its entry."""
    where = ("address of the jetty shop", "where is your shop", "how do I find the shop", "what street is the shop in")
    phone = ("phone the jetty shop", "what number do I ring", "can I call you", "is there a telephone number")
    entries = [
        replace(entry, wordings=where, question="Where is your shop?")
        if entry.id == "boats.rent"
        else replace(entry, wordings=phone, question="Do you have a phone number?")
        if entry.id == "boats.dogs"
        else entry
        for entry in sound()
    ]
    assert not [f for f in lint(entries, encoder) if f.rule == "stolen-question" and "jetty" in f.message]
    entries = [
        replace(entry, wordings=(*phone, "which road is your shop in")) if entry.id == "boats.dogs" else entry
        for entry in entries
    ]
    found = [finding.message for finding in lint(entries, encoder) if finding.rule == "stolen-question"]
    assert any("'which road is your shop in' is nearer to boats.rent" in message for message in found), found


def test_quantities_are_read_in_words_and_figures() -> None:
    assert quantities("within 3-5 working days, two hours, £3.95 and 2 years.") == {
        "£": {"3.95"},
        "working days": {"3-5"},
        "hours": {"2"},
        "years": {"2"},
    }
