"""The FAQ part of a parse result: written by the retriever, read by the action server and the handoff decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from kb_index.asked import Asked
from kb_index.decision import Outcome
from kb_index.entries import FaqEntry
from kb_index.index import Match

KEY = "faq"
HAND_OFF = "hand_off"  # the flag of such entries
CANDIDATES = 3
FOLLOW_UPS = 2


@dataclass(frozen=True)
class Part:
    """One of several questions in a message: answered, to be chosen from, unknown, or a task to be started."""

    text: str
    outcome: str
    candidates: tuple[Mapping[str, Any], ...]
    task: str | None = None

    @property
    def answered(self) -> bool:
        """Whether its best entry is given as the answer."""
        return self.task is None and self.outcome == Outcome.ANSWER

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Part:
        """From a parse result."""
        candidates = tuple(stored.get("candidates") or ())
        return cls(str(stored.get("text")), str(stored.get("outcome")), candidates, stored.get("task"))


@dataclass(frozen=True)
class FaqResult:
    """What the index found for a message and what it decided to do with it.

    A message that asks several things has `parts`; outcome and candidates are then those of the first answered one.
    """

    outcome: str
    candidates: tuple[Mapping[str, Any], ...]
    parts: tuple[Part, ...] = ()

    @property
    def best_id(self) -> str | None:
        """The likeliest entry."""
        return str(self.candidates[0]["id"]) if self.candidates else None

    @property
    def best_probability(self) -> float:
        """How likely it answers the question."""
        return float(self.candidates[0]["probability"]) if self.candidates else 0.0

    @property
    def answered_by(self) -> str | None:
        """The entry that is given as the answer, if one is."""
        return self.best_id if self.outcome == Outcome.ANSWER else None

    @property
    def marked(self) -> str | None:
        """The question of the first entry given as an answer whose author wants a person for it."""
        given = [part.candidates for part in self.parts if part.answered]
        if self.outcome == Outcome.ANSWER:
            given.append(self.candidates)
        best = (candidates[0] for candidates in given if candidates)
        return next((str(entry["question"]) for entry in best if HAND_OFF in (entry.get("flags") or ())), None)

    @classmethod
    def of(cls, outcome: str, matches: Sequence[Match], entries: Mapping[str, FaqEntry]) -> FaqResult:
        """From the index's matches, with the texts the action server needs."""
        return cls(outcome, _candidates(matches, entries))

    @classmethod
    def of_parts(cls, asked: Sequence[Asked], entries: Mapping[str, FaqEntry]) -> FaqResult:
        """From the questions of a message that asks several, at least one of which is answered."""
        parts = [Part(item.text, item.decision.outcome.value, _candidates(item.matches, entries)) for item in asked]
        return cls("", (), tuple(parts)).led_by_the_answered()

    def led_by_the_answered(self) -> FaqResult:
        """The same parts, with the first answered one's outcome and candidates for the whole."""
        first = next(part for part in self.parts if part.answered)
        return replace(self, outcome=first.outcome, candidates=first.candidates)

    @classmethod
    def read(cls, parsed: Mapping[str, Any]) -> FaqResult | None:
        """From a parse result; None where no index was asked."""
        stored = parsed.get(KEY)
        if not isinstance(stored, Mapping):
            return None
        parts = tuple(Part.read(part) for part in stored.get("parts") or ())
        return cls(str(stored.get("outcome")), tuple(stored.get("candidates") or ()), parts)

    def dump(self) -> dict[str, Any]:
        """For the parse result."""
        dumped: dict[str, Any] = {"outcome": self.outcome, "candidates": list(self.candidates)}
        if self.parts:
            dumped["parts"] = [asdict(part) for part in self.parts]
        return dumped

    def remembered(self) -> dict[str, Any]:
        """For the tracker store: which entries and how likely, without their texts."""
        kept = ("id", "question", "probability")
        return {
            "outcome": self.outcome,
            "candidates": [{name: candidate[name] for name in kept} for candidate in self.candidates],
        }


def _candidates(matches: Sequence[Match], entries: Mapping[str, FaqEntry]) -> tuple[Mapping[str, Any], ...]:
    known = [match for match in matches if match.entry_id in entries][:CANDIDATES]
    return tuple(_candidate(entries[match.entry_id], match, entries) for match in known)


def _candidate(entry: FaqEntry, match: Match, entries: Mapping[str, FaqEntry]) -> dict[str, Any]:
    follow_ups = [entries[item] for item in entry.follow_ups if item in entries][:FOLLOW_UPS]
    return {
        "id": entry.id,
        "question": entry.question,
        "answer": entry.answer.strip(),
        "short": entry.short,
        "probability": round(match.probability, 4),
        "wording": match.wording,
        "offer_person": "offer_person" in entry.flags,
        "flags": sorted(entry.flags),
        "follow_ups": [{"id": item.id, "question": item.question} for item in follow_ups],
    }
