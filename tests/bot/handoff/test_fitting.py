"""Fitting: deterministic, refuses faults, and a new example changes what the detector says."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.handoff.detector import DATA, Detector, load_patterns
from bot.handoff.dialogues import Dialogue, DialogueTurn, Label
from bot.handoff.errors import HandoffDataError, StaleHeadsError
from bot.handoff.examples import ExampleFile, judged, load_examples
from bot.handoff.fitting import FOLDS, fit_all, fit_detector, folds_of
from bot.handoff.heads import Heads
from bot.handoff.lexical import SHAPE_NAMES
from bot.handoff.message_signals import HEADS
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import VectorsOnly
from bot.handoff.signal import Signal, SignalName
from bot.handoff.view import ContactMessage
from bot.handoff.weight_fitting import Row, certain_from, fit_weights
from kb_index.encoder import Encoder, load_encoder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two heads with a few examples each."""
    folder = tmp_path / "handoff"
    (folder / "examples").mkdir(parents=True)
    for name in ("lexicon.yml", "patterns.yml"):
        shutil.copy(DATA / name, folder / name)
    (folder / "examples" / "gifts.yml").write_text(
        "head: gifts\nyes: [wrap it as a gift, it is a present for my aunt, please gift wrap]\n"
        "no: [where is my order, how do I return it]\n",
        encoding="utf-8",
    )
    (folder / "examples" / "size.yml").write_text(
        "head: size\nyes: [how wide is it, what size is the rug, how tall is the lamp, "
        "what size is the pot, size of the bed]\nno: [is it blue]\n",
        encoding="utf-8",
    )
    return folder


def test_a_new_head_is_learned_from_a_new_file(small: Path, encoder: Encoder) -> None:
    detector = fit_detector(encoder, small, small / "none")
    assert detector.heads.names == ("gifts", "size")
    asked = VectorsOnly(encoder).understand(["is gift wrapping possible", "how deep is it"])
    gifts, size = (detector.read(message) for message in asked)
    assert gifts.score("gifts") > size.score("gifts")
    assert size.score("size") > gifts.score("size")


def test_fitting_twice_gives_the_same_file(small: Path, encoder: Encoder) -> None:
    first, second = small / "a.npz", small / "b.npz"
    fit_detector(encoder, small, small / "none").heads.save(first)
    fit_detector(encoder, small, small / "none").heads.save(second)
    assert first.read_bytes() == second.read_bytes()


def test_a_dialogue_teaches_what_messages_are_passed_on(small: Path, encoder: Encoder) -> None:
    told = ("so that is the third dead plant and nobody answers", "which pot is the largest")
    reasons = (HandoffReason.FRUSTRATED, None)
    dialogues = [
        Dialogue(
            text, (DialogueTurn("contact", text),), (Label(0, reason is not None, reason, 2 if reason else 0),), "k"
        )
        for text, reason in zip(told, reasons, strict=True)
    ]
    detector = fit_detector(encoder, small, small / "none", dialogues)
    asked = ["the fourth plant died and still nobody answers", "how large is the pot"]
    angry, calm = (detector.read(message) for message in VectorsOnly(encoder).understand(asked))
    assert angry.score("like_frustrated") > calm.score("like_frustrated")


def said(identity: str, text: str) -> Dialogue:
    return Dialogue(identity, (DialogueTurn("contact", text),), (Label(0, False, None, 0),), "k")


def test_what_one_author_wrote_is_in_one_fold_and_the_folds_are_of_like_size() -> None:
    folds = folds_of([said(f"{author}-{number}", f"{author} {number}") for author in "abcdefgh" for number in range(5)])
    for author in "abcdefgh":
        assert len({folds[f"{author}-{number}"] for number in range(5)}) == 1
    assert sorted(folds.values()) == sorted([*range(FOLDS)] * 10)


def test_dialogues_of_too_few_authors_are_apart_unless_they_begin_alike() -> None:
    folds = folds_of([said(f"a-{number}", f"question {number // 2}") for number in range(16)])
    assert all(folds[f"a-{number}"] == folds[f"a-{number + 1}"] for number in range(0, 16, 2))
    assert set(folds.values()) == set(range(FOLDS))


def test_weights_are_few_bounded_by_sign_and_the_same_each_time() -> None:
    rows = [
        Row("d", (Signal(SignalName.FRUSTRATION, tone), Signal(SignalName.SATISFIED, 1 - tone)), reason)
        for tone, reason in ((0.9, HandoffReason.FRUSTRATED), (0.1, None), (0.8, HandoffReason.FRUSTRATED), (0.2, None))
        for _ in range(20)
    ]
    weights = fit_weights(rows)
    assert weights == fit_weights(rows)
    own = weights.reasons[HandoffReason.FRUSTRATED].weights
    assert 0 < len(own) < 12
    assert all((value < 0) == (name == "satisfied") for name, value in own.items())


def test_what_is_acted_on_alone_must_nearly_always_be_right() -> None:
    assert certain_from([0.2, 0.65, 0.8, 0.9], [False, False, True, True]) == pytest.approx(0.66)
    assert certain_from([0.9, 0.9], [False, True]) == 0.95
    assert certain_from([], []) == 0.95


def test_saved_heads_say_what_the_fitted_ones_said(small: Path, encoder: Encoder) -> None:
    fitted = fit_detector(encoder, small, small / "none")
    fitted.heads.save(small / "heads.npz")
    loaded = Detector(Heads.load(small / "heads.npz"), fitted.lexicon, fitted.patterns)
    [message] = VectorsOnly(encoder).understand(["what size is it"])
    assert loaded.read(message).score("size") == pytest.approx(fitted.read(message).score("size"), abs=0.005)


def test_an_encoder_that_gives_no_wording_is_fitted_without(small: Path) -> None:
    multilingual = load_encoder("multilingual")
    detector = fit_detector(multilingual, small, small / "none")
    [message] = VectorsOnly(multilingual).understand(["what size is it"])
    assert message.wording.shape == (0,)
    assert detector.heads.dense.shape == (2, multilingual.dimensions + len(SHAPE_NAMES))
    assert detector.read(message).score("size") > detector.read(message).score("gifts")


def test_a_message_without_its_vectors_is_judged_by_its_words(small: Path, encoder: Encoder) -> None:
    detector = fit_detector(encoder, small, small / "none")
    message = ContactMessage("m", "what size is it", np.zeros(encoder.dimensions, dtype=np.float32))
    assert detector.read(message).score("size") > detector.read(message).score("gifts")


def test_texts_of_other_heads_count_as_no_unless_unsure(small: Path) -> None:
    files = load_examples(small / "examples", small / "none")
    texts = {item.text: (item.yes, item.own) for item in judged(files, "gifts")}
    assert texts["please gift wrap"] == (True, True)
    assert texts["how wide is it"] == (False, False)
    unsure = [files[0].__class__(f.path, f.head, f.texts, frozenset({"size.yes"})) for f in files]
    assert "how wide is it" not in {item.text for item in judged(unsure, "gifts")}


def test_mild_is_half_a_yes(tmp_path: Path) -> None:
    path = tmp_path / "tone.yml"
    path.write_text("head: tone\nyes: [argh]\nmild: [hm]\nno: [fine]\n", encoding="utf-8")
    items = judged([ExampleFile.load(path)], "tone")
    assert sorted((item.yes, item.weight) for item in items if item.text == "hm") == [(False, 0.5), (True, 0.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes: [a]\n", "expected 'head: <name>'"),
        ("head: x\nmaybe: [a]\n", "unknown list 'maybe'"),
        ("head: x\nyes: [no]\nno: [3]\n", "entry 1: expected a text"),
        ("head: x\nyes: a\n", "must be a list of texts"),
        ("head: x\n", "no examples"),
        ("head: [x\n", "x.yml:2: not valid YAML"),
    ],
)
def test_faults_in_example_files_are_named(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HandoffDataError, match=expected):
        ExampleFile.load(path)


def test_every_head_is_taught_and_a_file_for_another_is_named(small: Path, encoder: Encoder) -> None:
    assert {file.head for file in load_examples()} == set(HEADS)
    with pytest.raises(HandoffDataError, match=r"gifts\.yml: no signal asks the head 'gifts'; expected one of acc"):
        fit_all([], encoder, small, small / "none")


def test_a_bad_pattern_is_named(tmp_path: Path) -> None:
    path = tmp_path / "patterns.yml"
    path.write_text('accepts_offer: ["(yes"]\n', encoding="utf-8")
    with pytest.raises(HandoffDataError, match=r"accepts_offer: .* is not a pattern"):
        load_patterns(path)
    path.write_text("moods: [x]\n", encoding="utf-8")
    with pytest.raises(HandoffDataError, match="unknown pattern 'moods'"):
        load_patterns(path)


def test_heads_of_another_encoder_are_refused(detector: Detector) -> None:
    with pytest.raises(StaleHeadsError, match="run `baton handoff fit`"):
        detector.heads.check_encoder("other")


def test_the_shipped_heads_belong_to_the_shipped_examples(detector: Detector, encoder: Encoder) -> None:
    from bot.handoff.examples import fingerprint

    assert detector.heads.examples == fingerprint(load_examples())
    assert detector.heads.encoder == encoder.name
    assert np.isfinite(detector.heads.dense).all()


def test_there_are_enough_frustration_examples() -> None:
    texts = {
        text for file in load_examples() if file.head == "frustration" for part in file.texts.values() for text in part
    }
    assert len(texts) >= 500
