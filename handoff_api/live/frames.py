"""Frames of the sockets: one JSON object with a type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from handoff_api.errors import BadRequest


def parse_frame(text: str) -> dict[str, Any]:
    """Raises BadRequest with what was expected."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("bad_json", "expected one JSON object") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadRequest("bad_frame", "expected a JSON object with a type")
    return frame


def write_frame(frame: Mapping[str, Any]) -> str:
    """Compact JSON."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def cursor_of(value: object) -> int:
    """A cursor as sent by a browser, a number or its digits. Raises BadRequest."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadRequest("bad_cursor", "expected the cursor to be a whole number")
    return value
