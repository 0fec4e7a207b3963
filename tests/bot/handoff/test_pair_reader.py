"""The second reading: what it adds to the first, when it is asked, and what its file must hold."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from bot.handoff.detector import DATA, Detector, load_pair_reader, reads_english
from bot.handoff.dialogues import read_dialogues
from bot.handoff.errors import HandoffDataError
from bot.handoff.fitting import new_to, second_for
from bot.handoff.message_signals import agreed
from bot.handoff.pair_lessons import lessons_of
from bot.handoff.pair_reader import FILE, Learned, PairReader, Scores, Stranger, key_of
from bot.handoff.reasons import WEIGHED, HandoffReason
from bot.handoff.signal import SignalName
from bot.handoff.signals import read_signals
from bot.handoff.view import BotActionKind, DialogueView
from kb_index.encoder import load_encoder
from tests.bot.handoff.conftest import MakeView

ASKED = HandoffReason.ASKED_FOR_HUMAN
NOTHING = dict.fromkeys(WEIGHED, 0.0)


@pytest.fixture(scope="module")
def reader() -> PairReader:
    return load_pair_reader(DATA / FILE)


@pytest.mark.parametrize(
    ("before", "text", "wished"),
    [
        ("One of our fitters could ring you about it. Shall I arrange that?", "go on then", True),
        ("I can text you the opening hours. Shall I?", "go on then", False),
        ("It can be washed at 40 degrees.", "is there somebody I could run this past", True),
        ("It can be washed at 40 degrees.", "is there somebody in the family photo on the box", False),
        ("", "my sister's agent rang her about the flat, anyway, do you sell curtain rails", False),
        ("", "hi it's about my bill, I'd sooner go through it out loud with one of you", True),
    ],
)
def test_it_reads_a_message_with_what_the_bot_said_before(
    reader: PairReader, before: str, text: str, wished: bool
) -> None:
    assert (reader.read(before, text)[ASKED] >= 0.5) is wished


@pytest.mark.parametrize("text", ["", "?", "\ud800", "word " * 5000, "你好", "😡" * 300])
def test_any_text_is_read_the_same_each_time(reader: PairReader, text: str) -> None:
    scores = reader.read(text, text)
    assert scores == reader.read(text, text)
    assert tuple(scores) == WEIGHED
    assert all(0.0 <= score <= 1.0 for score in scores.values())


@dataclass
class Heard:
    """A second reader that is sure of one thing, and remembers what it was asked."""

    wish: float = 1.0
    asked: list[tuple[str, str]] = field(default_factory=list)

    def read(self, before: str, text: str) -> Scores:
        self.asked.append((before, text))
        return NOTHING | {ASKED: self.wish}


def wish(view: DialogueView, detector: Detector) -> float:
    found = read_signals(view, detector)
    return next((signal.value for signal in found if signal.name is SignalName.WISH_FOR_PERSON), 0.0)


def test_the_second_of_two_readings_counts_more(detector: Detector, make_view: MakeView) -> None:
    view = make_view("my sister says someone at your place sorted hers out, could they maybe")
    first = wish(view, replace(detector, second=None))
    assert 0.1 < first < 0.9
    assert wish(view, replace(detector, second=Heard(first))) == pytest.approx(first, abs=1e-3)
    assert wish(view, replace(detector, second=Heard(1 - first))) == pytest.approx(agreed(first, 1 - first), abs=1e-3)
    assert abs(agreed(first, 1 - first) - (1 - first)) < abs(agreed(first, 1 - first) - first)


def test_a_reading_that_is_quite_sure_is_heard_whatever_the_other_says() -> None:
    assert agreed(0.2, 1.0) > 0.9
    assert agreed(0.8, 0.0) < 0.1
    assert agreed(0.8, None) == 0.8


def test_a_plain_wish_is_read_once(detector: Detector, make_view: MakeView) -> None:
    second = Heard(0.0)
    assert wish(make_view("let me talk to a human please"), replace(detector, second=second)) > 0.9
    assert second.asked == []


def test_a_plain_question_is_read_once(detector: Detector, make_view: MakeView) -> None:
    second = Heard()
    assert wish(make_view("how long does delivery take"), replace(detector, second=second)) < 0.05
    assert second.asked == []


@pytest.mark.parametrize("kind", [BotActionKind.OFFERED_PERSON, BotActionKind.ABSTAINED, BotActionKind.CLARIFIED])
def test_whatever_may_answer_an_offer_is_read_with_it(
    kind: BotActionKind, detector: Detector, make_view: MakeView
) -> None:
    second = Heard()
    offer = "I don't know that. Shall I fetch a colleague?"
    view = make_view("the blue one", ("is it in stock", kind, offer))
    read_signals(view, replace(detector, second=second))
    assert second.asked == [(offer, "the blue one")]


def test_a_refusal_and_a_picked_option_are_no_matter_of_opinion(detector: Detector, make_view: MakeView) -> None:
    sure, unsure = (replace(detector, second=Heard(score)) for score in (1.0, 0.0))
    menu = "1) See the size chart 2) Talk to an adviser"
    assert wish(make_view("no thanks", ("hm", BotActionKind.OFFERED_PERSON, "Shall I fetch a colleague?")), sure) == 0.0
    assert wish(make_view("2", ("hm", BotActionKind.CLARIFIED, menu)), unsure) >= 0.9


def test_a_pressed_button_needs_no_second_reading(detector: Detector, make_view: MakeView) -> None:
    second = Heard(0.0)
    view = make_view("Talk to a person")
    pressed = replace(view, message=replace(view.message, payload="human"))
    assert wish(pressed, replace(detector, second=second)) == 1.0
    assert second.asked == []


def test_a_stranger_says_what_was_said_without_knowing_and_asks_where_nobody_did() -> None:
    second = Heard()
    stranger = Stranger({key_of("Shall I?", "yes"): NOTHING}, second)
    assert stranger.read("Shall I?", "yes")[ASKED] == 0.0
    assert stranger.read("", "yes")[ASKED] == 1.0


def test_it_is_for_english_encoders_only() -> None:
    assert reads_english(load_encoder().name)
    assert not reads_english(load_encoder("multilingual").name)
    assert second_for(load_encoder("multilingual")) is None


def test_nearly_every_labelled_message_has_what_a_stranger_said_of_it() -> None:
    dialogues = read_dialogues(DATA / "dialogues_fit.jsonl")
    second = second_for(load_encoder())
    assert second is not None
    messages = sum(len(lessons_of(dialogue)) for dialogue in dialogues)
    assert messages > 15_000
    assert new_to(second, dialogues) < 0.1 * messages
    strangers = Learned.load(DATA / FILE).strangers
    assert all(0 <= score <= 1 for scores in strangers.values() for score in scores.values())


def test_a_missing_or_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with pytest.raises(HandoffDataError, match="no such file: restore it from version control"):
        load_pair_reader(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(HandoffDataError, match="not a pair reader"):
        load_pair_reader(path)
    np.savez_compressed(path, weights=np.asarray(["encoder.layer.0"]))
    with pytest.raises(HandoffDataError, match="not a pair reader"):
        Learned.load(path)
