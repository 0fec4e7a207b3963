"""When the real bot passes on, with which reason, words and evidence."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from bot.handoff.signal import SignalName
from handoff_api.conversations.model import HandoffReason
from tests.contracts.running_bot import CHECKOUT, SOUND, RunningBot, payloads, texts
from tests.conversations.stories import Story, read_stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

NAMES = list(SignalName)
# Signals that come from earlier messages: SignalName lists them together.
PAST = set(NAMES[NAMES.index(SignalName.FRUSTRATION_BEFORE) : NAMES.index(SignalName.VALUE_MARK)])


@pytest.mark.parametrize(
    "wish", ["I want to talk to a human", "agent please", "can I speak with someone from your team?"]
)
def test_a_wish_for_a_person_is_granted_at_once(bot: RunningBot, conversation: str, wish: str) -> None:
    reply = bot.turn(conversation, wish)

    assert reply.handoff is not None
    assert reply.handoff.reason is HandoffReason.ASKED_FOR_HUMAN
    assert reply.handoff.evidence
    assert reply.handoff.note
    assert "colleague" in texts(reply)


def test_the_button_for_a_person(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "Talk to a person", payload="human")

    assert reply.handoff is not None
    assert reply.handoff.reason is HandoffReason.ASKED_FOR_HUMAN


def test_a_wish_inside_a_form_is_granted_and_ends_the_form(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "I want to return something")
    reply = bot.turn(conversation, "no, let me talk to a person please")
    after = bot.turn(conversation, "hello", epoch=3)

    assert reply.handoff is not None
    assert len(reply.replies) == 1
    assert "order number" not in texts(after)


@pytest.mark.parametrize("nonsense", ["asdf jkl qwerty", "dfgdfg dfg dfg"])
def test_a_plain_new_question_is_answered_whatever_went_before(
    bot: RunningBot, conversation: str, nonsense: str
) -> None:
    for said in ("black and white rug", "cash and carry", nonsense, nonsense):
        bot.turn(conversation, said)
    reply = bot.turn(conversation, "how long do I have to return something?")

    assert reply.handoff is None
    assert reply.replies[0].faq_id == "returns.period"


def test_frustration_is_passed_on_with_its_evidence(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "where is my refund")
    reply = bot.turn(conversation, "this is ridiculous, I have asked twice now and you are no help at all!!")

    assert reply.handoff is not None
    assert reply.handoff.reason in (HandoffReason.FRUSTRATED, HandoffReason.NO_ANSWER)
    assert reply.handoff.evidence
    assert reply.handoff.signals
    assert "colleague" in texts(reply)


def test_of_several_messages_each_that_proves_it_is_evidence(bot: RunningBot, conversation: str) -> None:
    def passed_on(name: str, *said: str) -> list[str]:
        messages = [
            {"id": f"{name}.{n}", "text": text, "at": SOUND["messages"][0]["at"]} for n, text in enumerate(said)
        ]
        answer = bot.post({**SOUND, "conversation_id": name, "messages": messages})
        return [evidence.removeprefix(name) for evidence in answer.json()["handoff"]["evidence"]]

    assert passed_on(f"{conversation}-a", "this is ridiculous, you are absolutely useless!!", "hello?") == [".0", ".1"]
    assert passed_on(f"{conversation}-b", "someone used my card on your site", "please hurry")[:1] == [".0"]


def test_the_flag_of_a_second_question_counts(bot: RunningBot, conversation: str) -> None:
    reply = bot.turn(conversation, "How long do I have to return something? Can I order 80 gift cards for my company?")

    assert reply.handoff is not None
    assert reply.handoff.reason is HandoffReason.REQUESTED_BY_RULE
    assert "gift cards" in reply.handoff.note
    assert reply.trace["faq"]["candidates"][0]["id"] == "returns.period"


def test_a_contact_that_the_website_marks_is_a_valued_one(bot: RunningBot, conversation: str) -> None:
    def marked(epoch: int, **facts: str) -> bool:
        reply = bot.turn(conversation, "how long do I have to return something?", epoch=epoch, facts=facts)
        return SignalName.VALUE_MARK in {signal.name for signal in reply.signals}

    seen = marked(1), marked(1, tier="Gold"), marked(1), marked(3), marked(3, tier="visitor")
    assert seen == (False, True, True, False, False)


@pytest.mark.parametrize("reason", [reason for reason in HandoffReason if reason != HandoffReason.BOT_UNAVAILABLE])
def test_the_customer_reads_words_that_fit_the_reason(
    bot: RunningBot, conversation: str, reason: HandoffReason
) -> None:
    responses = YAML(typ="safe").load((CHECKOUT / "domain.yml").read_text("utf-8"))["responses"]
    story = next(story for story in read_stories() if story.reason == reason)
    reply = [bot.turn(conversation, step.text) for step in story.steps][-1]

    assert texts(reply) == responses[f"utter_handoff_{reason}"][0]["text"]
    assert len({responses[f"utter_handoff_{other}"][0]["text"] for other in HandoffReason}) == len(HandoffReason)


def test_repeats_are_told_with_their_number_and_proven_by_every_message(bot: RunningBot, conversation: str) -> None:
    asked = [
        bot.turn(conversation, "how long do I have to send something back?"),
        bot.turn(conversation, "no, how long do I have to send it back if it was a gift?"),
        bot.turn(conversation, "how long do I have to send a gift back??"),
    ]
    handoff = asked[-1].handoff

    assert handoff is not None
    assert "asked the same thing three times" in handoff.note.lower()
    assert "'How long do I have to return something?' did not help" in handoff.note
    assert len(set(handoff.evidence)) == len(asked)


def test_what_was_tried_is_passed_on(bot: RunningBot, conversation: str) -> None:
    bot.turn(conversation, "How long do I have?", payload="faq:returns.period")
    reply = bot.turn(conversation, "I want a person")

    assert reply.handoff is not None
    assert [tried.id for tried in reply.handoff.faqs_tried] == ["returns.period"]


@pytest.mark.parametrize(("answer", "granted"), [("yes please", True), ("no thanks", False)])
def test_after_an_answer_that_did_not_help_a_person_is_offered_and_the_customer_decides(
    bot: RunningBot, conversation: str, answer: str, granted: bool
) -> None:
    bot.turn(conversation, "How long do I have?", payload="faq:returns.period")
    offer = bot.turn(conversation, "That didn't help", payload="helped:no")
    decided = bot.turn(conversation, answer)

    assert offer.handoff is None
    assert "pass you to a person?" in texts(offer)
    assert payloads(offer) == ["human", "say:No, thanks"]
    assert (decided.handoff is not None) is granted
    if decided.handoff:
        assert decided.handoff.reason is HandoffReason.ASKED_FOR_HUMAN
        assert [tried.id for tried in decided.handoff.faqs_tried] == ["returns.period"]


@pytest.mark.parametrize("story", [story for story in read_stories() if story.reason], ids=lambda story: story.name)
def test_after_the_return_to_the_bot_what_led_to_the_handoff_is_spent(
    bot: RunningBot, conversation: str, story: Story
) -> None:
    handed = [bot.turn(conversation, step.text) for step in story.steps][-1]
    # Claimed and returned: two changes of owner.
    answered = bot.turn(conversation, "How long do I have?", payload="faq:returns.period", epoch=3)
    again = [bot.turn(conversation, step.text, epoch=3) for step in story.steps][-1]

    assert handed.handoff is not None
    assert answered.handoff is None
    assert answered.replies[0].faq_id == "returns.period"
    assert not {signal.name for signal in answered.signals} & PAST
    # A second handoff of the same customer works like the first.
    assert again.handoff is not None
    assert again.handoff.reason == story.reason
