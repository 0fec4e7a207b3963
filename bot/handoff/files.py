"""Reading the content team's YAML and JSON with errors that name the file and say what was expected."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot.handoff.errors import HandoffDataError


def read_mapping(path: Path) -> dict[str, Any]:
    """A YAML file whose top is a mapping."""
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HandoffDataError(f"{path}: no such file") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise HandoffDataError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    if not isinstance(data, dict):
        raise HandoffDataError(f"{path}:1: expected a mapping at the top, found {type(data).__name__}")
    return data


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file whose top is an object."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HandoffDataError(f"{path}: no such file") from None
    except json.JSONDecodeError as error:
        raise HandoffDataError(f"{path}:{error.lineno}: not valid JSON: {error.msg}") from error
    if not isinstance(data, dict):
        raise HandoffDataError(f"{path}:1: expected an object at the top, found {type(data).__name__}")
    return data


def text_list(data: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    """The list of texts under a key; absent means empty, anything else than texts is an error."""
    value = data.get(key) or []
    if not isinstance(value, list):
        raise HandoffDataError(f"{path}: {key} must be a list of texts, found {type(value).__name__}")
    for number, item in enumerate(value, start=1):
        if not isinstance(item, str) or not item.strip():
            raise HandoffDataError(f"{path}: {key}, entry {number}: expected a text, found {item!r} (quote it?)")
    return tuple(value)


def number(data: Mapping[str, Any], key: str, path: Path) -> float:
    """The number under a key."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HandoffDataError(f"{path}: {key} must be a number, found {value!r}")
    return float(value)
