"""The weights of the decision and the two costs, each one readable file in data/handoff."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.handoff.detector import DATA
from bot.handoff.errors import HandoffDataError
from bot.handoff.files import number, read_json, read_mapping
from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import SignalName

# Reasons that are weighed. A certain wish and a certain sensitive topic are acted on before anything is weighed.
WEIGHED = (
    HandoffReason.ASKED_FOR_HUMAN,
    HandoffReason.FRUSTRATED,
    HandoffReason.TOO_COMPLEX,
    HandoffReason.NO_ANSWER,
    HandoffReason.SENSITIVE_TOPIC,
)


@dataclass(frozen=True)
class ReasonWeights:
    """One reason's score: bias plus weight times strength, summed.

    "a*b" weighs two signals seen together, "a*!b" the first as far as the second is missing.
    """

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
    def terms(self) -> dict[str, int]:
        """Every term that some reason weighs, with its place in `Weights.factors`."""
        names = dict.fromkeys(name for part in self.reasons.values() for name in part.weights)
        return {name: place for place, name in enumerate(names)}

    @cached_property
    def factors(self) -> NDArray[np.intp]:
        """For each term the places of what it multiplies, in (1, every signal, what every signal lacks to full)."""
        signals = {name.value: place for place, name in enumerate(SignalName, start=1)}
        lacking = {f"!{name}": place + len(signals) for name, place in signals.items()}
        rows = [[(signals | lacking)[piece] for piece in name.split("*")] for name in self.terms]
        widest = max(map(len, rows), default=1)
        return np.asarray([row + [0] * (widest - len(row)) for row in rows], dtype=np.intp).reshape(-1, widest)

    @cached_property
    def columns(self) -> dict[HandoffReason, tuple[tuple[int, float], ...]]:
        """For each reason the places of its terms, and their weights."""
        return {
            reason: tuple((self.terms[name], weight) for name, weight in part.weights.items())
            for reason, part in self.reasons.items()
        }


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
        for piece in name.split("*"):
            if piece.removeprefix("!") not in {signal.value for signal in SignalName}:
                raise HandoffDataError(f"{path}: reasons.{reason.value} weighs {piece!r}, which is no signal")
    return ReasonWeights(
        number(part, "bias", path), {name: number(part["weights"], name, path) for name in part["weights"]}
    )
