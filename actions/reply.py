"""What a skill sees of a turn and how it speaks: typed doors to the SDK's dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher


class Kind(StrEnum):
    """What a reply is: the handoff decision counts failures by it."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"
    ABSTAINED = "abstained"
    ASKED_SLOT = "asked_slot"
    FORM_FAILURE = "form_failure"
    OFFERED_PERSON = "offered_person"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True)
class Button:
    """A choice below a reply."""

    title: str
    payload: str


PERSON = Button("Talk to a person", "human")
NONE_OF_THESE = Button("None of these", "none_of_these")


class Speaker:
    """Collects the replies of one skill."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher

    def say(
        self,
        text: str | None = None,
        *,
        response: str | None = None,
        kind: Kind = Kind.ANSWERED,
        buttons: Sequence[Button] = (),
        more: Mapping[str, Any] | None = None,
        **values: str,
    ) -> None:
        """Say a text, or a response of domain.yml filled with `values`."""
        self._dispatcher.utter_message(
            text=text,
            response=response,
            buttons=[{"title": button.title, "payload": button.payload} for button in buttons],
            json_message={"kind": kind.value, **(more or {})},
            **values,
        )


@dataclass(frozen=True)
class Turn:
    """What the contact wrote last and what is known."""

    text: str
    intent: str
    turn_id: str | None
    slots: Mapping[str, Any]
    parsed: Mapping[str, Any]
    active_form: str | None
    metadata: Mapping[str, Any]

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        """Read the SDK's tracker."""
        latest: dict[str, Any] = tracker.latest_message or {}
        metadata = latest.get("metadata") or {}
        return cls(
            text=str(latest.get("text") or ""),
            intent=str((latest.get("intent") or {}).get("name") or ""),
            turn_id=metadata.get("turn_id"),
            slots=tracker.slots,
            parsed=latest,
            active_form=(tracker.active_loop or {}).get("name"),
            metadata=metadata,
        )

    @property
    def brief(self) -> bool:
        """Whether answers are wanted in their short form: on messaging apps, except after "In full"."""
        return bool(self.metadata.get("brief")) and not str(self.metadata.get("payload") or "").startswith("full:")

    def given(self) -> frozenset[str]:
        """The values of all facts in this message."""
        return frozenset(str(entity.get("value")) for entity in self.parsed.get("entities") or ())

    def known(self, slot: str) -> str | None:
        """The value of a slot as text."""
        value = self.slots.get(slot)
        if isinstance(value, list):
            value = value[-1] if value else None
        return None if value is None else str(value)
