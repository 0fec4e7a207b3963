"""Every test story of tests/conversations, told to the real bot: understood, acted on and handed off as written."""

from __future__ import annotations

import pytest

from handoff_api.conversations.model import HandoffReason
from tests.contracts.running_bot import RunningBot, payloads
from tests.conversations.stories import Story, read_stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

STORIES = read_stories()


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


def test_there_is_a_story_for_every_reason_inside_a_form_and_outside() -> None:
    def inside_form(story: Story) -> bool:
        return any(action.endswith("_form") for step in story.steps for action in step.actions)

    # bot_unavailable is the switchboard's own: tests/handoff_api/test_outage.py
    decided = set(HandoffReason) - {HandoffReason.BOT_UNAVAILABLE}
    assert {story.reason for story in STORIES if not inside_form(story)} == {*decided, None}
    assert {story.reason for story in STORIES if inside_form(story)} == {*decided, None}
