"""Content files are read whole, and every fault in them is named with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kb_index.entries import load_entries
from kb_index.errors import ContentError

SOUND = """\
topic: kites
title: Kites
entries:
  - id: kites.repair
    question: Can you mend a torn sail?
    wordings:
      - my kite has a rip
      - "fix: the fabric split"
    answer: |
      Yes. Send it to us, see [repairs](/help/kites/repair) and [the map](https://kites.example/map).

      1. Pack it.
      2. Post it.
    short: Yes, send it in.
    flags: [offer_person]
    follow_ups: [kites.line]
    valid_from: 2026-03-01
    valid_until: 2026-10-31
  - id: kites.line
    question: Which line do I need?
    wordings: [line strength]
    answer: 40 kg.
"""


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "kites.yml").write_text(text)
    with pytest.raises(ContentError) as caught:
        load_entries(folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_entry_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "kites.yml").write_text(SOUND)
    line, repair = load_entries(tmp_path)
    assert (line.id, line.answer, line.short, line.flags) == ("kites.line", "40 kg.", None, frozenset())
    assert repair.phrasings == ("Can you mend a torn sail?", "my kite has a rip", "fix: the fabric split")
    assert repair.answer.endswith("1. Pack it.\n2. Post it.")
    assert repair.links == ("/help/kites/repair", "https://kites.example/map")
    assert repair.flags == {"offer_person"}
    assert repair.follow_ups == ("kites.line",)
    assert (repair.source.line, repair.source.wording_lines) == (4, (7, 8))
    assert repair.is_valid_on(date(2026, 3, 1))
    assert repair.is_valid_on(date(2026, 10, 31))
    assert not repair.is_valid_on(date(2026, 11, 1))
    assert line.is_valid_on(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "question: Can you",
            "qestion: Can you",
            ["kites.yml:4: question is missing", "5: unknown key qestion; did you mean question?"],
        ),
        ("id: kites.line", "id: kites.repair", ["kites.yml:19: id kites.repair is already used at kites.yml:4"]),
        ("id: kites.line", "id: boats.line", ["19: id must start with the file's topic, kites., found 'boats.line'"]),
        ("id: kites.line", "id: Kites Line", ["19: id must look like kites.some_name, found 'Kites Line'"]),
        ("[offer_person]", "[offer_human]", ["15: unknown flag 'offer_human'; known: offer_person, "]),
        ("[offer_person]", "offer_person", ["15: flags must be a list, found the text 'offer_person'"]),
        ("valid_from: 2026-03-01", "valid_from: soon", ["17: valid_from must be a date like 2026-01-31, found 'soon'"]),
        (
            "valid_from: 2026-03-01",
            "valid_from: 2027-03-01",
            ["18: valid_until 2026-10-31 is before valid_from 2027-03-01"],
        ),
        ('"fix: the fabric split"', "fix: the fabric split", ["8: wordings must be text, found keys with values"]),
        ("- my kite has a rip", "- can you mend a torn sail", ["7: this wording is already there"]),
        ("- my kite has a rip", "-", ["7: wordings is empty"]),
        ("answer: 40 kg.", "answer:", ["22: answer is empty"]),
        ("    answer: 40 kg.\n", "", ["19: answer is missing"]),
        ("title: Kites", "title: Kites\ntopic: kites", ["3: topic is written twice"]),
        ("topic: kites\n", "", ["1: topic is missing"]),
        ("entries:", "entries: [", ["is not YAML"]),
    ],
)
def test_fault_names_file_and_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in SOUND
    found = faults_of(tmp_path, SOUND.replace(old, new, 1))
    for fault in expected:
        assert any(fault in line for line in found), found
    assert all(line.startswith("kites.yml:") for line in found)


def test_all_faults_of_all_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "boats.yml").write_text("topic: boats\nentries:\n  - just text\n")
    found = faults_of(tmp_path, SOUND.replace("answer: 40 kg.", "").replace("[offer_person]", "[x]"))
    assert [line.rsplit("/", 1)[-1].split(":")[:2] for line in found] == [
        ["boats.yml", "3"],
        ["kites.yml", "15"],
        ["kites.yml", "19"],
    ]


def test_unreadable_files_are_faults(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.yml").write_text("")
    with pytest.raises(ContentError, match=r"(?s)a\.yml:1: is not UTF-8 text.*b\.yml:1: expected a file with topic"):
        load_entries(tmp_path)


def test_folder_without_files_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"expected a folder with \.yml files"):
        load_entries(tmp_path / "none")
