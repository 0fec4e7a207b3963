"""Labelled data is read whole or refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.errors import DataError
from kb_index.faq_files import load_faq
from kb_index.questions import Example, Question, load_examples, load_questions


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_questions(tmp_path: Path) -> None:
    file = written(
        tmp_path, "q.jsonl", '{"text": "a", "expected": "x.y", "kind": "in_scope"}\n\n{"text": "b", "expected": null}\n'
    )
    assert load_questions(file, {"x.y"}) == [Question("a", "x.y", "in_scope"), Question("b", None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"q\.jsonl:1: is not JSON"),
        ('{"text": "a"}', r"q\.jsonl:1: expected .*expected"),
        ('{"text": "a", "expected": null}\n{"text": "a", "expected": "z"}', r"q\.jsonl:2: no entry has the id 'z'"),
        ("[]", r"q\.jsonl:1: expected"),
        ("", "at least one question"),
    ],
)
def test_bad_questions(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_questions(written(tmp_path, "q.jsonl", text), {"x.y"})


def test_examples(tmp_path: Path) -> None:
    file = written(tmp_path, "e.csv", '\ufefftext,label\n"a, b",x\n"two\nlines",\n')
    assert load_examples(file) == [Example("a, b", "x"), Example("two\nlines", None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,intent\na,b\n", r"e\.csv:1: expected the columns text,label; label missing"),
        ("text,label\na\n", r"e\.csv:2: expected a text and a label"),
        ("text,label\n", "at least one example"),
    ],
)
def test_bad_examples(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_examples(written(tmp_path, "e.csv", text))


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_examples(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not UTF-8"):
        load_examples(tmp_path / "b.csv")


def test_a_table_is_a_faq(tmp_path: Path) -> None:
    file = written(
        tmp_path, "f.csv", "thread_id,question,answer\n7,How to fly?,Run.\n7,How do kites fly?,Wind.\n8,Why?,Because.\n"
    )
    first, second = load_faq(file)
    assert (first.id, first.phrasings, first.answer) == ("7", ("How to fly?", "How do kites fly?"), "Run.\n\nWind.")
    assert (second.id, second.question, second.source.line) == ("8", "Why?", 4)
    lines = '{"id": "a", "question": "Q?", "answer": "A.", "wordings": ["q one"]}\n'
    assert load_faq(written(tmp_path, "f.jsonl", lines))[0].phrasings == ("Q?", "q one")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f.csv", "question\nx\n", "answer is missing"),
        ("f.csv", "question,answer\n", "at least one question"),
        ("f.jsonl", "nope", r"f\.jsonl:1: is not JSON"),
        ("f.jsonl", "[]", r"f\.jsonl:1: expected an object"),
    ],
)
def test_bad_tables(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_faq(written(tmp_path, name, text))
