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
from bot.handoff.terms import FACTORS, Terms, strengths
from bot.handoff.view import BotActionKind
from bot.handoff.weight_fitting import AGAINST
from bot.handoff.weights import Costs, ReasonWeights, Weights, load_costs, load_weights

from .conftest import MakeView

WEIGHTS, COSTS = load_weights(), load_costs()
ANSWERED, ABSTAINED = BotActionKind.ANSWERED, BotActionKind.ABSTAINED

values = st.builds(
    lambda name, share: Signal(name, share * FULL_COUNT.get(name, 1.0), "m"),
    st.sampled_from(SignalName),
    st.floats(0, 1),
)
signal_sets = st.lists(values, max_size=8, unique_by=lambda signal: signal.name).map(tuple)


@given(signal_sets)
def test_probabilities_are_a_distribution_and_the_decision_is_repeatable(signals: tuple[Signal, ...]) -> None:
    shares = reason_probabilities(WEIGHTS.amounts(signals), WEIGHTS)
    assert all(0.0 <= share <= 1.0 for share in shares.values())
    assert sum(shares.values()) <= 1.0 + 1e-9
    assert decide(signals, WEIGHTS, COSTS) == decide(signals, WEIGHTS, COSTS)


@given(signal_sets)
def test_a_decision_from_stored_signals_is_the_same_bit_for_bit(signals: tuple[Signal, ...]) -> None:
    stored = json.loads(json.dumps([signal.to_json() for signal in signals]))
    assert decide([Signal.from_json(item) for item in stored], WEIGHTS, COSTS) == decide(signals, WEIGHTS, COSTS)


@given(signal_sets)
def test_a_term_is_the_product_of_its_factors(signals: tuple[Signal, ...]) -> None:
    seen = {signal.name.value: signal.strength() for signal in signals}
    factors = {
        factor: 1.0 - seen.get(factor[1:], 0.0) if factor[0] == "!" else seen.get(factor, 0.0) for factor in FACTORS
    }
    names = ("length", *(name for part in WEIGHTS.reasons.values() for name in part.weights), "length*!sarcasm*replies")
    products = [math.prod(factors[factor] for factor in name.split("*")) for name in names]
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
def test_every_handoff_has_a_reason_a_sentence_and_contributions(signals: tuple[Signal, ...]) -> None:
    decision = decide(signals, WEIGHTS, COSTS)
    if decision.action is HandoffAction.CONTINUE:
        assert (decision.reason, decision.note) == (None, "")
    else:
        assert decision.reason is not None
        assert decision.note.endswith(".")


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


CONVERSATIONS = {
    "frustrated": (
        "This is ridiculous, I have asked twice now!",
        ("where is my order", ANSWERED, "Delivery takes 3 to 5 working days."),
        ("yes but where is MY order", ANSWERED, "Delivery takes 3 to 5 working days."),
    ),
    "no_answer": (
        "that doesn't help either",
        ("what dye is in the throw", ABSTAINED, "Sorry, I don't know that."),
        ("which dyes were used for the throw", ABSTAINED, "I could not find anything about this."),
    ),
    "too_complex": (
        "Three problems: the chair came with a broken leg, you charged me twice for it, "
        "£89 on 3 May and £89 on 5 May, and the replacement went to my old address.",
    ),
    "asked_for_human": ("let me talk to a person please",),
    "sensitive_topic": ("the lamp gave my son an electric shock",),
}


@pytest.mark.parametrize("reason", CONVERSATIONS)
def test_one_conversation_for_each_reason(reason: str, make_view: MakeView, detector: Detector) -> None:
    now, *past = CONVERSATIONS[reason]
    decision = decide(read_signals(make_view(now, *past), detector), WEIGHTS, COSTS)
    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason(reason))
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


def test_the_sentence_names_repeats_the_answer_and_the_tone() -> None:
    signals = [
        Signal(SignalName.FRUSTRATION, 0.9, "m3"),
        Signal(SignalName.REPEATS, 2.0, "m1"),
        Signal(SignalName.FAILED_ANSWERS, 3.0, "m3", "Return periods"),
        Signal(SignalName.FAILURES_BEFORE, 3.0, "m3", "Return periods"),
        Signal(SignalName.NOT_HELPED, 0.95, "m3", "Return periods"),
        Signal(SignalName.LAST_FAILED, 1.0, "m3", "Return periods"),
        Signal(SignalName.ONE_BEFORE_FAILED, 1.0, "m3"),
        Signal(SignalName.SAME_MATTER, 0.8, "m3"),
        Signal(SignalName.SAME_MATTER_BEFORE, 0.8, "m3"),
        Signal(SignalName.SAME_MATTER_LONG, 0.8, "m3"),
        Signal(SignalName.REPLIES, 3.0, "m3"),
    ]
    note = decide(signals, WEIGHTS, COSTS).note
    assert "he answer 'Return periods' did not help" in note
    assert note.count("did not help") == 1


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
