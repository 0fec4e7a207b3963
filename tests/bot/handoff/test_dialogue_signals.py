"""Each signal of the conversation so far, on real sentences with the shipped detector."""

from dataclasses import replace

from bot.handoff.detector import Detector
from bot.handoff.signal import SignalName
from bot.handoff.signals import faqs_tried, read_signals
from bot.handoff.view import BotActionKind

from .conftest import MakeView, value

ANSWERED, ABSTAINED = BotActionKind.ANSWERED, BotActionKind.ABSTAINED


def test_rising_tone_is_measured_against_the_calmest_message(make_view: MakeView, detector: Detector) -> None:
    view = make_view("you are absolutely useless", ("where is my order", ABSTAINED, "Sorry?"))
    assert value(view, detector, SignalName.FRUSTRATION_TREND) > 0.6
    assert value(make_view("you are absolutely useless"), detector, SignalName.FRUSTRATION_TREND) == 0.0


def test_the_same_request_in_other_words_is_a_repetition_and_an_acknowledgement_is_not(
    make_view: MakeView, detector: Detector
) -> None:
    before = ("how long do I have to return a lamp", ANSWERED, "30 days.")
    assert value(make_view("until when can I send the lamp back", before), detector, SignalName.REPETITION) > 0.3
    assert value(make_view("ok thank you very much", before), detector, SignalName.REPETITION) == 0.0


def test_every_time_the_same_was_asked_is_counted_and_proves_it(make_view: MakeView, detector: Detector) -> None:
    asked = (
        ("how long do I have to return a lamp", ANSWERED, "30 days."),
        ("do you sell rugs", ANSWERED, "Yes."),
        ("how long do I have to return the lamp?", ANSWERED, "30 days."),
    )
    again = read_signals(make_view("how many days do I have to return the lamp", *asked), detector)
    repeats = next(signal for signal in again if signal.name is SignalName.REPEATS)
    assert repeats.value > 1.5
    assert (repeats.message_id, *repeats.also) == ("m0", "m2")
    assert value(make_view("do you deliver to Norway", *asked), detector, SignalName.REPEATS) < 0.5


def test_two_questions_the_faq_answers_differently_are_less_of_a_repetition(
    make_view: MakeView, detector: Detector
) -> None:
    view = make_view("how long does express delivery take", ("how long does delivery take", ANSWERED, "3 days."))
    alike = value(view, detector, SignalName.REPETITION)
    earlier = replace(view.earlier[0].message, faq_id="shipping.time", faq_probability=0.9)
    known = replace(
        view,
        message=replace(view.message, faq_id="shipping.express", faq_probability=0.9),
        earlier=(replace(view.earlier[0], message=earlier),),
    )
    assert value(known, detector, SignalName.REPETITION) < alike


def test_failures_in_a_row_end_with_an_answer_that_helped(make_view: MakeView, detector: Detector) -> None:
    failed = ("what about azo dyes", ABSTAINED, "I don't know.")
    helped = ("when do you open", ANSWERED, "At ten.")
    assert value(make_view("who would know", failed, failed), detector, SignalName.FAILED_ANSWERS) >= 2.0
    assert value(make_view("great, thanks", failed, helped), detector, SignalName.FAILED_ANSWERS) < 0.5
    assert value(make_view("that did not help", helped), detector, SignalName.FAILED_ANSWERS) >= 0.9


def test_a_menu_passed_over_for_another_question_half_failed(make_view: MakeView, detector: Detector) -> None:
    asked = ("do you carry it up to the loft", BotActionKind.CLARIFIED, "Which of these is it about?")
    menus = [
        asked,
        ("will the lorry fit into my street", BotActionKind.CLARIFIED, "Which of these is it about?"),
        ("do I have to sign for anything", BotActionKind.CLARIFIED, "Which of these is it about?"),
    ]
    assert value(make_view("can you take the old sofa away", *menus), detector, SignalName.FAILED_ANSWERS) < 1.0
    again = make_view("I mean do you carry it to the loft", asked)
    assert value(again, detector, SignalName.FAILED_ANSWERS) > 0.8
    assert value(make_view("??", asked), detector, SignalName.FAILED_ANSWERS) == 1.0


def test_the_bot_repeating_itself_is_counted(make_view: MakeView, detector: Detector) -> None:
    same = ("where is it", ANSWERED, "Standard delivery takes 3 to 5 working days.")
    assert value(make_view("and now?", same, same, same), detector, SignalName.BOT_REPETITION) == 2.0


def test_an_answer_that_is_asked_for_again_is_no_repetition(make_view: MakeView, detector: Detector) -> None:
    europe = "Yes, to all EU countries and Norway. It costs 12.95 per order."
    asked = ("do you deliver to Norway", ANSWERED, europe), ("and to France?", ANSWERED, europe)
    rephrased = (
        ("how long do I have to return it", ANSWERED, "30 days."),
        ("how long to return it", ANSWERED, "30 days."),
    )

    def repeated(*past: tuple[str, BotActionKind, str]) -> float:
        view = make_view("and now?", *past)
        known = [replace(one, actions=(replace(one.actions[0], faq_id="a.b"),)) for one in view.earlier]
        return value(replace(view, earlier=tuple(known)), detector, SignalName.BOT_REPETITION)

    assert repeated(*asked) < 0.2
    assert repeated(*rephrased) > 0.8


def test_replies_are_counted_but_small_talk_is_none(make_view: MakeView, detector: Detector) -> None:
    hello = ("hi", BotActionKind.SMALL_TALK, "Hello!")
    answered = ("is it oak", ANSWERED, "Yes, it is.")
    assert value(make_view("and that one", hello, answered, answered), detector, SignalName.REPLIES) == 2.0
    assert value(make_view("is it oak", hello), detector, SignalName.REPLIES) == 0.0


def test_form_failures_are_counted(make_view: MakeView, detector: Detector) -> None:
    refused = ("20451", BotActionKind.FORM_FAILURE, "That is no order number.")
    assert value(make_view("it is what the mail says", refused, refused), detector, SignalName.FORM_FAILURES) == 2.0


NAMES = list(SignalName)
# "Of the conversation since the bot last got it": SignalName lists them together.
PAST = set(NAMES[NAMES.index(SignalName.FRUSTRATION_BEFORE) : NAMES.index(SignalName.VALUE_MARK)])


def test_what_was_said_before_a_person_had_the_conversation_is_spent(make_view: MakeView, detector: Detector) -> None:
    view = make_view(
        "you are useless, get me the fitter, how long is the walnut shelf",
        ("how long is the walnut shelf", BotActionKind.FORM_FAILURE, "Sorry, that is no order number."),
        ("this is ridiculous, how long is the walnut shelf", ABSTAINED, "I don't know about that."),
        ("the length of the walnut shelf please", ABSTAINED, "I don't know about that."),
        ("how long is the shelf", BotActionKind.OFFERED_PERSON, "Shall I get you a fitter?"),
    )
    returned = replace(view, message=replace(view.message, epoch=2))
    assert {signal.name for signal in read_signals(view, detector)} >= PAST
    assert not {signal.name for signal in read_signals(returned, detector)} & PAST
    assert faqs_tried(returned) == ()


def test_the_course_of_the_last_exchanges_is_seen(make_view: MakeView, detector: Detector) -> None:
    asked = ("how wide is the walnut shelf", BotActionKind.ANSWERED, "Gift cards are valid for two years.")
    again = ("the width of the walnut shelf please", BotActionKind.ANSWERED, "You can pay by card.")
    third = make_view("walnut shelf, how many centimetres wide", asked, again)
    other = make_view("do you deliver on saturdays", asked, again)
    for name in (SignalName.SAME_MATTER, SignalName.SAME_MATTER_LONG, SignalName.SHARED_WORDS_LONG):
        assert value(third, detector, name) > value(other, detector, name)
    assert value(third, detector, SignalName.SHARED_WORDS) == 0.5  # walnut, shelf; not width, please
    assert value(other, detector, SignalName.SHARED_WORDS) == 0.0
    assert value(third, detector, SignalName.REPLY_BESIDE) == 1.0
    taken_up = ("how wide is the walnut shelf", BotActionKind.ANSWERED, "The walnut shelf is 90 cm wide.")
    assert value(make_view("thanks", taken_up), detector, SignalName.REPLY_BESIDE) < 0.5


def test_a_message_made_of_the_offer_s_words_takes_it_up(make_view: MakeView, detector: Detector) -> None:
    offered = ("it creaks", BotActionKind.OFFERED_PERSON, "Or shall I get you a fitter to talk to?")
    assert value(make_view("fitter it is", offered), detector, SignalName.OFFER_WORDS) == 1.0
    assert value(make_view("how much is a new one", offered), detector, SignalName.OFFER_WORDS) == 0.0


def test_only_the_last_reply_s_offer_is_open(make_view: MakeView, detector: Detector) -> None:
    offered = ("it creaks", BotActionKind.OFFERED_PERSON, "Or shall I get you a fitter to talk to?")
    answered = ("how much is a new one", ANSWERED, "£40.")
    assert value(make_view("yes", answered, offered), detector, SignalName.OFFERED) == 1.0
    assert value(make_view("yes", offered, answered), detector, SignalName.OFFERED) == 0.0
