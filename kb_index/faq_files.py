"""FAQ entries from any file: the content team's YAML, or a table of questions and answers."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kb_index.entries import FaqEntry, Source, load_entries
from kb_index.errors import DataError

TABLES = (".csv", ".jsonl")


def load_faq(path: Path) -> list[FaqEntry]:
    """A folder or .yml file of entries; or a .csv/.jsonl table with question, answer and, if there is one, an id.

    In a table several lines may have one id: their questions are wordings of one entry, their answers belong together.
    """
    if path.suffix not in TABLES:
        return load_entries(path)
    entries: dict[str, FaqEntry] = {}
    for line, values in _lines(path):
        for name in ("question", "answer"):
            if not isinstance(values.get(name), str):
                raise DataError(f"{path}:{line}: expected the columns question and answer, {name} is missing")
        identifier = str(next((values[name] for name in values if str(name).endswith("id")), line))
        question, answer = values["question"].strip(), values["answer"].strip()
        wordings = [question, *(values.get("wordings") or ())]
        entry = entries.get(identifier)
        if entry is None:
            entry = FaqEntry(identifier, question, (), "", Source(path, line))
        fresh = [text for text in dict.fromkeys(wordings) if text not in entry.phrasings]
        entries[identifier] = replace(
            entry,
            wordings=(*entry.wordings, *fresh),
            answer=f"{entry.answer}\n\n{answer}".strip(),
        )
    if not entries:
        raise DataError(f"{path}: expected at least one question with its answer, found none")
    return list(entries.values())


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as text: {error}") from error
    if path.suffix == ".csv":
        reader = csv.DictReader(text.splitlines(keepends=True))
        for row in reader:
            yield reader.line_num, dict(row)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                values = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{path}:{number}: is not JSON: {error.msg}") from error
            if not isinstance(values, dict):
                raise DataError(f"{path}:{number}: expected an object with question and answer")
            yield number, values
