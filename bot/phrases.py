"""Facts that are phrases ("my name is ...", "I want my money back"): regular expressions in a data file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from bot.pattern_files import read_patterns

_VALUE = "value"


@dataclass(frozen=True)
class Phrase:
    """One expression; `value` is said instead of the words where it is set."""

    label: str
    pattern: re.Pattern[str]
    value: str | None = None

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Value, start and end of each place where it stands."""
        for match in self.pattern.finditer(text):
            group = _VALUE if match.re.groupindex.get(_VALUE) and match[_VALUE] else 0
            yield self.value or match[group], match.start(group), match.end(group)


def load_phrases(path: Path) -> list[Phrase]:
    """Read a list of {label, pattern, value?}. Raises SettingsError naming file and entry."""
    return [_phrase(entry, number, path) for number, entry in enumerate(read_patterns(path), start=1)]


def _phrase(entry: object, number: int, path: Path) -> Phrase:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("label", "pattern")):
        raise SettingsError(f"{path}: entry {number} needs label and pattern, both texts")
    try:
        pattern = re.compile(entry["pattern"], re.IGNORECASE)
    except re.error as error:
        raise SettingsError(f"{path}: entry {number} ({entry['label']}): the pattern is wrong: {error}") from error
    return Phrase(entry["label"], pattern, entry.get(_VALUE))
