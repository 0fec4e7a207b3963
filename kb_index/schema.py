"""Reading one FAQ file, with file and line for every fault in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from kb_index.entries import FaqEntry, Source, links_in
from kb_index.errors import Fault

FILE_KEYS = ("topic", "title", "entries")
ENTRY_KEYS = ("id", "question", "wordings", "answer", "short", "flags", "follow_ups", "valid_from", "valid_until")
REQUIRED = ("id", "question", "wordings", "answer")
FLAGS = (
    "offer_person",
    "hand_off",
    "sensitive_safety",
    "sensitive_bereavement",
    "sensitive_legal",
    "sensitive_fraud",
    "sensitive_accessibility",
    "sensitive_privacy",
)
IDENTIFIER = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
WORD = re.compile(r"[a-z][a-z0-9_]*")

Fields = dict[str, Any]


def read_file(file: Path, faults: list[Fault]) -> list[FaqEntry]:
    """The sound entries of one file; every fault is added to `faults`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = file.read_text(encoding="utf-8")
        node = YAML(typ="safe", pure=True).compose(text)
    except OSError as error:
        faults.append(Fault(file, 1, f"cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError:
        faults.append(Fault(file, 1, "is not UTF-8 text"))
        return []
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.append(Fault(file, mark.line + 1 if mark else 1, f"is not YAML: {error.problem or error.context}"))
        return []
    except YAMLError as error:
        faults.append(Fault(file, 1, f"is not YAML: {error}"))
        return []
    return _Reader(file, faults).entries(node)


class _Reader:
    """Turns YAML nodes, which know their lines, into entries."""

    def __init__(self, file: Path, faults: list[Fault]) -> None:
        self.file = file
        self.faults = faults

    def fault(self, node: Any, message: str) -> None:
        self.faults.append(Fault(self.file, node.start_mark.line + 1 if node is not None else 1, message))

    def entries(self, root: Any) -> list[FaqEntry]:
        top = self.mapping(root, "a file with topic, title and entries", FILE_KEYS)
        if top is None:
            return []
        if "topic" not in top:
            self.fault(root, "topic is missing")
        topic = self.text(top.get("topic"), "topic") or ""
        if topic and not WORD.fullmatch(topic):
            self.fault(top["topic"], f"topic must be one lower-case word, such as returns; found {topic!r}")
        if "title" in top:
            self.text(top["title"], "title")
        if "entries" not in top:
            self.fault(root, "entries is missing")
            return []
        made = [self.entry(node, topic) for node in self.items(top["entries"], "entries")]
        return [entry for entry in made if entry is not None]

    def entry(self, node: Any, topic: str) -> FaqEntry | None:
        before = len(self.faults)
        fields = self.mapping(node, "an entry with id, question, wordings and answer", ENTRY_KEYS)
        if fields is None:
            return None
        for key in REQUIRED:
            if key not in fields:
                self.fault(node, f"{key} is missing")
        identifier = self.identifier(fields.get("id"), topic)
        question = self.text(fields.get("question"), "question")
        wordings = list(self.wordings(fields.get("wordings"), question))
        answer = self.text(fields.get("answer"), "answer")
        short = self.text(fields.get("short"), "short")
        flags = list(self.flags(fields.get("flags")))
        follow_ups = [text for text, _ in self.texts(fields.get("follow_ups"), "follow_ups")]
        start, end = (self.day(fields.get(key), key) for key in ("valid_from", "valid_until"))
        if start and end and end < start:
            self.fault(fields["valid_until"], f"valid_until {end} is before valid_from {start}")
        if len(self.faults) > before:
            return None
        return FaqEntry(
            id=identifier,
            question=question,
            wordings=tuple(text for text, _ in wordings),
            answer=answer,
            source=Source(self.file, node.start_mark.line + 1, tuple(line for _, line in wordings)),
            short=short or None,
            topic=topic,
            links=links_in(answer),
            flags=frozenset(flags),
            follow_ups=tuple(follow_ups),
            valid_from=start,
            valid_until=end,
        )

    def mapping(self, node: Any, expected: str, known: tuple[str, ...]) -> Fields | None:
        if node is None or node.id != "mapping":
            self.fault(node, f"expected {expected}, found {_kind(node)}")
            return None
        fields: Fields = {}
        for key_node, value in node.value:
            key = str(key_node.value)
            if key in fields:
                self.fault(key_node, f"{key} is written twice")
            elif key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                self.fault(key_node, f"unknown key {key}; {hint}")
            if value.id == "scalar" and not value.value:
                value.start_mark = key_node.start_mark  # an empty value counts as standing on the next line
            fields[key] = value
        return fields

    def items(self, node: Any, key: str) -> list[Any]:
        if node is None:
            return []
        if node.id != "sequence":
            self.fault(node, f"{key} must be a list, found {_kind(node)}")
            return []
        return list(node.value)

    def text(self, node: Any, key: str) -> str:
        if node is None:
            return ""
        if node.id != "scalar":
            self.fault(node, f"{key} must be text, found {_kind(node)}; put it in quotes if it contains a colon")
            return ""
        text = str(node.value).strip()
        if not text:
            self.fault(node, f"{key} is empty")
        return text

    def texts(self, node: Any, key: str) -> Iterator[tuple[str, int]]:
        for item in self.items(node, key):
            text = self.text(item, key)
            if text:
                yield text, item.start_mark.line + 1

    def wordings(self, node: Any, question: str) -> Iterator[tuple[str, int]]:
        seen = {_same(question)}
        for item in self.items(node, "wordings"):
            text = self.text(item, "wordings")
            if text and _same(text) in seen:
                self.fault(item, f"this wording is already there: {text!r}")
            elif text:
                seen.add(_same(text))
                yield text, item.start_mark.line + 1

    def identifier(self, node: Any, topic: str) -> str:
        text = self.text(node, "id")
        if text and not IDENTIFIER.fullmatch(text):
            self.fault(node, f"id must look like {topic or 'topic'}.some_name, found {text!r}")
        elif text and topic and text.partition(".")[0] != topic:
            self.fault(node, f"id must start with the file's topic, {topic}., found {text!r}")
        return text

    def flags(self, node: Any) -> Iterator[str]:
        for item in self.items(node, "flags"):
            text = self.text(item, "flags")
            if text in FLAGS:
                yield text
            elif text:
                self.fault(item, f"unknown flag {text!r}; known: {', '.join(FLAGS)}")

    def day(self, node: Any, key: str) -> date | None:
        text = self.text(node, key)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(node, f"{key} must be a date like 2026-01-31, found {text!r}")
            return None


def _kind(node: Any) -> str:
    if node is None:
        return "nothing"
    return {"mapping": "keys with values", "sequence": "a list"}.get(node.id, f"the text {str(node.value)[:40]!r}")


def _same(text: str) -> str:
    """Two wordings are the same if only case, spacing and punctuation differ."""
    return " ".join(re.findall(r"\w+", text.lower()))
