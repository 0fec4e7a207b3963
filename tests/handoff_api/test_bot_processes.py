"""The bot as several processes alike: who is asked, and what happens when one of them is dead, silent or failing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from handoff_api.bot_contract import MatchesRequest, TurnMessage, TurnRequest
from handoff_api.turns import bot as module
from handoff_api.turns.bot import Bot, BotAway, BotDied, BotFailed
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving

NOBODY = "http://127.0.0.1:9"


@dataclass
class Pair:
    """Two processes, and the bot that is asked."""

    bot: Bot
    processes: tuple[FakeBot, FakeBot]
    asked: int = 0
    conversations: list[str] = field(default_factory=lambda: [f"c1-{number}" for number in range(20)])

    async def ask(self, conversation: str) -> str:
        """The words of the reply."""
        self.asked += 1
        message = TurnMessage(id=f"m{self.asked}", text="hello", at="2026-11-22T10:00:00.000Z")
        request = TurnRequest(conversation_id=conversation, turn_id=f"t{self.asked}", epoch=1, messages=[message])
        return (await self.bot.ask(request)).replies[0].text

    def own(self, process: FakeBot) -> list[str]:
        """The conversations that this process was asked about."""
        return sorted({turn["conversation_id"] for turn in process.turns})


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[Pair]:
    processes = FakeBot(), FakeBot()
    async with contextlib.AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(process.app)) for process in processes]
        bot = Bot.at(", ".join(urls), "token", 5.0)
        stack.push_async_callback(bot.close)
        yield Pair(bot, processes)


async def test_a_conversation_keeps_to_one_process(pair: Pair) -> None:
    for _ in range(3):
        for conversation in pair.conversations:
            await pair.ask(conversation)

    one, other = map(pair.own, pair.processes)
    assert len(one) > 4
    assert len(other) > 4
    assert sorted([*one, *other]) == sorted(pair.conversations)


async def test_another_answers_while_its_own_is_busy(pair: Pair) -> None:
    await pair.ask(pair.conversations[0])
    own, other = sorted(pair.processes, key=lambda process: -len(process.turns))
    own.delay_s = 0.3

    await asyncio.gather(*(pair.ask(pair.conversations[0]) for _ in range(8)))

    assert len(other.turns) > 2


async def test_a_dead_process_is_noticed_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    living = FakeBot()
    async with serving(living.app) as url:
        pair = Pair(Bot.at(f"{NOBODY},{url}", "token", 5.0), (living, living))
        for conversation in pair.conversations:
            assert await pair.ask(conversation) == "You said: hello"
        assert await pair.bot.healthy()
        await pair.bot.close()

    (told,) = caplog.records
    assert (told.getMessage(), told.__dict__["bot"]) == ("bot.process_away", "bot-1")
    assert told.__dict__["why"] == "ClientConnectorError"


async def test_searches_are_shared_out(pair: Pair) -> None:
    for process in pair.processes:
        process.matches = lambda text: {text: 1.0}
    words = [f"word {number}" for number in range(20)]
    for text in words:
        await pair.bot.matches(MatchesRequest(text=text, most=1))

    one, other = (set(process.searches) for process in pair.processes)
    assert one | other == set(words)
    assert min(len(one), len(other)) > 4


async def test_a_silent_process_is_passed_over(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.1)
    stopped, running = pair.processes
    stopped.delay_s = 2.0
    hanging = [asyncio.create_task(pair.ask(conversation)) for conversation in pair.conversations]
    await asyncio.sleep(0.3)
    before = len(stopped.turns)
    for conversation in pair.conversations:
        await pair.ask(conversation)

    assert len(stopped.turns) == before
    assert len(running.turns) >= len(pair.conversations)
    await asyncio.gather(*hanging)  # none of them is lost


async def test_one_that_came_back_is_asked_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", module.__name__)
    monkeypatch.setattr(module, "SILENT_S", 0.1)
    slow = pair.processes[0]
    slow.delay_s = 0.5
    hanging = [asyncio.create_task(pair.ask(conversation)) for conversation in pair.conversations]
    await asyncio.sleep(0.2)
    await pair.ask(pair.conversations[0])
    await asyncio.gather(*hanging)
    told = [(record.getMessage(), record.__dict__["bot"]) for record in caplog.records]
    assert told == [("bot.process_away", "bot-1"), ("bot.process_back", "bot-1")]
    slow.delay_s = 0.0
    slow.turns.clear()
    for conversation in pair.conversations:
        await pair.ask(conversation)

    assert slow.turns


async def test_all_away_is_away() -> None:
    bot = Bot.at(f"{NOBODY},http://127.0.0.1:10", "token", 5.0)
    try:
        with pytest.raises(BotAway):
            await Pair(bot, (FakeBot(), FakeBot())).ask("c1-x")
        assert not await bot.healthy()
    finally:
        await bot.close()


async def test_a_turn_that_kills_its_process_is_told_from_a_bot_that_is_away(pair: Pair) -> None:
    for process in pair.processes:
        process.fatal = "hello"
    with pytest.raises(BotDied):
        await pair.ask("c1-x")


async def test_a_turn_that_fails_is_not_tried_on_the_other_at_once(pair: Pair) -> None:
    for process in pair.processes:
        process.failing = True
    with pytest.raises(BotFailed):
        await pair.ask("c1-x")

    assert sum(len(process.turns) for process in pair.processes) == 1
