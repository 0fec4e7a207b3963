"""Whoever is removed, gets a new password or signs out is out at once: requests, and consoles that are open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import websockets

from handoff_api.agents.passwords import hash_password
from handoff_api.conversations.model import Owner
from handoff_api.storage import keys
from handoff_api.storage.agents import Agent
from tests.handoff_api.live import Live, Socket, command

End = Callable[[Live, Agent, httpx.AsyncClient], Awaitable[Any]]


async def _remove(live: Live, agent: Agent, _: httpx.AsyncClient) -> None:
    await live.services.agents.remove(agent)


async def _new_password(live: Live, agent: Agent, _: httpx.AsyncClient) -> None:
    await live.services.agents.set_password(agent, hash_password("another-correct-horse"))


async def _sign_out(_: Live, __: Agent, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/agent/logout")
    assert answer.status_code == 204


async def _until_closed(console: Socket) -> int | None:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await console.until(lambda _: False, timeout=5)
    code: int | None = closed.value.code
    return code


@pytest.mark.parametrize("end", [_remove, _new_password, _sign_out])
async def test_an_ended_login_closes_open_consoles_and_is_refused(live: Live, end: End) -> None:
    client, colleague = await live.agent(), await live.agent("Tom")
    agent = await live.services.agents.by_email("priya@example.com")
    assert agent is not None
    cookie = client.cookies["baton_agent"]
    async with live.console(client) as console, live.console(colleague) as other:
        await console.until(lambda f: f["type"] == "snapshot")
        await other.until(lambda f: f["type"] == "snapshot")
        await end(live, agent, client)
        assert await _until_closed(console) == 4401
        assert console.frames[-1]["code"] == "not_signed_in"
        refused = await live.http.get("/api/agent/me", headers={"cookie": f"baton_agent={cookie}"})
        assert refused.status_code == 401
        await other.send(type="ping")
        await other.until(lambda f: f["type"] == "pong")
    await client.aclose()
    await colleague.aclose()


async def test_an_ended_login_is_noticed_although_the_news_of_it_was_lost(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff_api.agents.socket._LOGIN_CHECK_S", 0.2)
    client = await live.agent()
    async with live.console(client) as console:
        await console.until(lambda f: f["type"] == "snapshot")
        (session,) = await live.services.client.keys(f"{keys.PREFIX}:agent_session:*")
        await live.services.client.delete(session)
        assert await _until_closed(console) == 4401
    await client.aclose()


async def test_what_a_removed_agent_held_goes_back_to_the_queue(live: Live) -> None:
    client = await live.agent()
    cid, _ = await live.visitor()
    await live.services.switchboard.request_human(cid, "h")
    agent = await live.services.agents.by_email("priya@example.com")
    assert agent is not None
    async with live.console(client) as console:
        await console.until(lambda f: f["type"] == "snapshot")
        assert (await command(client, cid, "claim")).status_code == 200
        await live.services.client.hset(keys.LISTENING, "since", 1)  # consoles were heard for long
        await live.services.agents.remove(agent)
        await _until_closed(console)
    async with asyncio.timeout(10):
        while (await live.services.store.get(cid)).owner is not Owner.QUEUE:
            await asyncio.sleep(0.1)
    await client.aclose()


async def test_an_api_token_outlives_a_new_password_but_not_the_account(live: Live) -> None:
    await (await live.agent()).aclose()
    agent = await live.services.agents.by_email("priya@example.com")
    assert agent is not None
    headers = {"authorization": f"Bearer {await live.services.agents.issue_token(agent)}"}
    await live.services.agents.set_password(agent, hash_password("another-correct-horse"))
    assert (await live.http.get("/api/agent/me", headers=headers)).status_code == 200
    await live.services.agents.remove(agent)
    assert (await live.http.get("/api/agent/me", headers=headers)).status_code == 401
