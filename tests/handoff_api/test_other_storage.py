"""A Redis Cluster and a Sentinel group keep conversations as one server does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff_api.settings import Settings
from tests.handoff_api.live import command, live_switchboard
from tests.redis_groups import cluster, sentinel


@pytest.fixture(params=[cluster, sentinel])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with request.param(tmp_path) as url:
        yield url


async def test_a_conversation_goes_from_bot_to_person_and_back(address: str, tmp_path: Path) -> None:
    settings = Settings(redis_url=address, data_dir=tmp_path, partitions=4, faq_dir=tmp_path)
    async with live_switchboard(settings) as live:
        agent = await live.agent()
        async with live.console(agent) as console:
            cid, token = await live.visitor()
            async with live.widget(token) as widget:
                await widget.say("hello")
                await widget.until_text("echo hello")
                await widget.say("angry about my lamp")
                await console.until(lambda f: f["type"] == "conversation" and f["conversation"]["owner"] == "queue")
                assert (await command(agent, cid, "claim")).status_code == 200
                assert (await command(agent, cid, "messages", text="I am here.")).status_code == 200
                await widget.until_text("I am here.")
                assert (await command(agent, cid, "return")).status_code == 200
                await widget.say("thank you")
                await widget.until_text("echo thank you")
        await agent.aclose()
