"""The decision: from signals to continue, offer a person or hand off. Pure; the same input gives the same bits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.handoff.explanation import LAST_REPLIES, SAME_THING, explain
from bot.handoff.reasons import WEIGHED, HandoffAction, HandoffReason
from bot.handoff.signal import SENSITIVE, Signal, SignalName
from bot.handoff.weights import Costs, ReasonWeights, Weights

# From here on something has been asked once before.
ONCE = 0.5
# A mark is there or not.
MARKED_FROM = 0.5
# A contribution smaller than this share of the largest is not worth telling an agent about.
TELLING = 0.2
# From here on a message rather speaks of what went before than not. Two questions of one form ("do you sell ...?")
# share words and some of their meaning, and are not about the same for that.
_LOOKS_BACK_FROM = {
    SignalName.NOT_HELPED: 0.5,
    SignalName.SAID_BEFORE: 0.5,
    SignalName.REPETITION: 0.5,
    SignalName.SAME_MATTER_LONG: 0.75,
    SignalName.SHARED_WORDS_LONG: 0.75,
}


@dataclass(frozen=True)
class Circumstances:
    """What the decision knows beside the signals."""

    message_id: str = ""
    filled_form: bool = False  # it gave a form what it waits for
    new_answer: bool = False  # the FAQ answers it, with an entry not given before


NOTHING_BESIDE = Circumstances()


@dataclass(frozen=True)
class Contribution:
    """How much one signal (or two together) moved the reason's score."""

    name: str  # a signal's name, "a*b", or "a*!b" (a without b)
    amount: float


@dataclass(frozen=True)
class Grounds:
    """A reason and what speaks for it."""

    reason: HandoffReason
    contributions: tuple[Contribution, ...]

    @classmethod
    def of(cls, reason: HandoffReason, signal: Signal) -> "Grounds":
        """Grounds that rest on one signal."""
        return cls(reason, (Contribution(signal.name.value, round(signal.value, 4)),))


@dataclass(frozen=True)
class HandoffDecision:
    """What to do, how sure that is, and everything that explains it."""

    action: HandoffAction
    probability: float  # that a person is needed now
    reason: HandoffReason | None  # None when the bot just goes on
    contributions: tuple[Contribution, ...]  # of the most likely reason, largest first
    evidence: tuple[str, ...]  # ids of the messages that prove it
    note: str  # one sentence for the agent; empty when the bot just goes on
    weights: str = ""  # fingerprint of the weights used


def decide(
    signals: Sequence[Signal], weights: Weights, costs: Costs, circumstances: Circumstances = NOTHING_BESIDE
) -> HandoffDecision:
    """An explicit wish is granted at once, a sensitive topic and a marked FAQ entry always; the rest by probability.

    Where there is an answer, nobody is passed on for the lack of one; a person is offered beside it. In a form "don't
    like it" is a reason to return something, not a verdict on the bot; and a question that the FAQ answers anew is not
    passed on for what went before, unless it says itself that it was asked before or that the last reply did not help.
    """
    decision = _weighed(signals, weights, costs)
    answered = circumstances.filled_form or (circumstances.new_answer and not _looks_back(signals))
    if decision.reason is HandoffReason.NO_ANSWER and answered:
        return replace(decision, action=HandoffAction.OFFER_PERSON)
    return decision


def _looks_back(signals: Sequence[Signal]) -> bool:
    return any(signal.value >= _LOOKS_BACK_FROM.get(signal.name, math.inf) for signal in signals)


def _weighed(signals: Sequence[Signal], weights: Weights, costs: Costs) -> HandoffDecision:
    values = {signal.name: signal for signal in signals}
    ruled = _by_rule(values, weights)
    if ruled is not None:
        return _passed_on(HandoffAction.HAND_OFF, ruled.contributions[0].amount, ruled, signals, weights)

    amounts = weights.amounts(signals)
    probabilities = reason_probabilities(amounts, weights)
    probability = sum(probabilities.values())
    reason = max(WEIGHED, key=lambda candidate: probabilities[candidate])
    weighed = Grounds(reason, contributions_to(weights.reasons[reason], amounts[reason]))
    if probability >= costs.hand_off_from:
        return _passed_on(HandoffAction.HAND_OFF, probability, weighed, signals, weights)
    wish = values.get(SignalName.WISH_FOR_PERSON)
    if wish is not None and wish.value >= costs.offer_from and wish.value > probability:
        grounds = Grounds.of(HandoffReason.ASKED_FOR_HUMAN, wish)
        return _passed_on(HandoffAction.OFFER_PERSON, wish.value, grounds, signals, weights)
    if probability >= costs.offer_from:
        return _passed_on(HandoffAction.OFFER_PERSON, probability, weighed, signals, weights)
    return HandoffDecision(
        HandoffAction.CONTINUE, round(probability, 6), None, weighed.contributions, (), "", weights.fingerprint
    )


def reason_probabilities(
    amounts: Mapping[HandoffReason, Sequence[float]], weights: Weights
) -> dict[HandoffReason, float]:
    """P(hand off for this reason), from `Weights.amounts`; what is missing to 1 is P(go on)."""
    scores = {reason: weights.reasons[reason].bias + sum(added) for reason, added in amounts.items()}
    highest = max(0.0, *scores.values())
    odds = {reason: math.exp(score - highest) for reason, score in scores.items()}
    total = math.exp(-highest) + sum(odds.values())
    return {reason: value / total for reason, value in odds.items()}


def contributions_to(reason: ReasonWeights, amounts: Sequence[float]) -> tuple[Contribution, ...]:
    """What moved the reason's score, largest first."""
    rounded = ((name, round(amount, 4)) for name, amount in zip(reason.weights, amounts, strict=True) if amount)
    seen = [Contribution(name, amount) for name, amount in rounded if amount]
    return tuple(sorted(seen, key=lambda item: (-abs(item.amount), item.name)))


def _by_rule(values: Mapping[SignalName, Signal], weights: Weights) -> Grounds | None:
    wish = values.get(SignalName.WISH_FOR_PERSON)
    if wish is not None and wish.value >= weights.wish_certain:
        return Grounds.of(HandoffReason.ASKED_FOR_HUMAN, wish)
    topics = [values[name] for name in SENSITIVE if name in values]
    strongest = max(topics, key=lambda signal: signal.value, default=None)
    if strongest is not None and strongest.value >= weights.sensitive_certain:
        return Grounds.of(HandoffReason.SENSITIVE_TOPIC, strongest)
    marked = values.get(SignalName.MARKED_ENTRY)
    if marked is not None and marked.value >= MARKED_FROM:
        return Grounds.of(HandoffReason.REQUESTED_BY_RULE, marked)
    return None


def _passed_on(
    action: HandoffAction, probability: float, grounds: Grounds, signals: Sequence[Signal], weights: Weights
) -> HandoffDecision:
    by_name = {signal.name.value: signal for signal in signals}
    names = [_counted(name, by_name) for name in _telling(grounds.contributions)]
    if grounds.reason is HandoffReason.NO_ANSWER:  # which answers failed is what the agent asks first
        names.append(SignalName.FAILED_ANSWERS.value)
    telling = [by_name[name] for name in dict.fromkeys(names) if name in by_name]
    own = [signal for signal in signals if signal.name is SignalName.FRUSTRATION]
    proof = [ref for signal in (*telling, *own) for ref in (signal.message_id, *signal.also) if ref is not None]
    return HandoffDecision(
        action=action,
        probability=round(probability, 6),
        reason=grounds.reason,
        contributions=grounds.contributions,
        evidence=tuple(dict.fromkeys(proof)),
        note=explain(grounds.reason, telling),
        weights=weights.fingerprint,
    )


def _counted(name: str, by_name: Mapping[str, Signal]) -> str:
    """What happened several times is told with how often, where something counts it."""
    for kin, count in ((SAME_THING, SignalName.REPEATS), (LAST_REPLIES, SignalName.FAILED_ANSWERS)):
        counted = by_name.get(count.value)
        if name in kin and counted is not None and counted.value >= ONCE:
            return count.value
    return name


def _telling(contributions: tuple[Contribution, ...]) -> list[str]:
    """Names of the signals that matter, strongest first, pairs taken apart."""
    positive = [item for item in contributions if item.amount > 0]
    if not positive:
        return []
    floor = TELLING * positive[0].amount
    names = [name for item in positive if item.amount >= floor for name in item.name.split("*")]
    return list(dict.fromkeys(names))
