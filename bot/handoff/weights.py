"""The weights of the decision and the two costs, each one readable file in data/handoff."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from bot.handoff.detector import DATA
from bot.handoff.errors import HandoffDataError
from bot.handoff.files import number, read_json, read_mapping
from bot.handoff.reasons import WEIGHED, HandoffReason
from bot.handoff.signal import Signal
from bot.handoff.terms import FACTORS, Strengths, Terms, strengths


@dataclass(frozen=True)
class ReasonWeights:
    """One reason's score: bias plus weight times value of each term (`bot.handoff.terms`), summed."""

    bias: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Weights:
    """All weights, and how certain a wish or a sensitive topic must be to act on it at once."""

    reasons: Mapping[HandoffReason, ReasonWeights]
    wish_certain: float
    sensitive_certain: float
    fitted_on: str = ""  # fingerprint of everything they were learned from
    fingerprint: str = ""  # of the file, stored with each decision so that a replay can tell a change of weights

    @cached_property
    def _flat(self) -> tuple[Terms, Strengths]:
        """The terms of all reasons, one after the other, and their weights."""
        parts = self.reasons.values()
        names = tuple(name for part in parts for name in part.weights)
        return Terms(names), np.asarray([weight for part in parts for weight in part.weights.values()])

    def amounts(self, signals: Sequence[Signal]) -> dict[HandoffReason, list[float]]:
        """What each term adds to its reason's score, in the order of the reason's weights."""
        terms, weights = self._flat
        left = iter((weights * terms.values(strengths(signals))).tolist())
        return {reason: list(islice(left, len(part.weights))) for reason, part in self.reasons.items()}


@dataclass(frozen=True)
class Costs:
    """What a mistake costs, in any unit: only the ratio counts."""

    missed_handoff: float
    false_handoff: float

    @property
    def hand_off_from(self) -> float:
        """The probability from which handing off is the cheaper mistake."""
        return self.false_handoff / (self.false_handoff + self.missed_handoff)

    @property
    def offer_from(self) -> float:
        """The probability from which a button is worth showing: an unneeded one costs a quarter of a false handoff."""
        return 0.25 * self.false_handoff / (0.25 * self.false_handoff + self.missed_handoff)


def load_weights(path: Path = DATA / "weights.json") -> Weights:
    """Read weights.json as `baton handoff fit` wrote it, or as somebody changed it since."""
    data = read_json(path)
    reasons = data.get("reasons")
    if not isinstance(reasons, dict):
        raise HandoffDataError(f"{path}: expected an object under 'reasons'")
    return Weights(
        reasons={reason: _reason_weights(reasons, reason, path) for reason in WEIGHED},
        wish_certain=number(data, "wish_certain", path),
        sensitive_certain=number(data, "sensitive_certain", path),
        fitted_on=str(data.get("fitted_on", "")),
        fingerprint=hashlib.sha256(path.read_bytes()).hexdigest()[:16],
    )


def save_weights(weights: Weights, path: Path) -> None:
    """Write weights.json, strongest weights first."""
    data = {
        "fitted_on": weights.fitted_on,
        "wish_certain": weights.wish_certain,
        "sensitive_certain": weights.sensitive_certain,
        "reasons": {
            reason.value: {
                "bias": round(part.bias, 3),
                "weights": {
                    name: round(value, 3)
                    for name, value in sorted(part.weights.items(), key=lambda item: (-abs(item[1]), item[0]))
                    if round(value, 3)
                },
            }
            for reason, part in weights.reasons.items()
        },
    }
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def load_costs(path: Path = DATA / "costs.yml") -> Costs:
    """Read costs.yml."""
    data = read_mapping(path)
    costs = Costs(number(data, "missed_handoff", path), number(data, "false_handoff", path))
    if costs.missed_handoff <= 0 or costs.false_handoff <= 0:
        raise HandoffDataError(f"{path}: both costs must be above 0")
    return costs


def _reason_weights(reasons: Mapping[str, Any], reason: HandoffReason, path: Path) -> ReasonWeights:
    part = reasons.get(reason.value)
    if not isinstance(part, dict) or not isinstance(part.get("weights"), dict):
        raise HandoffDataError(f"{path}: reasons.{reason.value} needs 'bias' and 'weights'")
    for name in part["weights"]:
        for factor in name.split("*"):
            if factor not in FACTORS:
                raise HandoffDataError(f"{path}: reasons.{reason.value} weighs {factor!r}, which is no signal")
    return ReasonWeights(
        number(part, "bias", path), {name: number(part["weights"], name, path) for name in part["weights"]}
    )
