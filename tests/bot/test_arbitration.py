"""Between a task and a question the likelier one is believed."""

import numpy as np
import pytest

from bot.arbitration import Arbitration, Circumstances, Guess, arbitrate
from bot.faq import FaqResult

RULE = Arbitration(bias=0.0, task=1.0, answer=-0.5, clear=0.4)
WORDS = Circumstances(("where", "is", "my", "order"))


def found(probability: float, outcome: str = "answer") -> FaqResult:
    return FaqResult(outcome, ({"id": "a.b", "question": "?", "probability": probability},))


def test_a_sure_task_beats_an_unsure_answer() -> None:
    chosen = arbitrate([Guess("order_status", 0.9), Guess("faq", 0.1)], found(0.2), RULE, WORDS)

    assert chosen.name == "order_status"
    assert 0.8 < chosen.confidence <= 1


def test_a_sure_answer_beats_an_unsure_task() -> None:
    assert arbitrate([Guess("order_status", 0.6), Guess("faq", 0.4)], found(0.95), RULE, WORDS).name == "faq"


def test_the_order_of_the_guesses_does_not_matter() -> None:
    guesses = [Guess("faq", 0.5), Guess("order_status", 0.45), Guess("complaint", 0.05)]
    reasons = [arbitrate(order, found(0.6), RULE, WORDS) for order in (guesses, [guesses[1], guesses[0], guesses[2]])]

    assert reasons[0] == reasons[1]


@pytest.mark.parametrize("form", [False, True])
def test_question_marks_alone_agree_to_nothing(form: bool) -> None:
    seen = Circumstances(("?", "?"), waits_for_text=form)

    assert arbitrate([Guess("affirm", 0.9), Guess("faq", 0.1)], found(0.1), RULE, seen).name == "faq"
    assert arbitrate([Guess("affirm", 0.9), Guess("faq", 0.1)], found(0.1), RULE, Circumstances(())).name == "affirm"


def test_a_task_among_many_is_not_clear_enough() -> None:
    guesses = [Guess("complaint", 0.3), Guess("order_status", 0.3), Guess("start_return", 0.3), Guess("faq", 0.1)]

    assert arbitrate(guesses, found(0.05, "abstain"), RULE, WORDS).name == "faq"


def test_little_more_than_a_fact_informs() -> None:
    seen = Circumstances(("it", "'s"), has_fact=True)

    assert arbitrate([Guess("greet", 0.3), Guess("faq", 0.3)], found(0.1), RULE, seen).name == "inform"


@pytest.mark.parametrize(
    ("words", "guess", "expected"),
    [
        (("the", "blue", "one"), Guess("complaint", 0.9), "inform"),
        (("it", "arrived", "broken"), Guess("complaint", 0.95), "inform"),
        (("i", "want", "a", "human"), Guess("talk_to_person", 0.9), "talk_to_person"),
        (("stop",), Guess("stop", 0.99), "stop"),
        (("try", "again"), Guess("try_again", 0.99), "try_again"),
        (("thanks",), Guess("thanks", 0.99), "thanks"),
        (("hello",), Guess("greet", 0.99), "greet"),
        (("hi", "the", "lamp"), Guess("greet", 0.8), "inform"),
        (("why", "do", "you", "need", "that", "?"), Guess("smalltalk", 0.1), "faq"),
    ],
)
def test_a_form_that_waits_for_words_takes_them(words: tuple[str, ...], guess: Guess, expected: str) -> None:
    seen = Circumstances(words, waits_for_text=True)

    assert arbitrate([guess, Guess("faq", 1 - guess.confidence)], found(0.05, "abstain"), RULE, seen).name == expected


def test_fitting_learns_which_side_to_believe() -> None:
    rng = np.random.default_rng(3)
    tasks = np.concatenate([rng.beta(8, 2, 200), rng.beta(2, 8, 200)])
    answers = np.concatenate([rng.beta(2, 8, 200), rng.beta(8, 2, 200)])
    is_task = np.arange(400) < 200
    rule = Arbitration.fit(tasks, answers, tasks, is_task, is_task)

    assert rule.task_probability(0.9, 0.1) > 0.9
    assert rule.task_probability(0.1, 0.9) < 0.1
    assert Arbitration.from_dict(rule.as_dict()) == rule


def test_fitting_learns_how_sure_of_one_task_to_be() -> None:
    rng = np.random.default_rng(5)
    tasks = np.concatenate([rng.beta(8, 2, 300), rng.beta(2, 8, 300)])
    answers = np.concatenate([rng.beta(2, 8, 300), rng.beta(8, 2, 300)])
    is_task = np.arange(600) < 300
    part = rng.uniform(0.3, 1.0, 600)  # of the belief in tasks, what the likeliest has
    rules = [Arbitration.fit(tasks, answers, tasks * part, is_task, is_task & (part > border)) for border in (0.5, 0.8)]

    assert 0.3 < rules[0].clear < rules[1].clear < 0.95
