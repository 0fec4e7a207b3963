"""What a pressed button asks for. Payloads are made by us and come back as they were; typed text never becomes one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Tasks that ask for what they need.
FORMS = frozenset({"order_status", "start_return", "cancel_order", "change_address"})
TASKS = FORMS | {"complaint"}

_PLAIN = {
    "human": "talk_to_person",
    "none_of_these": "none_of_these",
    "helped:yes": "helped",
    "helped:no": "did_not_help",
}
# An entry, in the form of the channel or in full.
_ENTRIES = ("faq", "full")
# What a button's title begins with that stands for the intent.
_TITLES = {"affirm": re.compile(r"yes\b", re.IGNORECASE), "deny": re.compile(r"no\b", re.IGNORECASE)}


@dataclass(frozen=True)
class Wish:
    """The intent a button stands for; `faq_id` when it names an entry."""

    intent: str
    faq_id: str | None = None


def read(payload: str | None) -> Wish | None:
    """The wish behind a payload; None when it is none of ours (then the words count)."""
    if payload is None:
        return None
    if payload in _PLAIN:
        return Wish(_PLAIN[payload])
    kind, _, value = payload.partition(":")
    if kind in _ENTRIES and value:
        return Wish("faq", value)
    if kind == "task" and value in TASKS:
        return Wish(value)
    return None


def typed(buttons: Sequence[Mapping[str, Any]]) -> dict[str, Wish]:
    """The wishes that a typed yes or no stands for, by intent: those of the buttons that say it in their title.

    `buttons`: `title` and `payload` of each. One that stands for words (`say:`) is the same as typing them already.
    """
    said = {
        intent: next((button.get("payload") for button in buttons if title.match(str(button.get("title")))), None)
        for intent, title in _TITLES.items()
    }
    return {intent: wish for intent, payload in said.items() if (wish := read(payload))}
