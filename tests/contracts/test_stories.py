"""Every test story of tests/conversations, told to the real bot: understood, acted on and handed off as written."""

from __future__ import annotations

import pytest

from bot.handoff.signal import LIKE, SENSITIVE, SignalName
from handoff_api.conversations.model import HandoffReason
from tests.contracts.running_bot import RunningBot, payloads
from tests.conversations.stories import Story, read_stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

STORIES = read_stories()
# A topic is there from here on, without a doubt.
CLEARLY = 0.9
# What a message can seem to say, and the course of a conversation to show.
NAMES = list(SignalName)
SPEAK_FOR_A_PERSON = {
    *NAMES[: NAMES.index(SignalName.FRUSTRATION_BEFORE)],
    *(SignalName.REPETITION, SignalName.FAILED_ANSWERS, SignalName.FORM_FAILURES, SignalName.OFFERED),
} - {*LIKE.values(), *(SignalName.LENGTH, SignalName.SATISFIED, SignalName.UNANSWERED)}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_is_told_as_written(bot: RunningBot, conversation: str, story: Story) -> None:
    reasons: list[str | None] = []
    for step in story.steps:
        reply = bot.turn(conversation, step.text)
        reasons.append(str(reply.handoff.reason) if reply.handoff else None)
        assert (step.text, reply.trace["intent"]["name"]) == (step.text, step.intent)
        assert (step.text, tuple(reply.trace["actions"])) == (step.text, step.actions)
        # Where the decision is to offer a person, there is a button for it below the answer.
        assert reply.trace["decision"]["action"] != "offer_person" or "human" in payloads(reply)

    assert reasons == [*[None] * (len(story.steps) - 1), story.reason]
    seen = {signal.name: signal.value for signal in reply.signals}
    assert story.shows is None or seen[story.shows] > CLEARLY


def test_there_is_a_story_for_every_reason_inside_a_form_and_outside() -> None:
    # bot_unavailable is the switchboard's own: tests/handoff_api/test_outage.py
    decided = set(HandoffReason) - {HandoffReason.BOT_UNAVAILABLE}
    for inside in (False, True):
        assert {story.reason for story in STORIES if story.inside_form is inside} == {*decided, None}


def test_there_is_a_story_for_every_sensitive_topic() -> None:
    assert {story.shows for story in STORIES if story.reason == HandoffReason.SENSITIVE_TOPIC} == set(SENSITIVE)


def test_there_is_a_near_miss_of_everything_that_speaks_for_a_person() -> None:
    near_misses = [story for story in STORIES if story.looks_like]
    assert {story.looks_like for story in near_misses} == SPEAK_FOR_A_PERSON
    assert not [story.name for story in near_misses if story.reason]
    assert {story.inside_form for story in near_misses} == {False, True}
