"""What the console offers for a reply: saved replies and the FAQ's answers, by words and by meaning."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from handoff_api.bot_contract import MatchesReply, MatchesRequest
from handoff_api.content import FaqTitles
from handoff_api.settings import Settings
from handoff_api.suggestions import Kind, Matcher, Suggestions
from tests.handoff_api.live import Live

FAQ = """
topic: shop
title: The shop
entries:
  - id: shop.period
    question: How long do I have to return something?
    wordings: [too late to send it back, return window, days for a return, until when can I bring it back]
    answer: |
      You have **30 days**.
  - id: shop.gifts
    question: How do I buy a gift card?
    wordings: [voucher for a friend, present card, buy a voucher, gift voucher]
    answer: In the shop or online.
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A small FAQ and two saved replies."""
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "shop.yml").write_text(FAQ)
    replies = tmp_path / "replies.yml"
    replies.write_text("- title: Hello\n  text: Hello {customer}\n- title: Photo\n  text: Please send a photo\n")
    return tmp_path / "faq", replies


class NoBot(Exception):
    """There is none."""


class Away:
    """A bot that cannot be reached; counts how often it was tried."""

    tried = 0

    async def matches(self, request: MatchesRequest) -> MatchesReply:
        self.tried += 1
        raise NoBot


class Slow(Away):
    """One that takes its time."""

    async def matches(self, request: MatchesRequest) -> MatchesReply:
        self.tried += 1
        await asyncio.sleep(60)
        return MatchesReply()


def suggestions_of(faq: Path, replies: Path, bot: Matcher | None = None) -> Suggestions:
    return Suggestions(FaqTitles(faq), replies, bot or Away(), (NoBot,))


async def test_answers_are_found_by_other_words_and_in_spite_of_a_slip(files: tuple[Path, Path]) -> None:
    suggestions = suggestions_of(*files)
    for words in ("voucher", "vouchr", "GIFT card"):
        (first, *_) = await suggestions.find(words, 5)
        assert (first.id, first.kind, first.text) == ("shop.gifts", Kind.FAQ, "In the shop or online."), words
    assert await suggestions.find("xqzv", 5) == []


async def test_without_words_the_saved_replies_come_in_their_order(files: tuple[Path, Path]) -> None:
    assert [one.title for one in await suggestions_of(*files).find("  ", 5)] == ["Hello", "Photo"]


async def test_an_edit_is_there_at_once_and_a_broken_file_changes_nothing(files: tuple[Path, Path]) -> None:
    faq, replies = files
    suggestions = suggestions_of(faq, replies)
    assert await suggestions.find("photo", 5)
    replies.write_text("- title: Label\n  text: Please send the label\n")
    os.utime(replies, ns=(1, 1))
    assert [one.title for one in await suggestions.find("label", 5)] == ["Label"]
    for number, broken in enumerate(("- title: [", "- title: only", "just text"), start=2):
        replies.write_text(broken)
        os.utime(replies, ns=(number, number))
        assert [one.title for one in await suggestions.find("", 5)] == ["Label"], broken
        assert (await suggestions.find("voucher", 5))[0].id == "shop.gifts"


async def test_titles_and_suggestions_come_from_one_reading_that_edits_renew(files: tuple[Path, Path]) -> None:
    faq, replies = files
    titles = FaqTitles(faq)
    suggestions = Suggestions(titles, replies, Away(), (NoBot,))
    await titles.load()
    assert titles["shop.gifts"] == "How do I buy a gift card?"
    assert titles.entries() is titles.entries(), "read once"
    file = faq / "shop.yml"
    file.write_text(FAQ.replace("How do I buy a gift card?", "Do you sell gift cards?"))
    os.utime(file, ns=(1, 1))
    assert (await suggestions.find("voucher", 5))[0].title == "Do you sell gift cards?"
    assert titles["shop.gifts"] == "Do you sell gift cards?"


async def test_no_replies_are_no_fault(files: tuple[Path, Path]) -> None:
    faq, replies = files
    replies.unlink()
    assert await suggestions_of(faq, replies).find("", 5) == []


async def test_only_agents_may_search(live: Live) -> None:
    assert (await live.http.get("/api/agent/suggestions", params={"words": "return"})).status_code == 401
    agent = await live.agent()
    found = (await agent.get("/api/agent/suggestions", params={"words": "return"})).json()["suggestions"]
    assert found
    assert {key for one in found for key in one} == {"id", "kind", "title", "text"}
    await agent.aclose()


@pytest.mark.parametrize("bot", [Away(), Slow()])
async def test_without_the_bot_words_are_enough_and_nobody_waits_twice(files: tuple[Path, Path], bot: Away) -> None:
    suggestions = suggestions_of(*files, bot)
    for _ in range(3):
        assert (await suggestions.find("gift card", 5))[0].id == "shop.gifts"
    assert bot.tried == 1


@pytest.fixture
def faq(settings: Settings) -> None:
    """The FAQ of the running switchboard."""
    (settings.faq_dir / "shop.yml").write_text(FAQ)


async def found_by(live: Live, words: str) -> list[str]:
    agent = await live.agent()
    found = (await agent.get("/api/agent/suggestions", params={"words": words})).json()["suggestions"]
    await agent.aclose()
    return [one["id"] for one in found if one["kind"] == "faq"]


async def test_what_means_the_same_in_other_words_comes_first(faq: None, live: Live) -> None:
    words = "buy it as a surprise and post it off again a fortnight later"
    live.bot.matches = lambda text: {"shop.period": 0.9, "shop.gifts": 0.05, "not.in_the_files": 1.0}

    assert await found_by(live, words) == ["shop.period", "shop.gifts"]
    assert live.bot.searches == [words]


async def test_a_bot_that_knows_no_faq_leaves_the_words(faq: None, live: Live) -> None:
    words = "buy it as a surprise and post it off again a fortnight later"

    assert await found_by(live, words) == ["shop.gifts", "shop.period"]
    assert live.bot.searches == [words]
