"""Labelled dialogues: one JSON object a line, as `baton handoff eval` and `fit` read them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffReason
from bot.handoff.view import BotActionKind

AUTHORS = ("contact", "bot", "agent")
ACTIONS = tuple(kind.value for kind in BotActionKind)


@dataclass(frozen=True)
class DialogueTurn:
    """One message; `faq_id` and `action` may say what a bot turn was, where that is known."""

    author: str
    text: str
    faq_id: str | None = None
    action: str | None = None


@dataclass(frozen=True)
class Label:
    """What people say should happen at a contact's turn."""

    turn: int
    handoff: bool
    reason: HandoffReason | None
    frustration: int


@dataclass(frozen=True)
class Dialogue:
    """A conversation with its labels. `kind` is free text for grouping results."""

    id: str
    turns: tuple[DialogueTurn, ...]
    labels: tuple[Label, ...]
    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def handoff(self) -> Label | None:
        """The first turn at which a person should take over, if there is one."""
        return next((label for label in self.labels if label.handoff), None)

    def contact_turns(self) -> list[int]:
        """Indexes of the contact's turns."""
        return [index for index, turn in enumerate(self.turns) if turn.author == "contact"]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Every dialogue of a file; the first fault is raised with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise HandoffDataError(f"{path}: no such file") from None
    dialogues = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise HandoffDataError(f"{where}: not valid JSON: {error.msg}") from error
        dialogue = _dialogue(data, where)
        if dialogue.id in seen:
            raise HandoffDataError(f"{where}: id {dialogue.id!r} is used twice")
        seen.add(dialogue.id)
        dialogues.append(dialogue)
    if not dialogues:
        raise HandoffDataError(f"{path}: no dialogues; expected one JSON object a line")
    return dialogues


def _dialogue(data: Any, where: str) -> Dialogue:
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("turns"), list)
        or not isinstance(data.get("labels"), list)
    ):
        raise HandoffDataError(f'{where}: expected {{"id", "turns": [...], "labels": [...]}}')
    turns = tuple(_turn(item, f"{where}: turn {index}") for index, item in enumerate(data["turns"]))
    labels = tuple(sorted((_label(item, turns, where) for item in data["labels"]), key=lambda label: label.turn))
    first = next((label for label in labels if label.handoff), None)
    reason = first.reason.value if first is not None and first.reason is not None else "no_handoff"
    facts = data.get("facts") or {}
    return Dialogue(
        id=str(data.get("id") or where),
        turns=turns,
        labels=labels,
        kind=str(data.get("kind") or reason),
        facts={str(name): str(value) for name, value in facts.items()},
    )


def _turn(item: Any, where: str) -> DialogueTurn:
    if not isinstance(item, dict) or item.get("author") not in AUTHORS or not isinstance(item.get("text"), str):
        raise HandoffDataError(f'{where}: expected {{"author": "contact"|"bot"|"agent", "text": "..."}}')
    action = item.get("action")
    if action is not None and action not in ACTIONS:
        raise HandoffDataError(f"{where}: unknown action {action!r}; expected one of {', '.join(ACTIONS)}")
    return DialogueTurn(item["author"], item["text"], item.get("faq_id"), action)


def _label(item: Any, turns: tuple[DialogueTurn, ...], where: str) -> Label:
    if not isinstance(item, dict) or not isinstance(item.get("turn"), int) or not isinstance(item.get("handoff"), bool):
        raise HandoffDataError(f'{where}: a label needs "turn": <index> and "handoff": true|false')
    turn = item["turn"]
    if not 0 <= turn < len(turns) or turns[turn].author != "contact":
        raise HandoffDataError(f"{where}: label turn {turn} is not the index of a contact's turn")
    frustration = item.get("frustration", 0)
    if frustration not in (0, 1, 2, 3):
        raise HandoffDataError(f"{where}: frustration must be 0, 1, 2 or 3, found {frustration!r}")
    try:
        reason = HandoffReason(item["reason"]) if item.get("reason") else None
    except ValueError:
        expected = ", ".join(reason.value for reason in HandoffReason)
        raise HandoffDataError(f"{where}: unknown reason {item['reason']!r}; expected one of {expected}") from None
    if item["handoff"] and reason is None:
        raise HandoffDataError(f"{where}: label of turn {turn} says handoff and gives no reason")
    return Label(turn, item["handoff"], reason, frustration)
