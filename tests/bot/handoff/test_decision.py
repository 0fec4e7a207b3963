"""The decision: rules first, then probability; monotone, explained and the same every time."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.decision import contributions_to, decide, reason_probabilities
from bot.handoff.detector import Detector
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import WEIGHED, HandoffAction, HandoffReason
from bot.handoff.signal import CIRCUMSTANCES, FULL_COUNT, SENSITIVE, Signal, SignalName
from bot.handoff.signals import read_signals
from bot.handoff.terms import Terms, strengths
from bot.handoff.view import BotActionKind
from bot.handoff.weight_fitting import AGAINST
from bot.handoff.weights import Costs, ReasonWeights, Weights, load_costs, load_weights

from .conftest import CONVERSATIONS, MakeView

WEIGHTS, COSTS = load_weights(), load_costs()
ANSWERED = BotActionKind.ANSWERED

values = st.builds(
    lambda name, share: Signal(name, share * FULL_COUNT.get(name, 1.0), "m"),
    st.sampled_from(SignalName),
    st.floats(0, 1),
)
signal_sets = st.lists(values, max_size=8, unique_by=lambda signal: signal.name).map(tuple)


def product(term: str, signals: tuple[Signal, ...]) -> float:
    """A term's value, by hand."""
    seen = {signal.name.value: signal.strength() for signal in signals}
    factors = term.split("*")
    return math.prod(1.0 - seen.get(name[1:], 0.0) if name[0] == "!" else seen.get(name, 0.0) for name in factors)


@given(signal_sets)
def test_probabilities_and_contributions_are_those_of_the_written_formula(signals: tuple[Signal, ...]) -> None:
    amounts = WEIGHTS.amounts(signals)
    odds = {}
    for reason, part in WEIGHTS.reasons.items():
        added = {term: weight * product(term, signals) for term, weight in part.weights.items()}
        odds[reason] = math.exp(part.bias + sum(added.values()))
        told = contributions_to(part, amounts[reason])
        assert [abs(item.amount) for item in told] == sorted((abs(item.amount) for item in told), reverse=True)
        assert {item.name: item.amount for item in told} == pytest.approx(
            {term: amount for term, amount in added.items() if round(amount, 4)}, abs=1e-4
        )
    shares = reason_probabilities(amounts, WEIGHTS)
    assert shares == pytest.approx({reason: value / (1 + sum(odds.values())) for reason, value in odds.items()})


@given(signal_sets)
def test_the_order_in_which_signals_come_decides_nothing(signals: tuple[Signal, ...]) -> None:
    assert decide(signals[::-1], WEIGHTS, COSTS) == decide(signals, WEIGHTS, COSTS)


@given(signal_sets)
def test_a_decision_from_stored_signals_is_the_same_bit_for_bit(signals: tuple[Signal, ...]) -> None:
    stored = json.loads(json.dumps([signal.to_json() for signal in signals]))
    assert decide([Signal.from_json(item) for item in stored], WEIGHTS, COSTS) == decide(signals, WEIGHTS, COSTS)


@given(signal_sets)
def test_a_term_is_the_product_of_its_factors(signals: tuple[Signal, ...]) -> None:
    names = ("length", *(name for part in WEIGHTS.reasons.values() for name in part.weights), "length*!sarcasm*replies")
    products = [product(name, signals) for name in names]
    assert Terms(names).values(strengths(signals)).tolist() == products
    assert Terms(names).values(np.stack([strengths(()), strengths(signals)]))[1].tolist() == products


SPEAKS_FOR = [name for name in SignalName if name.value not in AGAINST and name not in CIRCUMSTANCES]


@given(signal_sets, st.sampled_from(SPEAKS_FOR), st.floats(0, 1))
def test_more_of_a_signal_never_speaks_against_a_handoff(
    signals: tuple[Signal, ...], name: SignalName, share: float
) -> None:
    rest = tuple(signal for signal in signals if signal.name is not name)
    full = FULL_COUNT.get(name, 1.0)
    less, more = (*rest, Signal(name, share * full / 2)), (*rest, Signal(name, share * full))
    some, most = (sum(reason_probabilities(WEIGHTS.amounts(seen), WEIGHTS).values()) for seen in (less, more))
    assert most >= some - 1e-9


@given(signal_sets, st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_dearer_miss_never_keeps_what_a_cheaper_one_handed_off(
    signals: tuple[Signal, ...], missed: float, extra: float
) -> None:
    cheap = decide(signals, WEIGHTS, Costs(missed, 1.0)).action
    dear = decide(signals, WEIGHTS, Costs(missed + extra, 1.0)).action
    assert cheap is not HandoffAction.HAND_OFF or dear is HandoffAction.HAND_OFF


@given(signal_sets)
def test_a_handoff_is_proven_and_one_that_is_none_claims_nothing(signals: tuple[Signal, ...]) -> None:
    decision = decide(signals, WEIGHTS, COSTS)
    if decision.action is HandoffAction.CONTINUE:
        assert (decision.reason, decision.note, decision.evidence) == (None, "", ())
    else:
        assert decision.reason is not None
        assert decision.evidence == ("m",)
        assert any(item.amount > 0 for item in decision.contributions)


def test_an_explicit_wish_is_granted_at_once_even_when_everything_else_is_calm() -> None:
    decision = decide(
        [Signal(SignalName.WISH_FOR_PERSON, 0.95, "m1"), Signal(SignalName.SATISFIED, 1.0)], WEIGHTS, COSTS
    )
    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason.ASKED_FOR_HUMAN)
    assert decision.evidence == ("m1",)


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_sensitive_topic_always_goes_to_a_person(name: SignalName) -> None:
    decision = decide([Signal(name, 0.95, "m1", "x")], WEIGHTS, Costs(missed_handoff=0.001, false_handoff=1000))
    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason.SENSITIVE_TOPIC)
    assert decision.note.startswith("Speaks of ")


def test_an_uncertain_wish_is_an_offer() -> None:
    decision = decide([Signal(SignalName.WISH_FOR_PERSON, 0.5, "m1")], WEIGHTS, Costs(1.0, 1.0))
    assert (decision.action, decision.reason) == (HandoffAction.OFFER_PERSON, HandoffReason.ASKED_FOR_HUMAN)


def test_nothing_seen_means_go_on() -> None:
    assert decide([], WEIGHTS, COSTS).action is HandoffAction.CONTINUE


@pytest.mark.parametrize("reason", WEIGHED)
def test_one_conversation_for_each_reason(reason: HandoffReason, make_view: MakeView, detector: Detector) -> None:
    now, *past = CONVERSATIONS[reason]
    decision = decide(read_signals(make_view(now, *past), detector), WEIGHTS, COSTS)
    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, reason)
    assert "now" in decision.evidence


@pytest.mark.parametrize(
    "past_and_now",
    [
        ("my parcel is three days late, where is it",),
        ("ok thanks", ("do you ship to Norway", ANSWERED, "Yes, for £12.95.")),
        ("and to France?", ("how much is delivery", ANSWERED, "£3.95.")),
        ("the first one", ("points", BotActionKind.CLARIFIED, "Finch Club points or drop-off points?")),
        ("MF-204518", ("where is my order", BotActionKind.ASKED_SLOT, "What is your order number?")),
    ],
)
def test_ordinary_conversations_go_on(past_and_now: tuple[str, ...], make_view: MakeView, detector: Detector) -> None:
    now, *past = past_and_now
    assert decide(read_signals(make_view(now, *past), detector), WEIGHTS, COSTS).action is not HandoffAction.HAND_OFF


def test_the_sentence_tells_what_weighed_most_and_how_often_it_happened() -> None:
    nothing = ReasonWeights(-9.0, {})
    no_answer = ReasonWeights(-5.0, {"repetition": 8.0, "last_failed*replies": 6.0, "frustration": 4.0, "sarcasm": 0.5})
    weights = Weights({**dict.fromkeys(WEIGHED, nothing), HandoffReason.NO_ANSWER: no_answer}, 1, 1)
    signals = [
        Signal(SignalName.SARCASM, 0.9, "m3"),
        Signal(SignalName.FRUSTRATION, 0.9, "m3"),
        Signal(SignalName.REPETITION, 0.9, "m1"),
        Signal(SignalName.REPEATS, 2.0, "m1", also=("m1", "m2")),
        Signal(SignalName.LAST_FAILED, 1.0, "m3", "Return periods"),
        Signal(SignalName.FAILED_ANSWERS, 3.0, "m3", "Return periods"),
        Signal(SignalName.REPLIES, 3.0, "m3"),
    ]
    decision = decide(signals, weights, COSTS)
    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason.NO_ANSWER)
    assert decision.note == (
        "Asked the same thing three times; the answer 'Return periods' did not help; sounds frustrated."
    )
    assert decision.evidence == ("m1", "m2", "m3")


def test_a_pair_weighs_both_signals_and_what_is_missing_can_be_half_of_a_pair() -> None:
    nothing = ReasonWeights(0.0, {})
    terms = {"frustration": 2.0, "frustration*repetition": 4.0, "frustration*!length": 8.0, "sarcasm": 1.0}
    weights = Weights({**dict.fromkeys(WEIGHED, nothing), HandoffReason.FRUSTRATED: ReasonWeights(-9.0, terms)}, 1, 1)
    signals = [
        Signal(SignalName.FRUSTRATION, 0.5), Signal(SignalName.REPETITION, 0.5), Signal(SignalName.LENGTH, 0.25)
    ]  # fmt: skip
    found = contributions_to(
        weights.reasons[HandoffReason.FRUSTRATED], weights.amounts(signals)[HandoffReason.FRUSTRATED]
    )
    assert {item.name: item.amount for item in found} == {
        "frustration": 1.0,
        "frustration*repetition": 1.0,
        "frustration*!length": 3.0,
    }
    odds = reason_probabilities(weights.amounts(signals), weights)
    score = -9.0 + sum(item.amount for item in found)
    assert odds[HandoffReason.FRUSTRATED] / odds[HandoffReason.NO_ANSWER] == pytest.approx(math.exp(score))


def test_costs_that_are_not_above_zero_are_refused(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "costs.yml"
    path.write_text("missed_handoff: 0\nfalse_handoff: 1\n", encoding="utf-8")
    with pytest.raises(HandoffDataError, match="above 0"):
        load_costs(path)


def test_weights_of_unknown_signals_are_refused(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "weights.json"
    data = {"bias": 0, "weights": {"mood": 1}}
    reasons = dict.fromkeys((reason.value for reason in WEIGHED), data)
    path.write_text(json.dumps({"wish_certain": 0.5, "sensitive_certain": 0.5, "reasons": reasons}), encoding="utf-8")
    with pytest.raises(HandoffDataError, match="'mood', which is no signal"):
        load_weights(path)
