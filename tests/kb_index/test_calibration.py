"""Probabilities are fitted on what was held out, and little data moves them little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kb_index.calibration import OUT_OF_SCOPE, PRIOR, Calibration, Line, Observations, balanced, fit, refit
from kb_index.encoder import Encoder, unit_rows
from kb_index.evidence import RANKING, Findings
from kb_index.held_out import out_of_scope_share, shortened, simulated
from kb_index.intents import IntentClassifier, best_threshold
from kb_index.questions import Example


def observations(count: int, shift: float, truth: int | None = None, seed: int = 0) -> Observations:
    """Texts and five classes; the right class's evidence stands out, all the more the higher `shift` is."""
    random = np.random.default_rng(seed)
    right = random.integers(5, size=count).astype(np.int32)
    ranking = random.normal(0.3, 0.1, (count, 5, len(RANKING))).astype(np.float32)
    ranking[..., 0] = -4
    ranking[np.arange(count), right] += shift
    findings = Findings(
        ranking,
        np.eye(5, dtype=np.float32)[right],
        (0.5 + shift * random.uniform(0, 0.5, count)).astype(np.float32),
        (3 + shift * random.normal(1, 0.5, count)).astype(np.float32),
        unit_rows(random.normal(size=(count, 8)).astype(np.float32)),
    )
    if truth is not None:
        right = np.full(count, truth, dtype=np.int32)
    return Observations(findings, right, np.ones(count, dtype=np.float32))


def made_up() -> Observations:
    return Observations.join([observations(300, 0.8), observations(300, 0.2, OUT_OF_SCOPE, 1)])


def test_what_is_meant_is_told_from_what_is_not() -> None:
    calibration = fit(made_up())
    inside = calibration.candidates(observations(200, 0.8, seed=2).findings)
    outside = calibration.candidates(observations(200, 0.2, seed=3).findings)
    assert inside.in_scope.mean() > 0.9
    assert outside.in_scope.mean() < 0.2
    assert (inside.probabilities[:, 0] <= inside.in_scope).all()
    assert (np.diff(inside.probabilities, axis=1) <= 0).all()


def test_a_rarer_stranger_makes_surer() -> None:
    few, many = (fit(balanced(made_up(), share)) for share in (0.05, 0.5))
    findings = observations(200, 0.5, seed=4).findings
    assert few.candidates(findings).in_scope.mean() > many.candidates(findings).in_scope.mean() + 0.05


def test_saving_and_loading() -> None:
    calibration = fit(made_up())
    again = Calibration.from_dict(calibration.as_dict())
    findings = observations(50, 0.6, seed=5).findings
    assert again.candidates(findings).probabilities == pytest.approx(calibration.candidates(findings).probabilities)


def about(texts: Observations, dimension: int) -> Observations:
    """The same texts, all about one subject."""
    vectors = np.eye(texts.findings.vectors.shape[1], dtype=np.float32)[np.full(len(texts), dimension)]
    return replace(texts, findings=replace(texts.findings, vectors=vectors))


def test_questions_teach_which_subjects_are_nobodys() -> None:
    # The evidence is the same for both: only what they are about tells them apart.
    ours, others = about(observations(100, 0.5), 0), about(observations(100, 0.5, OUT_OF_SCOPE, 1), 1)
    before = fit(made_up())
    after, judged = refit(Observations.join([ours, others]), before)
    assert before.subject is None
    assert before.in_scope(ours.findings) == pytest.approx(before.in_scope(about(ours, 1).findings))
    assert after.in_scope(ours.findings).mean() > after.in_scope(about(ours, 1).findings).mean() + 0.5
    assert Calibration.from_dict(after.as_dict()).in_scope(ours.findings) == pytest.approx(
        after.in_scope(ours.findings)
    )
    assert judged.in_scope[:100].mean() > judged.in_scope[100:].mean() + 0.5


def test_questions_are_judged_by_what_the_others_teach() -> None:
    # Every question has a subject of its own, so the others teach nothing of it.
    vectors = np.eye(80, dtype=np.float32)
    asked = Observations.join([observations(40, 0.5), observations(40, 0.5, OUT_OF_SCOPE, 1)])
    asked = replace(asked, findings=replace(asked.findings, vectors=vectors))
    calibration, judged = refit(asked, fit(made_up()))
    told = calibration.in_scope(asked.findings)
    assert told[:40].mean() - told[40:].mean() > judged.in_scope[:40].mean() - judged.in_scope[40:].mean() + 0.1


def test_few_observations_move_a_line_little() -> None:
    start = Line(np.zeros(2, np.float32), np.ones(2, np.float32), np.array([1, 1], np.float32), 0.0)
    inputs = np.random.default_rng(6).normal(size=(8, 2)).astype(np.float32)
    moved = start.fitted(inputs, inputs[:, 0] < 0, np.ones(8, dtype=np.float32), 300.0)
    assert moved.weights == pytest.approx(start.weights, abs=0.1)
    # More of what speaks for something never speaks against it, however much data says so.
    many = np.tile(inputs, (200, 1))
    assert start.fitted(many, many[:, 0] < 0, np.ones(1600, dtype=np.float32), 1.0).weights.min() >= 0


def test_literal_copies_do_not_change_the_ranking() -> None:
    assert fit(made_up(), literal=True).ranking.tolist() == PRIOR.ranking.tolist()
    assert fit(made_up()).ranking.tolist() != PRIOR.ranking.tolist()


def test_who_foresees_more_meets_fewer_strangers() -> None:
    shares = [out_of_scope_share(classes) for classes in (2, 20, 150)]
    assert shares == sorted(shares, reverse=True)
    assert 0.02 < shares[-1] < shares[0] < 1


@pytest.mark.parametrize("strangers", [10, 400])
def test_refusing_may_cost_a_little_in_scope_accuracy(strangers: int) -> None:
    calibration = fit(made_up())
    judged = Observations.join([observations(1000, 0.4, seed=7), observations(strangers, 0.3, OUT_OF_SCOPE, 8)])
    found = calibration.candidates(judged.findings, 1)
    inside = judged.truth != OUT_OF_SCOPE
    right = (found.places[:, 0] == judged.truth)[inside]
    kept = found.in_scope >= best_threshold(found, judged, by_accuracy=True)
    lost = right.mean() - (right & kept[inside]).mean()
    # Ten strangers among a thousand are worth a point of accuracy, and no more; many are worth as much as they cost.
    assert 0.005 < lost < 0.02 if strangers == 10 else lost > 0.02
    assert (~kept)[~inside].mean() > (~kept)[inside].mean()


def test_everyday_sentences_that_a_class_recognizes_are_left_out() -> None:
    held = [observations(100, 0.5), observations(100, 0.1, OUT_OF_SCOPE, 1)]
    strangers = Observations.join([observations(40, 0.0, OUT_OF_SCOPE, 2), observations(30, 3.0, OUT_OF_SCOPE, 3)])
    joined = simulated(held, strangers)
    assert len(joined) == 240
    far = joined.weights[200:].sum()
    assert far / (far + 100) == pytest.approx(0.6)


def test_a_weather_bot_takes_weather_for_its_business(encoder: Encoder) -> None:
    weather = ["will it rain tomorrow", "what's the weather like today", "do I need an umbrella", "is it going to snow"]
    boats = ["rent a boat", "how much is a rowing boat", "boats for hire", "can I book a canoe"]
    examples = [Example(text, "weather") for text in weather] + [Example(text, "boats") for text in boats]
    classifier = IntentClassifier.train(examples, encoder)
    guesses = classifier.predict(["what will the weather be like", "who wrote Hamlet"])
    assert guesses[0].best == "weather"
    assert guesses[0].in_scope > 0.5 > guesses[1].in_scope


def test_shortened_texts_keep_their_order() -> None:
    text = "how do I rent a boat for the whole weekend"
    for seed in range(5):
        (made,) = shortened([text], seed)
        assert 3 <= len(made.split()) < len(text.split())
        positions = [text.split().index(word) for word in made.split()]
        assert positions == sorted(positions)
    assert shortened(["one two", ""]) == ["one two", ""]


def test_inputs_far_from_all_that_was_seen_overflow_nothing() -> None:
    line = Line(np.zeros(1, np.float32), np.full(1, 1e-3, np.float32), np.ones(1, np.float32), 0.0)

    found = line.probability(np.array([[-1e6], [0], [1e6]], dtype=np.float32))

    assert found.tolist() == [0.0, 0.5, 1.0]
