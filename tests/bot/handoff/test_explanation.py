"""The sentence an agent reads, word for word."""

import pytest

from bot.handoff.explanation import explain
from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import CIRCUMSTANCES, Signal, SignalName
from bot.handoff.weight_fitting import AGAINST

ANSWER = "Return periods"
# They decide by rule, with sentences of their own.
RULES = (SignalName.WISH_FOR_PERSON, SignalName.MARKED_ENTRY)


@pytest.mark.parametrize(
    ("reason", "signals", "sentence"),
    [
        (HandoffReason.ASKED_FOR_HUMAN, [Signal(SignalName.WISH_FOR_PERSON, 1.0)], "Asked for a person."),
        (
            HandoffReason.REQUESTED_BY_RULE,
            [Signal(SignalName.MARKED_ENTRY, 1.0, text="Paying by invoice")],
            "Asked 'Paying by invoice', which always goes to a person.",
        ),
        (
            HandoffReason.NO_ANSWER,
            [
                Signal(SignalName.REPEATS, 1.8),
                Signal(SignalName.LAST_FAILED, 1.0, text=ANSWER),
                Signal(SignalName.FAILED_ANSWERS, 3.0, text=ANSWER),
                Signal(SignalName.SAME_MATTER, 0.8),
                Signal(SignalName.FRUSTRATION, 0.9),
                Signal(SignalName.LIKE_FRUSTRATED, 0.9),
            ],
            "Asked the same thing three times; the answer 'Return periods' did not help; sounds frustrated.",
        ),
        (
            HandoffReason.NO_ANSWER,
            [Signal(SignalName.FAILED_ANSWERS, 2.0), Signal(SignalName.FORM_FAILURES, 5.0)],
            "The bot had no good answer twice; the form failed 5 times.",
        ),
        (
            HandoffReason.SENSITIVE_TOPIC,
            [Signal(SignalName.SENSITIVE_BEREAVEMENT, 1.0)],
            "Speaks of a death in the family.",
        ),
        (HandoffReason.FRUSTRATED, [Signal(SignalName.REPEATS, 0.3)], "A person is needed."),
    ],
)
def test_what_is_told(reason: HandoffReason, signals: list[Signal], sentence: str) -> None:
    assert explain(reason, signals) == sentence


@pytest.mark.parametrize("name", [name for name in SignalName if name not in (*CIRCUMSTANCES, *RULES)])
def test_whatever_speaks_for_a_person_can_be_told(name: SignalName) -> None:
    told = explain(HandoffReason.FRUSTRATED, [Signal(name, 2.0)]) != "A person is needed."
    assert told is (name.value not in AGAINST)
