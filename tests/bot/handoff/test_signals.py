"""Signals as a whole: their evidence, their range, and what is seen beside the messages."""

from dataclasses import replace

import pytest

from bot.handoff.detector import Detector
from bot.handoff.signal import FULL_COUNT, SENSITIVE, Signal, SignalName
from bot.handoff.signals import NOTICEABLE, faqs_tried, read_signals, value_mark
from bot.handoff.view import BotAction, BotActionKind, DialogueView, Exchange

from .conftest import MakeView

ANSWERED, ABSTAINED = BotActionKind.ANSWERED, BotActionKind.ABSTAINED


def test_not_helped_names_the_answer_that_failed(make_view: MakeView, detector: Detector) -> None:
    signals = read_signals(make_view("that didn't help", ("returns?", ANSWERED, "30 days.")), detector)
    assert {signal.text for signal in signals if signal.name is SignalName.NOT_HELPED} == {"Return periods"}


def together(view: DialogueView, *texts: str) -> DialogueView:
    """The view on a message that is made of several."""
    came = tuple((f"now{number}", text) for number, text in enumerate(texts))
    return replace(view, message=replace(view.message, id=came[-1][0], together=came))


def test_of_messages_that_came_together_those_with_the_words_prove_a_signal(
    make_view: MakeView, detector: Detector
) -> None:
    texts = ("good evening", "I’m  blind and use a screen reader", "hello?")
    seen = {signal.name: signal for signal in read_signals(together(make_view("\n".join(texts)), *texts), detector)}
    by_words, by_all = seen[SignalName.SENSITIVE_ACCESSIBILITY], seen[SignalName.LENGTH]

    assert (by_words.message_id, by_words.also) == ("now1", ())
    assert (by_all.message_id, by_all.also) == ("now0", ("now1", "now2"))


def test_words_that_run_over_two_messages_are_proven_by_both(make_view: MakeView, detector: Detector) -> None:
    view = together(make_view("my mother passed\naway"), "my mother passed", "away")
    [signal] = [one for one in read_signals(view, detector) if one.name is SignalName.SENSITIVE_BEREAVEMENT]

    assert (signal.message_id, signal.also) == ("now0", ("now1",))


def test_earlier_messages_that_came_together_prove_what_is_seen_of_them(
    make_view: MakeView, detector: Detector
) -> None:
    text = "how long do I have to return a lamp"
    view = make_view("how long have I got to return a lamp", (text, ANSWERED, "30 days."))
    earlier = replace(
        view.earlier[0].message, id="b", together=(("a", "how long do I have"), ("b", "to return a lamp"))
    )
    known = replace(view, earlier=(replace(view.earlier[0], message=earlier),))
    seen = {signal.name: signal for signal in read_signals(known, detector)}

    assert [(one.message_id, one.also) for one in (seen[SignalName.REPEATS], seen[SignalName.REPETITION])] == [
        ("a", ("b",))
    ] * 2


@pytest.mark.parametrize(("facts", "expected"), [({"vip": "true"}, 1.0), ({"tier": "Gold"}, 1.0), ({"vip": "no"}, 0.0)])
def test_value_marks_come_from_the_facts(facts: dict[str, str], expected: float) -> None:
    assert value_mark(facts) == expected


def test_faqs_tried_are_listed_once_in_order(make_view: MakeView) -> None:
    view = make_view("now")
    given = (BotAction(ANSWERED, "a", "returns.period"), BotAction(ANSWERED, "b", "returns.label"))
    exchange = Exchange(view.message, given)
    assert faqs_tried(replace(view, earlier=(exchange, exchange))) == ("returns.period", "returns.label")


def test_signals_are_in_range_and_the_same_twice(make_view: MakeView, detector: Detector) -> None:
    for text in ("", "🙂", "<b>x</b>", "HELP!!! " * 300, "what the hell is this £5 on 3 May", "ok"):
        view = make_view(text, ("hello", BotActionKind.SMALL_TALK, "Hello!"))
        signals = read_signals(view, detector)
        assert signals == read_signals(view, detector)
        for signal in signals:
            assert signal.value >= NOTICEABLE
            assert signal.value <= 1.0 or signal.name in FULL_COUNT


@pytest.mark.parametrize(
    ("name", "value", "strength"),
    [
        (SignalName.FRUSTRATION, 0.4, 0.4),
        (SignalName.FRUSTRATION, -0.1, 0.0),
        (SignalName.FIGURES, 1.5, 0.5),
        (SignalName.FIGURES, 7.0, 1.0),
    ],
)
def test_a_count_is_at_full_strength_from_its_full_count_on(name: SignalName, value: float, strength: float) -> None:
    assert Signal(name, value).strength() == strength


def test_a_signal_survives_json() -> None:
    signal = Signal(SENSITIVE[0], 0.97, "m1", "caught fire")
    assert Signal.from_json(signal.to_json()) == signal
