"""Each signal of one message, with the shipped detector: what raises it and what only looks like it."""

from dataclasses import replace

import pytest

from bot.handoff.decision import decide
from bot.handoff.detector import Detector
from bot.handoff.message_signals import PATTERN_VALUE, wish_for_person
from bot.handoff.reasons import WEIGHED, HandoffAction, HandoffReason
from bot.handoff.signal import LIKE, SignalName
from bot.handoff.signals import read_signals
from bot.handoff.view import UNPARTED, BotAction, BotActionKind, DialogueView, Entity
from bot.handoff.weights import load_costs, load_weights

from .conftest import CONVERSATIONS, MakeView, value

ANSWERED, ABSTAINED = BotActionKind.ANSWERED, BotActionKind.ABSTAINED


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


def test_a_plain_yes_is_granted_whatever_a_reading_says(make_view: MakeView, detector: Detector) -> None:
    offer = BotAction(BotActionKind.OFFERED_PERSON, offered=("Shall I put you through to the sled dogs' kennels?",))
    plain, other = (detector.read(make_view(text).message) for text in ("yep", "will there be snow"))
    assert wish_for_person(plain, (offer,), again=0.0) == PATTERN_VALUE
    assert wish_for_person(other, (offer,), again=0.0) < 0.1


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
