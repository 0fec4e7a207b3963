"""A decision as it is stored with the message: everything that went in and everything that came out.

So it can be made again later, bit for bit::

    record = Record.of(signals, circumstances, weights, costs, tried)   # in the bot, with the message
    again = Record.read(stored).settled(weights)                         # at any time; == the stored decision
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.handoff.decision import Contribution, HandoffDecision, decide
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffAction, HandoffReason
from bot.handoff.signal import Signal, SignalName
from bot.handoff.weights import Costs, Weights

# From here on a message rather speaks of what went before than not.
LOOKS_BACK_FROM = 0.5
_LOOKING_BACK = (
    SignalName.NOT_HELPED,
    SignalName.SAID_BEFORE,
    SignalName.REPETITION,
    SignalName.SAME_MATTER_LONG,
    SignalName.SHARED_WORDS_LONG,
)


@dataclass(frozen=True)
class Circumstances:
    """What the decision knows beside the signals."""

    message_id: str
    filled_form: bool = False  # it gave a form what it waits for
    new_answer: bool = False  # the FAQ answers it, with an entry not given before


def settle(signals: Sequence[Signal], circumstances: Circumstances, weights: Weights, costs: Costs) -> HandoffDecision:
    """The decision on a message. Pure; the same input gives the same bits.

    Where there is an answer, nobody is passed on for the lack of one; a person is offered beside it. In a form "don't
    like it" is a reason to return something, not a verdict on the bot; and a question that the FAQ answers anew is not
    passed on for what went before, unless it says itself that it was asked before or that the last reply did not help.
    """
    decision = decide(signals, weights, costs)
    answered = circumstances.filled_form or (circumstances.new_answer and not _looks_back(signals))
    if decision.reason is HandoffReason.NO_ANSWER and answered:
        decision = replace(decision, action=HandoffAction.OFFER_PERSON)
    return decision


def _looks_back(signals: Sequence[Signal]) -> bool:
    return any(signal.name in _LOOKING_BACK and signal.value >= LOOKS_BACK_FROM for signal in signals)


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
        decision = settle(signals, circumstances, weights, costs)
        return cls(tuple(signals), circumstances, costs, decision, tuple(faqs_tried))

    def settled(self, weights: Weights) -> HandoffDecision:
        """The decision made again from its inputs."""
        return settle(self.signals, self.circumstances, weights, self.costs)

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
