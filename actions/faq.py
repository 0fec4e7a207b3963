"""The FAQ part of a message, as the assistant's index found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from actions.reply import NONE_OF_THESE, PERSON, Button, Kind, Speaker

# So many entries back "that did not help" never goes.
_REMEMBERED = 8
# More of a question than this need not be repeated to be recognised.
_QUOTED = 90


@dataclass(frozen=True)
class Candidate:
    """An FAQ entry that may answer the question."""

    id: str
    question: str
    answer: str
    probability: float
    short: str | None = None
    offer_person: bool = False
    follow_ups: Sequence[Mapping[str, str]] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Candidate:
        """From the parse result or a slot."""
        return cls(
            id=str(stored["id"]),
            question=str(stored["question"]),
            answer=str(stored["answer"]),
            probability=float(stored.get("probability", 0.0)),
            short=stored.get("short"),
            offer_person=bool(stored.get("offer_person", False)),
            follow_ups=tuple(stored.get("follow_ups") or ()),
        )

    def button(self) -> Button:
        """Choose this entry."""
        return Button(self.question, f"faq:{self.id}")


@dataclass(frozen=True)
class Part:
    """A message's question, or one of several: what the index decided, or the task that it asks for."""

    text: str
    outcome: str | None
    candidates: tuple[Candidate, ...]
    task: str | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Part:
        """From the parse result."""
        candidates = tuple(Candidate.read(item) for item in stored.get("candidates") or ())
        return cls(str(stored.get("text") or ""), stored.get("outcome"), candidates, stored.get("task"))

    @property
    def is_answered(self) -> bool:
        """Whether the best candidate's answer is given."""
        return self.task is None and self.outcome == "answer" and bool(self.candidates)


@dataclass(frozen=True)
class LastFaq:
    """What has been tried since the contact asked: entries answered, and what is left to try."""

    tried: tuple[str, ...] = ()
    left: tuple[Candidate, ...] = ()
    second_chance_used: bool = False

    @classmethod
    def read(cls, stored: Any) -> LastFaq:
        """From the slot `last_faq`."""
        if not isinstance(stored, dict):
            return cls()
        return cls(
            tried=tuple(stored.get("tried") or ()),
            left=tuple(Candidate.read(item) for item in stored.get("left") or ()),
            second_chance_used=bool(stored.get("second_chance_used")),
        )

    def after_answer(self, given: Candidate, others: Sequence[Candidate]) -> LastFaq:
        """After an entry's answer was given, with the candidates that came after it."""
        tried = tuple(item for item in self.tried if item != given.id)
        left = tuple(other for other in others if other.id not in tried)
        return LastFaq((*tried, given.id)[-_REMEMBERED:], left)

    def dump(self) -> dict[str, Any]:
        """For the slot."""
        return {
            "tried": list(self.tried),
            "left": [asdict(candidate) for candidate in self.left],
            "second_chance_used": self.second_chance_used,
        }


def tell(speaker: Speaker, candidate: Candidate, *, brief: bool = False, lead: str = "") -> None:
    """Give an entry's answer, with its follow-up questions and, where it says so, the way to a person.

    `brief`: its short form, if it has one, with a button for the whole.
    """
    buttons = [Button(item["question"], f"faq:{item['id']}") for item in candidate.follow_ups[:2]]
    answer = candidate.answer
    if brief and candidate.short:
        answer = candidate.short
        buttons.insert(0, Button("In full", f"full:{candidate.id}"))
    if candidate.offer_person:
        buttons.append(PERSON)
    speaker.say(
        f"{lead}\n\n{answer}" if lead else answer,
        kind=Kind.ANSWERED,
        buttons=buttons,
        more={"faq_id": candidate.id, "question": candidate.question, "probability": candidate.probability},
    )


def offer(speaker: Speaker, text: str, candidates: Sequence[Candidate], kind: Kind) -> None:
    """Show the nearest questions as buttons, always with a way out."""
    buttons = [candidate.button() for candidate in candidates]
    speaker.say(text, kind=kind, buttons=[*buttons, NONE_OF_THESE, PERSON] if buttons else [PERSON])


def offer_task(speaker: Speaker, task: str, asked: str) -> None:
    """Say that a task that was asked for beside something else is not forgotten; `asked`: the words that did."""
    more = {"asked": asked}
    speaker.say(response="utter_ask_other_task", kind=Kind.ASKED_SLOT, more=more, task=task, asked=shortened(asked))


def shortened(text: str) -> str:
    """A question as it is repeated to the contact."""
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED].rsplit(' ', 1)[0]} …"
