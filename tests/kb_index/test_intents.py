"""The classifier knows its intents, refuses what is none of them, and says how sure it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_index.encoder import Encoder, encode_with_wording
from kb_index.errors import DataError, StoredIndexError
from kb_index.evaluation import evaluate_intents
from kb_index.intent_files import load_classifier, save_classifier
from kb_index.intents import IntentClassifier, spoken
from kb_index.questions import Example
from tests.kb_index import shop

STRANGE = ["who won the match last night", "play some jazz", "my laptop does not start", "what is the capital of Peru"]


def examples() -> list[Example]:
    return [Example(text, entry.id) for entry in shop.entries() for text in entry.phrasings]


@pytest.fixture(scope="module")
def classifier(encoder: Encoder) -> IntentClassifier:
    return IntentClassifier.train(examples(), encoder)


def test_knows_its_intents(classifier: IntentClassifier) -> None:
    guesses = classifier.predict(["could I rent a boat?", "e17 again", "is the lake cold", "any gluten free cake"])
    assert [guess.best for guess in guesses] == ["boats.rent", "boats.error_card", "swim.water", "cafe.cake"]
    assert all(guess.label == guess.best for guess in guesses)


def test_refuses_what_is_none_of_them(classifier: IntentClassifier) -> None:
    assert [guess.label for guess in classifier.predict(STRANGE)] == [None] * len(STRANGE)
    known = classifier.predict([example.text for example in examples()])
    assert min(guess.probability for guess in known) > max(g.probability for g in classifier.predict(STRANGE))


def test_hopeless_input_is_refused(classifier: IntentClassifier) -> None:
    assert [guess.label for guess in classifier.predict(["", "🙂", "x" * 10_000])] == [None] * 3


def test_training_is_repeatable(classifier: IntentClassifier, encoder: Encoder) -> None:
    again = IntentClassifier.train(list(reversed(examples())), encoder)
    assert again.labels == classifier.labels
    texts = ["boat for hire", *STRANGE]
    assert [g.best for g in again.predict(texts)][:1] == [g.best for g in classifier.predict(texts)][:1]
    assert IntentClassifier.train(examples(), encoder).predict(texts) == classifier.predict(texts)


def test_validation_sets_the_threshold(encoder: Encoder, classifier: IntentClassifier) -> None:
    validation = [*examples(), *(Example(text, None) for text in STRANGE)]
    checked = IntentClassifier.train(examples(), encoder, validation=validation)
    assert checked.threshold != classifier.threshold
    report = evaluate_intents(checked, validation)
    assert report.figures["oos_recall"] == 1
    assert report.figures["accuracy_in_scope"] > 0.9


def test_report_has_the_fixed_keys(classifier: IntentClassifier) -> None:
    report = evaluate_intents(
        classifier, [*examples(), *(Example(text, "unknown_label") for text in STRANGE)]
    ).as_dict()
    fixed = "accuracy_in_scope oos_recall auroc macro_f1 mcc coverage wrong_answer_rate ece threshold"
    assert set(fixed.split()) <= set(report)
    assert report["counts"] == {"texts": 44, "in_scope": 40, "out_of_scope": 4, "labels": 8}
    closed = evaluate_intents(classifier, examples()).as_dict()
    assert closed["auroc"] is None
    assert closed["oos_recall"] is None
    assert closed["accuracy_in_scope"] == closed["accuracy_of_best"]


def test_one_label_is_not_enough(encoder: Encoder) -> None:
    with pytest.raises(DataError, match="at least two labels, found 1"):
        IntentClassifier.train([Example("a", "x"), Example("b", None)], encoder)


@pytest.mark.parametrize("label", ["Refund_not_showing_up", "refundNotShowingUp", "refund not-showing.up"])
def test_labels_are_spoken(label: str) -> None:
    assert spoken(label) == "refund not showing up"


def test_meaningless_labels_are_no_examples(encoder: Encoder) -> None:
    places = {entry.id: f"class {'abcdefgh'[number]}" for number, entry in enumerate(shop.entries())}
    renamed = [Example(example.text, places[str(example.label)]) for example in examples()]
    guess = IntentClassifier.train(renamed, encoder).predict(["could I rent a boat?"])[0]
    assert guess.best == places["boats.rent"]


def test_ranks_every_label(classifier: IntentClassifier, encoder: Encoder) -> None:
    [vector], [wording] = encode_with_wording(encoder, ["rent a rowing boat please"])
    ranked = classifier.rank("rent a rowing boat please", vector, wording)
    assert ranked[0][0] == "boats.rent"
    assert sorted(name for name, _ in ranked) == list(classifier.labels)
    assert sum(share for _, share in ranked) == pytest.approx(1)
    assert [share for _, share in ranked] == sorted((share for _, share in ranked), reverse=True)


def test_shares_of_held_out_examples(encoder: Encoder) -> None:
    given = list(reversed(examples()))
    classifier, shares = IntentClassifier.train_and_ask(given, encoder)
    assert shares.shape == (len(given), len(classifier.labels))
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-5)
    right = [classifier.labels[place] == example.label for place, example in zip(shares.argmax(1), given, strict=True)]
    # Each was judged without itself: most are found, and none is as sure as when it is known.
    assert sum(right) > 0.7 * len(given)
    own = [classifier.labels.index(str(example.label)) for example in given]
    vectors = encode_with_wording(encoder, [example.text for example in given])
    seen = [
        dict(classifier.rank(example.text, *both))[str(example.label)]
        for example, *both in zip(given, *vectors, strict=True)
    ]
    assert sum(seen) / len(seen) > shares[range(len(given)), own].mean() + 0.05


class MeaningAlone:
    """An encoder without an early layer, as other models are."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = f"{encoder.name}, meaning alone"
        self.dimensions = encoder.dimensions
        self.encode = encoder.encode


def test_an_encoder_without_wording_will_do(classifier: IntentClassifier, encoder: Encoder, tmp_path: Path) -> None:
    alone = MeaningAlone(encoder)
    made = IntentClassifier.train(examples(), alone)
    text = "could I rent a boat?"
    [vector] = encoder.encode([text])
    assert made.rank(text, vector, None)[0][0] == "boats.rent"
    # The same vectors of meaning: only the wording makes a difference.
    assert made.predict([text]) != classifier.predict([text])
    save_classifier(made, tmp_path)
    assert load_classifier(tmp_path, alone).predict([text]) == made.predict([text])
    with pytest.raises(StoredIndexError, match="another version or encoder"):
        load_classifier(tmp_path, encoder)


def test_saving_and_loading(classifier: IntentClassifier, encoder: Encoder, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path)
    again = load_classifier(tmp_path, encoder)
    assert again.predict(["boat for hire", *STRANGE]) == classifier.predict(["boat for hire", *STRANGE])
    (tmp_path / "intents.json").write_text("{}")
    with pytest.raises(StoredIndexError, match="train again"):
        load_classifier(tmp_path, encoder)
