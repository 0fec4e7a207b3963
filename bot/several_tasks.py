"""The tasks of a message that asks for more than one: "return my lamp and also cancel order MF-204518". Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.payloads import FORMS
from kb_index.several_questions import pieces_in

# Beside another task, whoever asks whether they may wants to ("where is my order and can I return it").
_MAY_I = re.compile(r"^\W*(?:can|could|may) (?:i|we) (?P<wish>.+?)\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class AskedTask:
    """A task, the words that ask for it, and the order number in them."""

    task: str
    text: str
    order_number: str | None


def tasks_in(
    text: str, chosen: str, facts: Iterable[Mapping[str, Any]], task_of: Callable[[str], str | None]
) -> list[AskedTask]:
    """Each task once, in the order in which to do them; empty where the message asks for one.

    What names its order comes first, and else what the whole is taken for, `chosen`, if that is a task. `facts`:
    `entity`, `value` and `start` of each in the text; `task_of`: the task that some words ask for.
    """
    pieces = pieces_in(text)
    if len(pieces) < 2:
        return []
    numbers = [(fact["start"], str(fact["value"])) for fact in facts if fact["entity"] == "order_number"]
    found: dict[str, AskedTask] = {}
    end = 0
    for piece in pieces:
        start = text.index(piece, end)
        end = start + len(piece)
        asks = _MAY_I.match(piece)
        task = task_of(piece) or (task_of(asks["wish"]) if asks else None)
        if task in FORMS and task not in found:
            its = [number for place, number in numbers if start <= place < end]
            found[task] = AskedTask(task, piece, its[-1] if its else None)
    if len(found) < 2 or (chosen in FORMS and chosen not in found):
        return []
    return sorted(found.values(), key=lambda asked: (asked.order_number is None, asked.task != chosen))
