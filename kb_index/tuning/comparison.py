"""Is an encoder better than another? Both answer the same held-out questions; the paired differences decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb_index.encoder import Encoder
from kb_index.metrics import Flags, Numbers, auroc, calibration_error, intervals

Span = tuple[float, float]

RIGHT, AUROC, COVERAGE, CALIBRATION = "right", "auroc", "coverage", "ece"
# A probability may be off by so much on average; the wrong-answer rate is bounded by it.
CALIBRATED = 0.05


@dataclass(frozen=True)
class Judged:
    """What became of each held-out question; all three have one value a question."""

    in_scope: Flags
    right: Flags  # the best candidate is the right one; never for out of scope
    probabilities: Numbers  # of the best candidate

    def figures(self, cases: NDArray[np.int64], wrong_answer_rate: float) -> dict[str, float]:
        """Over these cases (numbers may repeat)."""
        inside, right, sure = self.in_scope[cases], self.right[cases], self.probabilities[cases]
        # Without anything out of scope, the probability must at least tell right from wrong.
        positive = right if inside.all() else inside
        return {
            RIGHT: float(right[inside].mean()) if inside.any() else float("nan"),
            AUROC: auroc(positive, sure),
            COVERAGE: coverage_at(sure, right, wrong_answer_rate),
            CALIBRATION: calibration_error(sure, right),
        }


class Judge(Protocol):
    """One way to ask the same held-out questions with any encoder."""

    @property
    def title(self) -> str: ...

    def judge(self, encoder: Encoder) -> Judged: ...


def coverage_at(probabilities: Numbers, right: Flags, wrong_answer_rate: float) -> float:
    """The largest share of questions that can be answered, surest first, with no more than that share wrong."""
    order = np.argsort(-probabilities, kind="stable")
    wrong = np.cumsum(~right[order]) / len(right)
    allowed = np.flatnonzero(wrong <= wrong_answer_rate)
    return float((allowed[-1] + 1) / len(right)) if len(allowed) else 0.0


@dataclass(frozen=True)
class Change:
    """One figure before and after, each with its 95 % interval; `gain` is of the paired difference."""

    judge: str
    figure: str
    before: float
    before_span: Span
    after: float
    after_span: Span
    gain: float
    gain_span: Span

    @property
    def clearly_better(self) -> bool:
        """Whether the interval of the difference lies above zero."""
        return self.figure != CALIBRATION and self.gain_span[0] > 0

    @property
    def clearly_worse(self) -> bool:
        """Whether it lies below; or calibration, where less is better, got worse than it may be."""
        if self.figure == CALIBRATION:
            return self.gain_span[0] > 0 and self.after > CALIBRATED
        return self.gain_span[1] < 0


def compare(title: str, before: Judged, after: Judged, wrong_answer_rate: float) -> list[Change]:
    """The same questions, answered by two encoders: every figure of both, and of what changed."""
    if not np.array_equal(before.in_scope, after.in_scope):
        raise ValueError("both encoders must be asked the same questions")

    def measure(cases: NDArray[np.int64]) -> dict[str, float]:
        old, new = (judged.figures(cases, wrong_answer_rate) for judged in (before, after))
        return {
            **{f"before {name}": value for name, value in old.items()},
            **{f"after {name}": value for name, value in new.items()},
            **{f"gain {name}": new[name] - old[name] for name in old},
        }

    count = len(before.right)
    values, spans = measure(np.arange(count)), intervals(measure, count)
    return [
        Change(
            title,
            name,
            *(
                part
                for kind in ("before", "after", "gain")
                for part in (values[f"{kind} {name}"], spans[f"{kind} {name}"])
            ),  # type: ignore[arg-type]
        )
        for name in (RIGHT, AUROC, COVERAGE, CALIBRATION)
    ]


def is_better(changes: Sequence[Change]) -> bool:
    """At least one figure clearly rose and none clearly fell."""
    return any(change.clearly_better for change in changes) and not any(change.clearly_worse for change in changes)
