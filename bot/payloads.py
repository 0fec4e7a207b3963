"""What a pressed button asks for. Payloads are made by us and come back as they were; typed text never becomes one."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = frozenset({"order_status", "start_return", "cancel_order", "change_address", "complaint"})

_PLAIN = {
    "human": "talk_to_person",
    "none_of_these": "none_of_these",
    "helped:yes": "helped",
    "helped:no": "did_not_help",
}
# An entry, in the form of the channel or in full.
_ENTRIES = ("faq", "full")


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
