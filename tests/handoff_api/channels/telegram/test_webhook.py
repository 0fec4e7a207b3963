"""Telegram by webhook: the real application behind the address that the fake Bot API calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from handoff_api.app import create_app
from handoff_api.channels.telegram.channel import WEBHOOK_PATH
from handoff_api.services import Services
from handoff_api.settings import Settings, SettingsError, load_settings
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handoff_api.channels.telegram.conftest import ADA, Line, working

SECRET = "s3cret_of-the-webhook"


@dataclass
class Hooked(Line):
    """A line whose messages come by webhook; ``url`` is the application."""

    url: str


@pytest_asyncio.fixture
async def hooked(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram, services: Services
) -> AsyncIterator[Hooked]:
    values = {"telegram_mode": "webhook", "telegram_webhook_secret": SecretStr(SECRET)}
    settings = line_settings[0].model_copy(update=values)
    async with serving(create_app(settings)) as url, working(settings):
        telegram.hosts["https://shop.example"] = url
        caller = asyncio.create_task(telegram.call_webhook())
        yield Hooked(telegram, line_settings[1], services, url)
        caller.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await caller


async def test_it_registers_itself_and_answers(hooked: Hooked) -> None:
    hooked.telegram.says(ADA, "by webhook")
    assert (await hooked.telegram.next_message(ADA, 0)).text == "You said: by webhook"
    assert hooked.telegram.hook == {"url": f"https://shop.example{WEBHOOK_PATH}", "secret_token": SECRET}
    assert hooked.telegram.hook_answers == [200]
    assert "getUpdates" not in {method for method, _ in hooked.telegram.calls}


async def test_an_address_telegram_does_not_take_is_told(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    values = {
        "telegram_mode": "webhook",
        "telegram_webhook_secret": SecretStr(SECRET),
        "public_url": "http://shop.example",
    }
    async with working(line_settings[0].model_copy(update=values)):
        await telegram.until(lambda: "telegram.trouble" in caplog.messages)
    (trouble,) = [vars(record) for record in caplog.records if record.message == "telegram.trouble"]
    assert "An HTTPS URL must be provided" in trouble["why"]
    assert "check BATON_PUBLIC_URL" in trouble["do"]


async def test_an_update_called_twice_is_answered_once(hooked: Hooked) -> None:
    update = hooked.telegram.says(ADA, "/human")
    hooked.telegram.repeat(update)
    hooked.telegram.says(ADA, "end")
    await hooked.telegram.until(lambda: len(hooked.telegram.hook_answers) == 3)
    assert await hooked.said_by_contact() == ["/human", "end"]


@pytest.mark.parametrize("headers", [{}, {"x-telegram-bot-api-secret-token": "guessed"}])
async def test_a_caller_without_the_secret_is_refused(hooked: Hooked, headers: dict[str, str]) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 9, "type": "private"}, "text": "forged"}}
    async with httpx.AsyncClient(base_url=hooked.url) as client:
        answer = await client.post(WEBHOOK_PATH, json=update, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_secret")
        answer = await client.post(WEBHOOK_PATH, content=b"{", headers=headers)
        assert answer.status_code == 401, "before the body is looked at"
    assert await hooked.services.client.keys("baton:address:*") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
async def test_what_is_no_update_is_refused(hooked: Hooked, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=hooked.url) as client:
        headers = {"x-telegram-bot-api-secret-token": SECRET}
        answer = await client.post(WEBHOOK_PATH, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


async def test_an_update_of_an_unknown_kind_is_taken_and_forgotten(hooked: Hooked) -> None:
    async with httpx.AsyncClient(base_url=hooked.url) as client:
        headers = {"x-telegram-bot-api-secret-token": SECRET}
        for update in ({"update_id": 5, "chat_boost": {}}, {"update_id": 6, "message": {"text": 5}}):
            assert (await client.post(WEBHOOK_PATH, json=update, headers=headers)).status_code == 200


async def test_there_is_no_webhook_while_polling(line_settings: tuple[Settings, FakeBot]) -> None:
    async with serving(create_app(line_settings[0])) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.post(WEBHOOK_PATH, json={})).status_code in {404, 405}
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TOKEN": "hunter2"}, "BATON_TELEGRAM_TOKEN: expected the token BotFather gave"),
        ({"TOKEN": TOKEN, "MODE": "push"}, "BATON_TELEGRAM_MODE"),
        ({"TOKEN": TOKEN, "MODE": "webhook"}, "BATON_TELEGRAM_WEBHOOK_SECRET"),
        ({"TOKEN": TOKEN, "MODE": "webhook", "WEBHOOK_SECRET": "ä b"}, "BATON_TELEGRAM_WEBHOOK_SECRET"),
        ({"TOKEN": TOKEN, "MODE": "webhook", "WEBHOOK_SECRET": SECRET}, "BATON_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"BATON_TELEGRAM_{name}", value)
    with pytest.raises(SettingsError, match=named) as refused:
        load_settings()
    assert variables["TOKEN"] not in str(refused.value)
