"""The whole loop over Telegram: the real assistant behind everything `script/server` starts, a strict local Bot API."""

from __future__ import annotations

import asyncio
import signal
import uuid
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.baton_up import Baton, fresh_environment
from tests.fakes.serving import serving
from tests.fakes.telegram import TOKEN, FakeTelegram, Message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
ADA = 4711


class Phone:
    """The customer's end: what was shown since they last looked."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        self.looked_at = 0

    def writes(self, text: str) -> None:
        self.telegram.says(ADA, text=text)

    async def shows(self, text: str) -> Message:
        def found() -> Message | None:
            fresh = self.telegram.shown(ADA)[self.looked_at :]
            return next((message for message in fresh if text in message.text), None)

        message: Message = await self.telegram.until(found, text, within_s=20)
        self.looked_at = self.telegram.shown(ADA).index(message) + 1
        return message

    async def presses(self, title: str) -> None:
        """Press the newest button of this title, once it is there."""

        def found() -> Message | None:
            fitting = (m for m in reversed(self.telegram.shown(ADA)) if any(title in row for row in m.titles))
            return next(fitting, None)

        self.telegram.presses(await self.telegram.until(found, title, within_s=20), title)


async def test_the_same_works_over_telegram(tmp_path: Path) -> None:
    telegram = FakeTelegram()
    async with serving(telegram.app) as telegram_url:
        environment = fresh_environment(tmp_path) | {
            "BATON_TELEGRAM_TOKEN": TOKEN,
            "BATON_TELEGRAM_API_URL": telegram_url,
        }
        baton = Baton(environment)
        try:
            await asyncio.to_thread(baton.until_ready)
            url = f"http://127.0.0.1:{environment['BATON_PORT']}"
            async with httpx.AsyncClient(base_url=url, timeout=20) as agent:
                await _play(Phone(telegram), agent, *baton.login())
        finally:
            await asyncio.to_thread(baton.end, signal.SIGTERM)


async def _play(phone: Phone, agent: httpx.AsyncClient, email: str, password: str) -> None:
    assert (await agent.post("/api/agent/login", json={"email": email, "password": password})).status_code == 200
    await agent.post("/api/agent/presence")

    phone.writes("how long do I have to send something back?")
    await phone.shows("30 days")
    phone.writes("where is my order?")
    await phone.shows("order number")
    phone.writes("204518")
    await phone.shows("Order MF-204518 is on its way")
    phone.writes("do you have a recipe for sourdough bread?")
    await phone.presses("Talk to a person")
    await phone.shows("colleague")

    waiting = (await agent.get("/api/agent/queue")).json()["conversations"]
    assert [(c["channel"], c["handoff"]["reason"]) for c in waiting] == [("telegram", "asked_for_human")]
    cid = waiting[0]["id"]
    whole = (await agent.get(f"/api/agent/conversations/{cid}")).json()
    assert whole["total"] == len(whole["events"])
    written = [e["text"] for e in whole["events"] if e["author"]["type"] == "contact" and "text" in e]
    assert written[:3] == ["how long do I have to send something back?", "where is my order?", "204518"]

    async def command(verb: str, **more: str) -> None:
        body = {"command_id": str(uuid.uuid4()), **more}
        answer = await agent.post(f"/api/agent/conversations/{cid}/{verb}", json=body)
        assert answer.status_code == 200, answer.text

    await command("claim")
    await command("messages", text="Hello, I am here now.")
    shown = await phone.shows("Hello, I am here now.")
    assert "Admin" in shown.text
    before = len(phone.telegram.shown(ADA))
    phone.writes("thank you")
    await asyncio.sleep(1.5)
    assert len(phone.telegram.shown(ADA)) == before, "the bot is silent while a person has the conversation"
    await command("resolve")
    await phone.presses("5")

    async def rated() -> object:
        return (await agent.get(f"/api/agent/conversations/{cid}")).json()["conversation"].get("rating")

    async with asyncio.timeout(20):
        while await rated() != {"csat": 5}:
            await asyncio.sleep(0.1)
    phone.looked_at = len(phone.telegram.shown(ADA))
    phone.writes("which payment methods do you accept?")
    await phone.shows("Klarna")
