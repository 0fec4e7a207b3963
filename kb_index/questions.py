"""Labelled questions: what was asked, and which entry answers it (none, if it is out of scope)."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kb_index.errors import DataError


@dataclass(frozen=True)
class Question:
    """One line of a questions file."""

    text: str
    expected: str | None
    kind: str = ""


@dataclass(frozen=True)
class Example:
    """One labelled text of an intent set; no label means out of scope."""

    text: str
    label: str | None


def load_questions(file: Path, known: Collection[str] | None = None) -> list[Question]:
    """Read JSON lines with text and expected (an entry's id, or null); ids outside `known` are an error."""
    questions = []
    for number, line in enumerate(_text_of(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{file}:{number}: is not JSON: {error.msg}") from error
        if not isinstance(values, dict) or not isinstance(values.get("text"), str) or "expected" not in values:
            raise DataError(f'{file}:{number}: expected {{"text": "...", "expected": "<entry id>" or null}}')
        expected = values["expected"]
        if expected is not None and (not isinstance(expected, str) or (known is not None and expected not in known)):
            raise DataError(f"{file}:{number}: no entry has the id {expected!r}")
        questions.append(Question(values["text"], expected, str(values.get("kind", ""))))
    if not questions:
        raise DataError(f"{file}: expected at least one question, found none")
    return questions


def load_examples(file: Path) -> list[Example]:
    """Read a CSV file with the columns text and label; an empty label means out of scope."""
    reader = csv.DictReader(_text_of(file).splitlines(keepends=True))
    missing = {"text", "label"} - set(reader.fieldnames or ())
    if missing:
        raise DataError(f"{file}:1: expected the columns text,label; {' and '.join(sorted(missing))} missing")
    examples = []
    for values in reader:
        if values["text"] is None or values["label"] is None:
            raise DataError(f"{file}:{reader.line_num}: expected a text and a label")
        examples.append(Example(values["text"], values["label"].strip() or None))
    if not examples:
        raise DataError(f"{file}: expected at least one example, found none")
    return examples


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: is not UTF-8 text") from error
