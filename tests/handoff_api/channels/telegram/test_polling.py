"""Telegram by long polling: a customer, the bot and an agent, end to end."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from handoff_api import wording
from handoff_api.channels.telegram.api import TelegramApi
from handoff_api.channels.telegram.inbox import Inbox
from handoff_api.channels.telegram.patience import Patience
from handoff_api.channels.telegram.poller import Poller
from handoff_api.conversations.events import AuthorType, EventKind
from handoff_api.conversations.model import Owner
from handoff_api.conversations.moves import Verb
from handoff_api.services import Services
from handoff_api.settings import Settings
from tests.fakes.bot import FakeBot
from tests.fakes.serving import serving
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handoff_api.channels.telegram.conftest import ADA, Line, working


async def test_a_question_is_answered(line: Line) -> None:
    line.telegram.says(ADA, "where is my parcel?")
    assert (await line.telegram.next_message(ADA, 0)).text == "You said: where is my parcel?"
    conversation = await line.conversation()
    assert conversation.contact.name == "Ada No4711"
    assert conversation.locale == "en"
    assert line.bot.turns[0]["messages"][0]["text"] == "where is my parcel?"


async def test_start_is_a_hello(line: Line) -> None:
    line.telegram.says(ADA, "/start shop")
    assert (await line.telegram.next_message(ADA, 0)).text == "You said: Hello"
    (hello,) = [event for event in await line.log() if event.is_contact_message()]
    assert hello.data is not None
    assert hello.data["command"] == "/start shop"


async def test_a_command_is_offered_and_brings_a_person(line: Line) -> None:
    line.telegram.says(ADA, "/human")
    assert (await line.telegram.next_message(ADA, 0)).text == wording.HANDED_OFF
    assert (await line.telegram.next_message(ADA, 1)).text.startswith("Nobody is at the desk right now.")
    assert (await line.telegram.next_message(ADA, 2)).text == "You are next in line."
    assert (await line.conversation()).owner is Owner.QUEUE
    assert {"command": "human", "description": "Talk to a person"} in line.telegram.commands


async def test_the_place_in_line_counts_those_before(line: Line) -> None:
    await line.services.desk.sign_of_life("a-somebody")
    line.telegram.says(1, "/human")
    await line.telegram.next_message(1, 1)
    line.telegram.says(ADA, "/human")
    assert (await line.telegram.next_message(ADA, 1)).text == "You are number 2 in line."
    line.telegram.says(ADA, "are you there?")
    line.telegram.says(ADA, "hello??")
    await asyncio.sleep(0.3)
    assert len(line.telegram.shown(ADA)) == 2, "the place is told once, and the bot is silent in the queue"


async def test_an_agent_answers_closes_and_is_rated(line: Line) -> None:
    line.telegram.says(ADA, "/human")
    await line.telegram.next_message(ADA, 2)
    await line.agent(Verb.CLAIM)
    await line.agent_says("Let me **look** at 1 < 2")
    answer = await line.telegram.next_message(ADA, 3)
    assert answer.text == "Priya <3 & co:\nLet me look at 1 < 2"
    assert ("b", "Priya <3 & co:", "") in answer.entities
    assert ("b", "look", "") in answer.entities

    line.telegram.says(ADA, "thanks!")
    await line.happened(EventKind.MESSAGE_SENT, 6)
    assert (await line.said_by_contact())[-1] == "thanks!"
    await line.agent(Verb.RESOLVE)
    question = await line.telegram.next_message(ADA, 4)
    assert question.titles == [["1", "2", "3", "4", "5"]]
    line.telegram.presses(question, "4")
    assert (await line.telegram.next_message(ADA, 5)).text == wording.THANKS_FOR_RATING
    conversation = await line.conversation()
    assert conversation.rating == {"csat": 4}
    assert conversation.owner is Owner.CLOSED, "a rating does not open it again"

    line.telegram.says(ADA, "one more thing")
    assert (await line.telegram.next_message(ADA, 6)).text == "You said: one more thing"


async def test_no_rating_is_asked_of_who_wrote_on(line: Line) -> None:
    line.telegram.says(ADA, "/human")
    await line.telegram.next_message(ADA, 2)
    await line.agent(Verb.CLAIM)
    line.telegram.flood(ADA, 1)
    await line.agent_says("Goodbye")
    await line.agent(Verb.RESOLVE)
    line.telegram.says(ADA, "wait, something else")
    texts = [(await line.telegram.next_message(ADA, n)).text for n in (3, 4)]
    assert texts == ["Priya <3 & co:\nGoodbye", "You said: wait, something else"]


async def test_an_update_sent_again_is_answered_once(line: Line) -> None:
    update = line.telegram.says(ADA, "only once")
    await line.telegram.next_message(ADA, 0)
    line.telegram.repeat(update)
    line.telegram.says(ADA, "next")
    assert (await line.telegram.next_message(ADA, 1)).text == "You said: next"
    assert line.bot.heard() == ["only once", "next"]


async def test_many_messages_keep_their_order(line: Line) -> None:
    said = [f"line {n}" for n in range(40)]
    for text in said:
        line.telegram.says(ADA, text)
    await line.telegram.until(lambda: line.bot.heard()[-1:] == [said[-1]])
    assert line.bot.heard() == said
    assert await line.said_by_contact() == said


def offering(*buttons: dict[str, str]) -> Any:
    return lambda turn: {"replies": [{"text": "Which one?", "buttons": list(buttons)}]}


async def test_a_pressed_button_is_a_message_with_its_payload(line: Line) -> None:
    payload = "say:" + "a payload far beyond what Telegram allows " * 3
    returns, other = {"title": "Returns", "payload": "faq:returns.how"}, {"title": "Other", "payload": payload}
    line.bot.answer = offering(returns, other)
    line.telegram.says(ADA, "hm")
    message = await line.telegram.next_message(ADA, 0)
    assert message.titles == [["Returns"], ["Other"]]
    line.telegram.presses(message, "Other")
    await line.telegram.until(lambda: len(line.bot.turns) == 2)
    (pressed,) = line.bot.turns[1]["messages"]
    assert (pressed["text"], pressed["payload"]) == ("Other", payload)
    await line.telegram.until(lambda: list(line.telegram.toasts.values()) == ["Other"])


async def test_a_choice_never_offered_is_refused(line: Line) -> None:
    line.telegram.says(ADA, "hm")
    await line.telegram.next_message(ADA, 0)
    short = (await line.conversation()).id[-8:]
    numbers = ["3.0", "99.0", "0.0", "-1.0", "².1", "2", "2.0.0", "9" * 40 + ".0"]
    forged = ["", "human", "task:cancel_order", "x.2.0", *(f"{short}.{number}" for number in numbers)]
    for choice in forged:
        line.telegram.sends_choice(ADA, choice)
    await line.telegram.until(lambda: all(line.telegram.toasts.values()))
    assert list(line.telegram.toasts.values()) == [wording.CHOICE_GONE] * len(forged)
    assert len(line.bot.turns) == 1


async def test_an_edit_is_a_message_that_names_what_it_corrects(line: Line) -> None:
    update = line.telegram.says(ADA, "MF-204581")
    await line.telegram.next_message(ADA, 0)
    line.telegram.edits(update, 1)  # a link preview came: the words are the same
    line.telegram.edits(update, 2, text="MF-204518")
    await line.telegram.next_message(ADA, 1)
    first, second = [event for event in await line.log() if event.is_contact_message()]
    assert second.text == "MF-204518"
    assert second.data is not None
    assert second.data["corrects"] == first.id


async def test_agents_learn_what_cannot_be_shown(line: Line) -> None:
    file = {"file_id": "AgAC", "file_unique_id": "u"}
    line.telegram.says(ADA, photo=[{**file, "file_id": "small"}, file], caption="it broke here")
    line.telegram.says(ADA, document={**file, "file_name": "invoice.pdf", "file_size": 9000})
    line.telegram.says(ADA, voice={**file, "duration": 3})
    line.telegram.says(ADA, location={"latitude": 51.4545, "longitude": -2.5879})
    line.telegram.says(ADA, contact={"phone_number": "+44 20", "first_name": "Bob"})
    line.telegram.says(ADA, sticker={**file, "emoji": "😡", "width": 1, "height": 1})
    line.telegram.says(ADA, poll={"id": "1"})
    line.telegram.says(ADA, pinned_message={"message_id": 1})  # no message of the contact
    line.telegram.says(ADA, "end")
    await line.telegram.until(lambda: line.bot.heard()[-1:] == ["end"])
    events = [event for event in await line.log() if event.is_contact_message()]
    assert [event.text for event in events] == [
        "it broke here\n[photo]",
        "[document invoice.pdf]",
        "[voice message]",
        "[location] 51.45450, -2.58790",
        "[contact card] Bob, +44 20",
        "[sticker] 😡",
        "[poll] (this kind of message cannot be shown here yet)",
        "end",
    ]
    attachments = [event.for_agent()["data"].get("attachments") for event in events]
    assert attachments[0] == [{"kind": "photo", "file_id": "AgAC"}]
    assert attachments[1] == [{"kind": "document", "file_id": "AgAC", "name": "invoice.pdf", "size": 9000}]
    assert attachments[3] == [{"kind": "location", "latitude": 51.4545, "longitude": -2.5879}]


async def test_groups_are_told_to_write_in_private(line: Line) -> None:
    group = {"id": -100123, "type": "supergroup", "title": "Family"}
    line.telegram.says(ADA, "what a lamp", chat=group)
    line.telegram.says(ADA, "/human@marlow_bot", chat=group)
    assert (await line.telegram.next_message(group["id"], 0)).text == wording.PRIVATE_ONLY
    line.telegram.says(ADA, "private")
    await line.telegram.next_message(ADA, 0)
    assert line.bot.heard() == ["private"]
    assert len(line.telegram.shown(group["id"])) == 1


async def test_an_update_that_cannot_be_read_holds_nothing_up(line: Line) -> None:
    line.telegram.repeat({"update_id": 6000, "message": {"message_id": "not a number"}})
    line.telegram.says(ADA, "after it")
    assert (await line.telegram.next_message(ADA, 0)).text == "You said: after it"


# --- sending ---------------------------------------------------------------------------------------------------------
async def test_a_long_answer_comes_in_parts_with_buttons_below_the_last(line: Line) -> None:
    paragraphs = [f"{n}. **Part** {'word ' * 60}with [a link](/help/{n})." for n in range(40)]
    text, button = "\n\n".join(paragraphs), {"title": "More", "payload": "say:more"}
    line.bot.answer = lambda turn: {"replies": [{"text": text, "buttons": [button]}]}
    line.telegram.says(ADA, "tell me everything")
    await line.telegram.until(lambda: [m for m in line.telegram.shown(ADA) if m.buttons])
    parts = line.telegram.shown(ADA)
    assert len(parts) > 2
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    links = [address for part in parts for tag, _, address in part.entities if tag == "a"]
    assert links == [f"https://shop.example/help/{n}" for n in range(40)]
    assert all(part.text.endswith("a link.") for part in parts), "parted between paragraphs"


async def test_telegram_asks_to_wait_and_is_obeyed(line: Line) -> None:
    line.telegram.says(ADA, "hello")
    await line.telegram.next_message(ADA, 0)
    line.telegram.flood(ADA, 1, 0)
    begun = asyncio.get_running_loop().time()
    line.telegram.says(ADA, "and now?")
    assert (await line.telegram.next_message(ADA, 1)).text == "You said: and now?"
    assert asyncio.get_running_loop().time() - begun >= 1


async def test_parts_sent_before_a_failure_are_not_sent_again(line: Line) -> None:
    line.bot.answer = lambda turn: {"replies": [{"text": "\n\n".join(f"{n} " + "x" * 3000 for n in range(3))}]}
    send = line.telegram._sendMessage

    async def flooded_after_the_first(chat_id: int, **message: Any) -> dict[str, Any]:
        if len(line.telegram.shown(ADA)) == 1 and not flooded:
            flooded.append(True)
            line.telegram.flood(ADA, 0)
        return await send(chat_id, **message)

    flooded: list[bool] = []
    line.telegram._sendMessage = flooded_after_the_first  # type: ignore[method-assign]
    line.telegram.says(ADA, "long, please")
    await line.telegram.next_message(ADA, 2)
    assert flooded
    assert [message.text[0] for message in line.telegram.shown(ADA)] == ["0", "1", "2"]


async def test_telegram_fails_and_the_message_still_arrives(line: Line) -> None:
    line.telegram.says(ADA, "first")
    await line.telegram.next_message(ADA, 0)
    await line.telegram.until(lambda: line.telegram.confirmed)
    cid = (await line.conversation()).id
    line.telegram.break_down(502)
    await line.services.switchboard.request_human(cid, "h:1")
    assert (await line.telegram.next_message(ADA, 1)).text == wording.HANDED_OFF


async def test_markup_that_telegram_refuses_is_sent_as_it_was_written(line: Line) -> None:
    line.telegram.dislikes = "strange"
    line.telegram.says(ADA, "**strange** < words")
    answer = await line.telegram.next_message(ADA, 0)
    assert (answer.text, answer.entities) == ("You said: **strange** < words", [])
    await asyncio.sleep(0.2)
    assert len(line.telegram.shown(ADA)) == 1


async def test_a_contact_who_blocked_us_is_noted_for_agents(line: Line) -> None:
    line.telegram.says(ADA, "hello")
    await line.telegram.next_message(ADA, 0)
    line.telegram.blocks(ADA)
    line.telegram.says(ADA, "bye")
    (failed,) = await line.happened(EventKind.DELIVERY_UPDATED)
    answers = [e for e in await line.log() if e.author.type is AuthorType.BOT]
    assert failed.data == {
        "message_id": answers[-1].id,
        "status": "failed",
        "why": "Forbidden: bot was blocked by the user",
    }


# --- trouble ---------------------------------------------------------------------------------------------------------
def troubles(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.message == "telegram.trouble"]


async def test_only_what_is_stored_is_confirmed(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram, services: Services
) -> None:
    """A worker that dies after fetching and before storing loses nothing."""
    settings, bot = line_settings
    update = telegram.says(ADA, "do not lose me")
    api = TelegramApi.at(settings.telegram_api_url, TOKEN)
    fetched = asyncio.Event()

    async def dies_while_storing(_: object) -> None:
        fetched.set()
        await asyncio.sleep(3600)

    poller = asyncio.create_task(Poller(api, services.desk, dies_while_storing, Patience()).run())
    await asyncio.wait_for(fetched.wait(), 5)
    poller.cancel()
    await asyncio.gather(poller, return_exceptions=True)
    await api.close()
    assert telegram.confirmed == []
    async with working(settings):
        await telegram.next_message(ADA, 0)
        await telegram.until(lambda: telegram.confirmed == [update["update_id"]])
    assert bot.heard() == ["do not lose me"]


async def test_of_several_copies_one_polls_and_another_takes_over(
    line_settings: tuple[Settings, FakeBot],
    telegram: FakeTelegram,
    services: Services,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, _ = line_settings
    api = TelegramApi.at(settings.telegram_api_url, TOKEN)
    inbox = Inbox(api, services.switchboard)
    pollers = [Poller(api, services.desk, inbox.take, Patience()) for _ in range(3)]
    tasks = [asyncio.create_task(poller.run()) for poller in pollers]
    telegram.says(ADA, "one")
    await telegram.until(lambda: len(telegram.confirmed) == 1)
    await asyncio.sleep(0.2)
    assert troubles(caplog) == [], "no two of ours ask at once"
    holder = await services.client.get(f"baton:lease:telegram:{api.bot_id}")
    first = next(n for n, poller in enumerate(pollers) if poller._holder == holder)
    tasks[first].cancel()
    telegram.says(ADA, "two")
    await telegram.until(lambda: len(telegram.confirmed) == 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await inbox.close()
    await api.close()


async def test_another_program_that_polls_is_named_in_one_line(
    line_settings: tuple[Settings, FakeBot],
    telegram: FakeTelegram,
    services: Services,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, _ = line_settings
    api = TelegramApi.at(settings.telegram_api_url, TOKEN)
    inbox = Inbox(api, services.switchboard)
    poller = asyncio.create_task(Poller(api, services.desk, inbox.take, Patience(0.02, 0.2)).run())
    await telegram.until(lambda: telegram.calls[-1:] and telegram.calls[-1][0] == "getUpdates")
    other = TelegramApi.at(settings.telegram_api_url, TOKEN)
    await other.call("getUpdates", {"timeout": 0})
    await telegram.until(lambda: troubles(caplog))
    telegram.says(ADA, "still heard")
    await telegram.until(lambda: telegram.confirmed)
    (trouble,) = troubles(caplog)
    assert "terminated by other getUpdates" in trouble["why"]
    assert "stop it, or give Baton a bot of its own" in trouble["do"]
    assert trouble["levelno"] == logging.ERROR
    poller.cancel()
    await asyncio.gather(poller, return_exceptions=True)
    await inbox.close()
    await api.close()
    await other.close()


async def test_a_wrong_token_is_told_once_and_not_written_down(
    settings: Settings, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    telegram = FakeTelegram(revoked=True)
    caplog.set_level(logging.DEBUG, "handoff_api")
    async with serving(telegram.app) as url:
        api = TelegramApi.at(url, TOKEN)
        asking = asyncio.create_task(Patience(0.01, 0.02).until_done(lambda: api.call("getUpdates")))
        await telegram.until(lambda: troubles(caplog))
        await asyncio.sleep(0.2)
        assert len(troubles(caplog)) == 1
        (trouble,) = troubles(caplog)
        assert trouble["why"] == "Unauthorized"
        assert "BATON_TELEGRAM_TOKEN" in trouble["do"]
        assert TOKEN not in json.dumps(troubles(caplog), default=str)
        telegram.revoked = False
        assert await asyncio.wait_for(asking, 5) == []
        await api.close()


async def test_a_webhook_left_behind_is_removed_before_polling(
    line_settings: tuple[Settings, FakeBot], telegram: FakeTelegram
) -> None:
    settings, _ = line_settings
    telegram.hook = {"url": "https://old.example", "secret_token": ""}
    async with working(settings):
        telegram.says(ADA, "hello")
        await telegram.next_message(ADA, 0)
    assert telegram.hook is None
