"""Agents open what customers send over Telegram: through the switchboard, signed in, and never as a page of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio

from handoff_api.app import create_app
from handoff_api.conversations.events import Event
from handoff_api.conversations.moves import Verb
from handoff_api.settings import Settings
from handoff_api.storage.agents import Role
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handoff_api.channels.telegram.conftest import ADA, Line

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 500


@dataclass
class Desk:
    """An agent's browser."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, cid: str, place: str) -> httpx.Response:
        return await self.http.get(f"/api/agent/conversations/{cid}/files/{place}", headers=self.headers)


@pytest_asyncio.fixture
async def desk(line: Line, line_settings: tuple[Settings, FakeBot]) -> AsyncIterator[Desk]:
    agent = await line.services.agents.add("Priya", "priya@example.com", Role.AGENT, "")
    headers = {"authorization": f"Bearer {await line.services.agents.issue_token(agent)}"}
    async with serving(create_app(line_settings[0])) as url, httpx.AsyncClient(base_url=url) as http:
        yield Desk(http, headers)


async def _sent(line: Line, **content: object) -> tuple[str, int]:
    """Conversation, and seq of the message."""
    line.telegram.says(ADA, **content)  # type: ignore[arg-type]
    await line.telegram.next_message(ADA, 0)
    (event,) = [event for event in await line.log() if event.is_contact_message()]
    return event.conversation_id, event.seq


async def test_a_photo_is_shown_and_cannot_become_a_page(line: Line, telegram: FakeTelegram, desk: Desk) -> None:
    telegram.files["AgAC"] = JPEG
    cid, seq = await _sent(line, photo=[{"file_id": "small"}, {"file_id": "AgAC"}], caption="it broke here")
    answer = await desk.get(cid, f"{seq}/0")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert TOKEN not in str(answer.headers)


async def test_anything_else_is_saved_under_its_name(line: Line, telegram: FakeTelegram, desk: Desk) -> None:
    telegram.files["BQAC"] = b"<script>alert(1)</script>"
    cid, seq = await _sent(line, document={"file_id": "BQAC", "file_name": "Rechnung 7ü.html", "file_size": 25})
    answer = await desk.get(cid, f"{seq}/0")
    assert answer.content == telegram.files["BQAC"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Rechnung%207%C3%BC.html"


async def test_nobody_else_opens_it_and_nothing_else_is_opened(line: Line, telegram: FakeTelegram, desk: Desk) -> None:
    telegram.files["AgAC"] = JPEG
    cid, seq = await _sent(line, photo=[{"file_id": "AgAC"}])
    assert (await desk.http.get(f"/api/agent/conversations/{cid}/files/{seq}/0")).status_code == 401
    for place in (f"{seq}/1", f"{seq}/-1", f"{seq + 1}/0", "0/0", "999/0"):
        answer = await desk.get(cid, place)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file")


async def test_a_file_telegram_does_not_hand_out_says_why(line: Line, telegram: FakeTelegram, desk: Desk) -> None:
    telegram.files["AgAC"] = b"0" * 20_000_001
    cid, seq = await _sent(line, video={"file_id": "AgAC"})
    answer = await desk.get(cid, f"{seq}/0")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_gone")
    assert "file is too big" in answer.json()["message"]
    telegram.break_down(502)
    away = await desk.get(cid, f"{seq}/0")
    assert (away.status_code, away.json()["code"]) == (503, "channel_away")


async def test_images_files_buttons_and_places_reach_the_person_who_has_the_conversation(
    line: Line, telegram: FakeTelegram, desk: Desk
) -> None:
    line.bot.answer = lambda turn: {"replies": [{"text": "Which?", "buttons": [{"title": "A", "payload": "say:a"}]}]}
    telegram.says(ADA, "hello")
    offered = await telegram.next_message(ADA, 0)
    await line.services.switchboard.request_human((await line.conversation()).id, "h")
    await line.agent(Verb.CLAIM)
    turns = len(line.bot.turns)
    telegram.files |= {"AgAC": JPEG, "BQAC": b"%PDF-"}
    telegram.says(ADA, photo=[{"file_id": "AgAC"}], caption="it broke here")
    telegram.says(ADA, document={"file_id": "BQAC", "file_name": "invoice.pdf"})
    telegram.says(ADA, location={"latitude": 51.4545, "longitude": -2.5879})
    telegram.presses(offered, "A")
    cid = (await line.conversation()).id
    sent: list[Event] = []
    async with asyncio.timeout(10):
        while len(sent) < 4:
            await asyncio.sleep(0.02)
            sent = [event for event in await line.log() if event.is_contact_message()][1:]
    assert [event.text for event in sent] == [
        "it broke here\n[photo]",
        "[document invoice.pdf]",
        "[location] 51.45450, -2.58790",
        "A",
    ]
    assert (await desk.get(cid, f"{sent[0].seq}/0")).content == JPEG
    assert (await desk.get(cid, f"{sent[1].seq}/0")).content == b"%PDF-"
    assert sent[3].payload == "say:a"
    assert len(line.bot.turns) == turns, "the bot is told nothing of it"
