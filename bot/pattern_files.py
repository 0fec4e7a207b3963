"""The files of data/facts: lists of patterns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.errors import SettingsError


def read_patterns(path: Path) -> list[Any]:
    """The entries of a YAML list of {label, pattern, ...}, not looked at. Raises SettingsError naming the file."""
    try:
        entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    if not isinstance(entries, list):
        raise SettingsError(f"{path}: expected a list of entries, each with label and pattern")
    return entries
