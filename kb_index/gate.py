"""The regression gate: figures that must not fall, and entries that must stay findable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kb_index.errors import DataError
from kb_index.evaluation import RANKS, Asked, Report
from kb_index.questions import Question

# Which way each guarded figure may not go, and how far it may go by chance of a content edit.
GUARDED = {
    "p_at_1": ("fall", 0.02),
    "r_at_3": ("fall", 0.01),
    "answered_or_offered_rightly": ("fall", 0.01),
    "wrong_answer_rate": ("rise", 0.01),
    "oos_auroc": ("fall", 0.02),
    "ece": ("rise", 0.02),
}


@dataclass(frozen=True)
class Gate:
    """What was reached when the gate was set."""

    figures: dict[str, float]
    found_entries: tuple[str, ...]

    @classmethod
    def of(cls, report: Report, asked: Asked, questions: Sequence[Question]) -> Gate:
        """A gate at what was reached now."""
        figures = {name: round(report.figures[name], 4) for name in GUARDED}
        return cls(figures, tuple(sorted(found_entries(asked, questions))))

    def broken_by(self, report: Report, asked: Asked, questions: Sequence[Question]) -> list[str]:
        """What got worse, in words; nothing if the gate holds."""
        broken = []
        for name, before in self.figures.items():
            way, tolerance = GUARDED[name]
            now = report.figures[name]
            change = now - before if way == "rise" else before - now
            if not change <= tolerance:
                broken.append(f"{name} was {before:.3f} and is {now:.3f}; it may {way} by {tolerance} at most")
        now_found = found_entries(asked, questions)
        expected = {question.expected for question in questions}
        for entry in self.found_entries:
            if entry in expected and entry not in now_found:
                broken.append(f"{entry} is no longer among the first {RANKS} for any of its questions")
        return broken

    def save(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> Gate:
        """Read what `save` wrote."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            figures = {str(name): float(value) for name, value in values["figures"].items()}
            found = tuple(str(entry) for entry in values["found_entries"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{file}: is not a gate made by --write-gate ({error})") from error
        unknown = sorted(set(figures) - set(GUARDED))
        if unknown:
            raise DataError(f"{file}: unknown figure {unknown[0]}; known: {', '.join(GUARDED)}")
        return cls(figures, found)


def found_entries(asked: Asked, questions: Sequence[Question]) -> set[str]:
    """Entries that are among the first few for at least one of their questions."""
    ranked = zip(questions, asked.rank, strict=True)
    return {question.expected for question, rank in ranked if question.expected is not None and 1 <= rank <= RANKS}
