"""A stored decision holds everything it was made of, and comes out again the same to the last bit."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.decision import Circumstances
from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import HandoffAction, HandoffReason
from bot.handoff.record import Record
from bot.handoff.signal import FULL_COUNT, Signal, SignalName
from bot.handoff.weights import Costs, load_costs, load_weights
from handoff_api.bot_contract import Signal as SignalOnTheWire

WEIGHTS, COSTS = load_weights(), load_costs()

signals = st.lists(
    st.builds(
        lambda name, share, also: Signal(name, share * FULL_COUNT.get(name, 1.0), "m9", "words", tuple(also)),
        st.sampled_from(SignalName),
        st.floats(0, 1),
        st.lists(st.sampled_from(["m1", "m2", "m3"]), unique=True),
    ),
    max_size=10,
    unique_by=lambda signal: signal.name,
)
circumstances = st.builds(Circumstances, st.just("m9"), st.booleans(), st.booleans())
costs = st.builds(Costs, st.floats(0.01, 100), st.floats(0.01, 100))


def through_the_log(record: Record) -> Record:
    """By the bot's reply, the switchboard's types and the log, all of them JSON."""
    stored = json.loads(json.dumps(record.to_json()))
    wire = [SignalOnTheWire.model_validate(signal).model_dump(exclude_defaults=True) for signal in stored["signals"]]
    found: dict[str, Any] = json.loads(json.dumps({**stored, "signals": wire}))
    return Record.read(found)


@given(signals, circumstances, costs)
def test_a_decision_is_made_again_bit_for_bit(found: list[Signal], seen: Circumstances, paid: Costs) -> None:
    record = Record.of(found, seen, WEIGHTS, paid, ["returns.period"])
    again = through_the_log(record)

    assert again == record
    assert again.settled(WEIGHTS) == record.decision
    assert again.decision.weights == WEIGHTS.fingerprint


def test_what_fills_a_form_is_no_verdict_on_the_bot() -> None:
    failed = [
        Signal(SignalName.FAILURES_BEFORE, 4.0, "m1"), Signal(SignalName.NOT_HELPED, 1.0, "m1"),
        Signal(SignalName.FAILED_ANSWERS, 2.0, "m1"), Signal(SignalName.REPLIES, 4.0, "m1"),
        Signal(SignalName.LIKE_NO_ANSWER, 0.9, "m1"), Signal(SignalName.SAME_MATTER_BEFORE, 0.9, "m1"),
        Signal(SignalName.LENGTH, 0.2, "m1"),
    ]  # fmt: skip
    plain = Record.of(failed, Circumstances("m1"), WEIGHTS, COSTS).decision
    in_form = Record.of(failed, Circumstances("m1", filled_form=True), WEIGHTS, COSTS).decision

    assert (plain.action, plain.reason) == (HandoffAction.HAND_OFF, HandoffReason.NO_ANSWER)
    assert in_form.action is HandoffAction.OFFER_PERSON


FAILED = [
    Signal(SignalName.FAILURES_BEFORE, 4.0, "m1"), Signal(SignalName.FAILED_ANSWERS, 3.0, "m1"),
    Signal(SignalName.BOT_REPETITION, 2.0, "m1"), Signal(SignalName.LIKE_NO_ANSWER, 1.0, "m1"),
    Signal(SignalName.LAST_FAILED, 1.0, "m1"), Signal(SignalName.ONE_BEFORE_FAILED, 1.0, "m1"),
    Signal(SignalName.SAME_MATTER_BEFORE, 0.9, "m1"), Signal(SignalName.REPLIES, 4.0, "m1"),
    Signal(SignalName.LENGTH, 0.2, "m1"),
]  # fmt: skip


def test_a_new_question_with_an_answer_is_not_passed_on_for_what_went_before() -> None:
    plain = Record.of(FAILED, Circumstances("m1"), WEIGHTS, COSTS).decision
    answered = Record.of(FAILED, Circumstances("m1", new_answer=True), WEIGHTS, COSTS).decision

    assert (plain.action, plain.reason) == (HandoffAction.HAND_OFF, HandoffReason.NO_ANSWER)
    assert (answered.action, answered.probability) == (HandoffAction.OFFER_PERSON, plain.probability)


@pytest.mark.parametrize(
    "name", [SignalName.NOT_HELPED, SignalName.SAID_BEFORE, SignalName.REPETITION, SignalName.SAME_MATTER_LONG]
)
def test_an_answer_does_not_help_who_says_that_the_last_did_not(name: SignalName) -> None:
    found = [*FAILED, Signal(name, 1.0, "m1")]

    assert Record.of(found, Circumstances("m1", new_answer=True), WEIGHTS, COSTS).decision.action is (
        HandoffAction.HAND_OFF
    )


def test_two_questions_of_one_form_are_not_the_same_question() -> None:
    alike = [Signal(SignalName.SAME_MATTER_LONG, 0.6, "m1"), Signal(SignalName.SHARED_WORDS_LONG, 0.6, "m1")]
    decision = Record.of([*FAILED, *alike], Circumstances("m1", new_answer=True), WEIGHTS, COSTS).decision

    assert decision.action is HandoffAction.OFFER_PERSON


def test_anger_is_passed_on_whatever_the_answer() -> None:
    found = [*FAILED, Signal(SignalName.FRUSTRATION, 1.0, "m1"), Signal(SignalName.STRONG_WORDS, 1.0, "m1"),
             Signal(SignalName.LIKE_FRUSTRATED, 1.0, "m1")]  # fmt: skip
    decision = Record.of(found, Circumstances("m1", new_answer=True), WEIGHTS, COSTS).decision

    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason.FRUSTRATED)


def test_a_marked_entry_goes_to_a_person_whatever_it_costs() -> None:
    marked = [Signal(SignalName.MARKED_ENTRY, 1.0, "m1", "Can my company pay by invoice?")]
    decision = Record.of(marked, Circumstances("m1"), WEIGHTS, Costs(0.001, 1000)).decision

    assert (decision.action, decision.reason) == (HandoffAction.HAND_OFF, HandoffReason.REQUESTED_BY_RULE)
    assert decision.note == "Asked 'Can my company pay by invoice?', which always goes to a person."
    assert decision.evidence == ("m1",)


def test_how_often_something_was_asked_is_told_and_every_message_proves_it() -> None:
    found = [
        Signal(SignalName.REPETITION, 1.0, "m3"),
        Signal(SignalName.REPEATS, 1.9, "m3", also=("m1", "m3")),
        Signal(SignalName.FAILED_ANSWERS, 3.0, "m5", "Return periods"),
        Signal(SignalName.FAILURES_BEFORE, 3.0, "m5", "Return periods"),
        Signal(SignalName.LAST_FAILED, 1.0, "m5", "Return periods"),
        Signal(SignalName.ONE_BEFORE_FAILED, 1.0, "m5", "Return periods"),
        Signal(SignalName.SAME_MATTER_BEFORE, 0.9, "m5"),
        Signal(SignalName.SAME_MATTER_LONG, 0.9, "m5"),
        Signal(SignalName.LIKE_NO_ANSWER, 0.5, "m5"),
        Signal(SignalName.LENGTH, 0.2, "m5"),
        Signal(SignalName.REPLIES, 3.0, "m5"),
    ]
    decision = Record.of(found, Circumstances("m5"), WEIGHTS, COSTS).decision

    note = decision.note.lower()
    assert "asked the same thing three times" in note
    assert "the answer 'return periods' did not help" in note
    assert {"m1", "m3", "m5"} <= set(decision.evidence)


@pytest.mark.parametrize("missing", ["costs", "circumstances", "contributions", "action", "signals"])
def test_what_an_older_baton_stored_is_told_from_a_whole_decision(missing: str) -> None:
    stored = Record.of([], Circumstances("m1"), WEIGHTS, COSTS).to_json()
    del stored[missing]
    with pytest.raises(HandoffDataError, match="not a whole decision"):
        Record.read(stored)
