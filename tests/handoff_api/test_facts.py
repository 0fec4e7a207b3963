"""Facts for the brief: asked of the bot when an agent looks, noted once, and nobody waits for a bot that cannot."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from handoff_api.conversations import facts
from tests.handoff_api.live import Live


def names(message: dict[str, str]) -> list[dict[str, str]]:
    """Every word with a capital is somebody's name."""
    words = [word for word in message["text"].split() if word[0].isupper()]
    return [{"name": "name", "value": word, "message_id": message["id"]} for word in words]


async def say(live: Live, token: str, *texts: str) -> None:
    for text in texts:
        body = {"client_id": str(uuid.uuid4()), "text": text}
        answer = await live.http.post("/api/widget/messages", json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text


async def opens(live: Live, cid: str) -> dict[str, Any]:
    """What an agent sees who opens the conversation."""
    agent = await live.agent()
    whole: dict[str, Any] = (await agent.get(f"/api/agent/conversations/{cid}")).json()
    await agent.aclose()
    return whole


def noted(whole: dict[str, Any]) -> list[str]:
    return [event["data"]["value"] for event in whole["events"] if event["kind"] == "fact.noted"]


async def test_facts_are_noted_with_their_message_when_somebody_looks(live: Live) -> None:
    live.bot.facts = names
    cid, token = await live.visitor()
    await say(live, token, "angry says Ann")
    await live.until_owner(cid, "queue")
    assert live.bot.asked_for_facts == [], "nobody has looked yet"
    whole = await opens(live, cid)

    (fact,) = whole["brief"]["facts"]
    source = next(event for event in whole["events"] if event["id"] == fact["event_id"])
    assert (fact["name"], fact["value"], source["text"]) == ("name", "Ann", "angry says Ann")


async def test_each_message_is_asked_about_once_and_each_fact_noted_once(live: Live) -> None:
    live.bot.facts = names
    cid, token = await live.visitor()
    await say(live, token, "angry says Ann")
    await live.until_owner(cid, "queue")
    first = await opens(live, cid)
    again = await opens(live, cid)
    await say(live, token, "I mean Ann and Bob")
    third, fourth = await asyncio.gather(opens(live, cid), opens(live, cid))

    assert again["total"] == first["total"]
    assert noted(first) == ["Ann"]
    assert noted(await opens(live, cid)) == ["Ann", "I", "Bob"]
    assert third["brief"]["facts"] or fourth["brief"]["facts"]
    assert live.bot.asked_for_facts.count("angry says Ann") == 1


async def test_the_customer_never_sees_a_noted_fact(live: Live) -> None:
    live.bot.facts = names
    cid, token = await live.visitor()
    await say(live, token, "angry says Ann")
    await live.until_owner(cid, "queue")
    await opens(live, cid)
    shown = await live.http.get("/api/widget/events", headers={"authorization": f"Bearer {token}"})

    assert "fact.noted" not in shown.text


@pytest.mark.parametrize("failing", [False, True])
async def test_a_bot_that_finds_no_facts_keeps_nobody_from_reading(
    live: Live, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    monkeypatch.setattr(facts, "_PAUSE_S", 0.0)
    cid, token = await live.visitor()
    await say(live, token, "angry says Ann")
    await live.until_owner(cid, "queue")
    live.bot.failing, live.bot.facts = failing, names if failing else None
    whole = await opens(live, cid)
    live.bot.failing, live.bot.facts = False, names

    assert whole["brief"]["facts"] == []
    assert whole["brief"]["reason_text"] == "Tone rising."
    assert noted(await opens(live, cid)) == ["Ann"], "the next look asks again"


async def test_agents_are_not_kept_waiting_again_and_again_for_a_bot_that_is_away(live: Live) -> None:
    cid, token = await live.visitor()
    await say(live, token, "angry says Ann")
    await live.until_owner(cid, "queue")
    for _ in range(3):
        await opens(live, cid)

    assert live.bot.asked_for_facts == ["angry says Ann"]
