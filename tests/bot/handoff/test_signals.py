"""Each signal on real sentences with the shipped detector: what raises it and what only looks like it."""

from dataclasses import replace

import pytest

from bot.handoff.decision import decide
from bot.handoff.detector import Detector
from bot.handoff.reasons import WEIGHED, HandoffAction, HandoffReason
from bot.handoff.signal import FULL_COUNT, LIKE, SENSITIVE, Signal, SignalName
from bot.handoff.signals import NOTICEABLE, faqs_tried, read_signals, value_mark
from bot.handoff.view import UNPARTED, BotAction, BotActionKind, DialogueView, Entity, Exchange
from bot.handoff.weights import load_costs, load_weights

from .conftest import CONVERSATIONS, MakeView

ANSWERED, ABSTAINED = BotActionKind.ANSWERED, BotActionKind.ABSTAINED


def value(view: DialogueView, detector: Detector, name: SignalName) -> float:
    return next((signal.value for signal in read_signals(view, detector) if signal.name is name), 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a real person?",
        "agent please",
        "I would rather deal with one of your colleagues",
        "I don't want to talk to you, give me a human",
        "Ich möchte mit einem Menschen sprechen",
        "Je voudrais parler à un conseiller",
        "quiero hablar con una persona",
        "jeg vil gerne snakke med en medarbejder",
        "posso falar com um atendente?",
    ],
)
def test_a_wish_for_a_person_is_seen_in_any_words(text: str, make_view: MakeView, detector: Detector) -> None:
    assert value(make_view(text), detector, SignalName.WISH_FOR_PERSON) >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "does your agent in the shop sell lamps?",
        "is a person needed to sign for it",
        "I don't need to talk to anyone, just cancel it",
        "please don't transfer me to an agent",
        "I spoke to a person yesterday and she said five days",
        "is the top made of real marble",
    ],
)
def test_talk_of_persons_and_agents_is_no_wish(text: str, make_view: MakeView, detector: Detector) -> None:
    assert value(make_view(text), detector, SignalName.WISH_FOR_PERSON) < 0.5


def test_yes_to_the_offer_of_a_person_is_a_wish_and_yes_to_anything_else_is_not(
    make_view: MakeView, detector: Detector
) -> None:
    offered = ("is it oak", BotActionKind.OFFERED_PERSON, "Would you like to talk to a person?")
    asked = ("is it oak", BotActionKind.CLARIFIED, "Do you mean the table?")
    assert value(make_view("yes please", offered), detector, SignalName.WISH_FOR_PERSON) >= 0.9
    assert value(make_view("no thanks", offered), detector, SignalName.WISH_FOR_PERSON) == 0.0
    assert value(make_view("yes please", asked), detector, SignalName.WISH_FOR_PERSON) < 0.5


@pytest.mark.parametrize(
    "text", ["that would be lovely", "go on then", "it still blinks, so yes, hand me over", "if they aren't too busy"]
)
def test_an_offer_is_accepted_in_any_words(text: str, make_view: MakeView, detector: Detector) -> None:
    offered = ("is it oak", BotActionKind.OFFERED_PERSON, "Shall I ask a colleague to join us?")
    assert value(make_view(text, offered), detector, SignalName.WISH_FOR_PERSON) > 0.5


@pytest.mark.parametrize(
    "text", ["not at the moment, I was only wondering", "first tell me how deep it is", "yes, cancel the order"]
)
def test_an_offer_that_is_passed_over_is_no_wish(text: str, make_view: MakeView, detector: Detector) -> None:
    offered = ("is it oak", BotActionKind.OFFERED_PERSON, "Shall I ask a colleague to join us?")
    assert value(make_view(text, offered), detector, SignalName.WISH_FOR_PERSON) < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "I bought the oak shelf in May and one bracket was bent. The new bracket came last week, in black. Mine are "
        "all brass. It is a small thing but it looks odd. Is there anybody I could speak with about it?",
        "We are moving in March. Our lease ends on the 3rd, the new one begins on the 10th. Could one of your "
        "colleagues go through it with me? I have the letters here.",
        "Now the yard is paved and the bench is chosen, but before I order I'd like to talk the wood over with your "
        "joiner, and I would take the cushions along with it.",
    ],
)
def test_a_wish_may_be_one_clause_of_a_long_message(text: str, make_view: MakeView, detector: Detector) -> None:
    view = make_view(text)
    assert value(view, detector, SignalName.WISH_FOR_PERSON) > 0.5
    whole = replace(view, message=replace(view.message, parts=UNPARTED))
    assert value(whole, detector, SignalName.WISH_FOR_PERSON) < value(view, detector, SignalName.WISH_FOR_PERSON)


def test_a_long_message_about_people_is_not_passed_on(make_view: MakeView, detector: Detector) -> None:
    text = (
        "One of your drivers came on Friday. He was very kind and carried it up. My neighbour spoke to him as well. "
        "Do you sell the lamp that matches the desk?"
    )
    assert value(make_view(text), detector, SignalName.WISH_FOR_PERSON) < 0.3
    decision = decide(read_signals(make_view(text), detector), load_weights(), load_costs())
    assert decision.action is not HandoffAction.HAND_OFF


def test_the_button_for_a_person_is_a_wish_whatever_it_says(make_view: MakeView, detector: Detector) -> None:
    assert value(make_view("Hilfe", payload="human"), detector, SignalName.WISH_FOR_PERSON) == 1.0


def test_anger_is_frustration_and_a_calm_report_of_a_bad_event_is_not(make_view: MakeView, detector: Detector) -> None:
    angry = value(make_view("this is ridiculous, I have asked twice now!!"), detector, SignalName.FRUSTRATION)
    calm = value(make_view("my lamp arrived with a cracked shade"), detector, SignalName.FRUSTRATION)
    assert angry > 0.8
    assert calm < 0.2


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


def test_not_helped_names_the_answer_that_failed(make_view: MakeView, detector: Detector) -> None:
    signals = read_signals(make_view("that didn't help", ("returns?", ANSWERED, "30 days.")), detector)
    assert {signal.text for signal in signals if signal.name is SignalName.NOT_HELPED} == {"Return periods"}


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


def test_praise_is_sarcasm_only_after_the_bot_has_spoken(make_view: MakeView, detector: Detector) -> None:
    text = "oh great, very helpful, you are a real genius"
    assert value(make_view(text, ("x", ABSTAINED, "I don't know.")), detector, SignalName.SARCASM) > 0.5
    assert value(make_view(text), detector, SignalName.SARCASM) == 0.0


def test_giving_up_is_resignation_and_dropping_a_detail_is_not(make_view: MakeView, detector: Detector) -> None:
    assert value(make_view("ok forget it"), detector, SignalName.RESIGNATION) > 0.9
    assert value(make_view("never mind the colour, is it in stock"), detector, SignalName.RESIGNATION) < 0.5


@pytest.mark.parametrize(
    ("name", "text", "near_miss"),
    [
        (SignalName.SENSITIVE_SAFETY, "the lamp caught fire", "what fire rating does the fabric have"),
        (SignalName.SENSITIVE_BEREAVEMENT, "my mother passed away last week", "my lamp died after a week"),
        (SignalName.SENSITIVE_LEGAL, "my solicitor will write to you", "I am a lawyer and need a desk lamp"),
        (SignalName.SENSITIVE_FRAUD, "someone used my card on your site", "my card was declined"),
        (SignalName.SENSITIVE_ACCESSIBILITY, "I'm blind and use a screen reader", "do you sell roman blinds"),
        (SignalName.SENSITIVE_PRIVACY, "delete all my personal data", "delete the second lamp from my order"),
    ],
)
def test_sensitive_topics_and_their_near_misses(
    name: SignalName, text: str, near_miss: str, make_view: MakeView, detector: Detector
) -> None:
    assert value(make_view(text), detector, name) >= 0.9
    assert value(make_view(near_miss), detector, name) < 0.5


def test_amounts_and_dates_are_counted_from_text_or_entities(make_view: MakeView, detector: Detector) -> None:
    view = make_view("I paid £312.50 on 3 March and you refunded £180")
    assert value(view, detector, SignalName.FIGURES) == 3.0
    message = replace(make_view("as agreed").message, entities=(Entity("amount", "12"), Entity("date", "3 March")))
    assert value(DialogueView(message), detector, SignalName.FIGURES) == 2.0


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


@pytest.mark.parametrize(
    ("name", "text", "near_miss"),
    [
        (
            SignalName.EXCEPTION_ASKED,
            "I know the 30 days are over but I was in hospital, could you make an exception and still take it back?",
            "how long do I have to send something back?",
        ),
        (
            SignalName.SEVERAL_PROBLEMS,
            "Three problems: the chair came with a broken leg, you charged me twice, and the new one went to my old "
            "address.",
            "which payment methods do you accept and can I pay with a gift card?",
        ),
        (SignalName.SAID_BEFORE, "as I already told you twice, the number is wrong", "I already have a lamp like that"),
        (SignalName.SATISFIED, "great, thanks, that solved it", "that didn't help at all"),
    ],
)
def test_what_a_message_says_and_what_only_sounds_like_it(
    name: SignalName, text: str, near_miss: str, make_view: MakeView, detector: Detector
) -> None:
    assert value(make_view(text), detector, name) > 0.8
    assert value(make_view(near_miss), detector, name) < 0.2


@pytest.mark.parametrize("reason", WEIGHED)
def test_a_message_is_like_those_that_were_passed_on_for_its_reason(
    reason: HandoffReason, make_view: MakeView, detector: Detector
) -> None:
    now, *past = CONVERSATIONS[reason]
    alike = {other: value(make_view(now, *past), detector, name) for other, name in LIKE.items()}
    assert max(alike, key=lambda other: alike[other]) is reason
    assert alike[reason] > 0.8
    assert value(make_view("do you deliver to Norway"), detector, LIKE[reason]) < 0.2


def test_a_raised_voice_is_heard_whatever_it_says(make_view: MakeView, detector: Detector) -> None:
    def strong(text: str) -> float:
        return value(make_view(text), detector, SignalName.STRONG_WORDS)

    assert strong("WHAT ON EARTH IS THIS USELESS RUBBISH???!!!") > strong("THIS LAMP IS SO BEAUTIFUL!!!") > 0.2
    assert strong("you are a useless idiot") > 0.5
    assert strong("my lamp arrived with a cracked shade") == 0.0


def test_satisfaction_may_be_a_button(make_view: MakeView, detector: Detector) -> None:
    answered = ("returns?", ANSWERED, "30 days.")
    assert value(make_view("Yes", answered, payload="helped:yes"), detector, SignalName.SATISFIED) == 1.0
    assert value(make_view("Yes", answered, payload="helped:yes"), detector, SignalName.NOT_HELPED) == 0.0
    assert value(make_view("No", answered, payload="helped:no"), detector, SignalName.NOT_HELPED) == 1.0


def test_what_the_faq_index_says_of_a_message_is_passed_on(make_view: MakeView, detector: Detector) -> None:
    view = make_view("can my company pay by invoice")
    asked = replace(view, message=replace(view.message, faq_probability=0.3, marked_entry="Paying by invoice"))
    marked = next(signal for signal in read_signals(asked, detector) if signal.name is SignalName.MARKED_ENTRY)
    assert (marked.value, marked.text, marked.message_id) == (1.0, "Paying by invoice", "now")
    assert value(asked, detector, SignalName.UNANSWERED) == 0.7
    for name in (SignalName.UNANSWERED, SignalName.MARKED_ENTRY):
        assert value(view, detector, name) == 0.0


@pytest.mark.parametrize(("words", "expected"), [(6, 0.1), (30, 0.5), (60, 1.0), (200, 1.0)])
def test_length_is_counted_in_words(words: int, expected: float, make_view: MakeView, detector: Detector) -> None:
    assert value(make_view(" ".join(["lamp"] * words)), detector, SignalName.LENGTH) == expected


def test_a_long_story_counts_and_a_short_question_does_not(make_view: MakeView, detector: Detector) -> None:
    story = "We ordered a table in May. It came in June with a broken leg. " * 8
    assert value(make_view(story), detector, SignalName.LONG_NARRATIVE) > 0.5
    assert value(make_view("how long is delivery"), detector, SignalName.LONG_NARRATIVE) == 0.0


@pytest.mark.parametrize(("facts", "expected"), [({"vip": "true"}, 1.0), ({"tier": "Gold"}, 1.0), ({"vip": "no"}, 0.0)])
def test_value_marks_come_from_the_facts(facts: dict[str, str], expected: float) -> None:
    assert value_mark(facts) == expected


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
