"""A decision as it is stored with the message: everything that went in and everything that came out.

So it can be made again later, bit for bit::

    record = Record.of(signals, circumstances, weights, costs, tried)   # in the bot, with the message
    again = Record.read(stored).settled(weights)                         # at any time; == the stored decision
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.handoff.decision import Circumstances, Contribution, HandoffDecision, decide
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffAction, HandoffReason
from bot.handoff.signal import Signal
from bot.handoff.weights import Costs, Weights


@dataclass(frozen=True)
class Record:
    """A decision with all its inputs but the weights, of which it has the fingerprint."""

    signals: tuple[Signal, ...]
    circumstances: Circumstances
    costs: Costs
    decision: HandoffDecision
    faqs_tried: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        signals: Sequence[Signal],
        circumstances: Circumstances,
        weights: Weights,
        costs: Costs,
        faqs_tried: Sequence[str] = (),
    ) -> Record:
        """Decide, and keep what was decided on."""
        decision = decide(signals, weights, costs, circumstances)
        return cls(tuple(signals), circumstances, costs, decision, tuple(faqs_tried))

    def settled(self, weights: Weights) -> HandoffDecision:
        """The decision made again from its inputs."""
        return decide(self.signals, weights, self.costs, self.circumstances)

    def to_json(self) -> dict[str, Any]:
        """The stored form; floats keep every bit in JSON."""
        return {
            **decision_json(self.decision),
            "signals": [signal.to_json() for signal in self.signals],
            "circumstances": asdict(self.circumstances),
            "costs": asdict(self.costs),
            "faqs_tried": list(self.faqs_tried),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Record:
        """The inverse of `to_json`. Raises HandoffDataError where an older Baton stored less."""
        try:
            reason = stored["reason"]
            decision = HandoffDecision(
                action=HandoffAction(stored["action"]),
                probability=stored["probability"],
                reason=HandoffReason(reason) if reason else None,
                contributions=tuple(Contribution(item["name"], item["amount"]) for item in stored["contributions"]),
                evidence=tuple(stored["evidence"]),
                note=stored["note"],
                weights=stored["weights"],
            )
            return cls(
                signals=tuple(Signal.from_json(item) for item in stored["signals"]),
                circumstances=Circumstances(**stored["circumstances"]),
                costs=Costs(**stored["costs"]),
                decision=decision,
                faqs_tried=tuple(stored.get("faqs_tried") or ()),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise HandoffDataError(f"not a whole decision: {type(error).__name__} {error}") from error


def decision_json(decision: HandoffDecision) -> dict[str, Any]:
    """What was decided, as JSON."""
    return {
        "action": decision.action.value,
        "probability": decision.probability,
        "reason": decision.reason.value if decision.reason else None,
        "note": decision.note,
        "evidence": list(decision.evidence),
        "contributions": [{"name": item.name, "amount": item.amount} for item in decision.contributions],
        "weights": decision.weights,
    }
