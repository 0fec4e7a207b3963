"""A customer and an agent, each in a browser, play the whole loop on everything that `script/server` starts.

The pictures of the README come from here, where ``BATON_TEST_SCREENSHOTS=docs/images`` says where to put them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.end_to_end.baton_up import Baton, until
from tests.end_to_end.web.conftest import BROWSERS, QUIET
from tests.end_to_end.web.pages import Console, Widget

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on the PATH; expected one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu", *QUIET])
        yield browser
        browser.close()


def test_the_whole_loop(baton: Baton, browser: Browser, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{baton.environment['BATON_PORT']}"
    pictures = Path(os.environ.get("BATON_TEST_SCREENSHOTS", tmp_path))
    console = _sign_in(browser, url, *baton.login())
    shop = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    shop.set_default_timeout(15_000)
    shop.goto(url + "/")
    widget = Widget(shop).open()

    # 1. A routine question, and the same in quite other words.
    widget.say("how long do I have to send something back?")
    widget.expect_text("30 days")
    widget.say("can I bring a lamp back after three weeks")
    expect(widget.root.locator("li.message .bubble", has_text="30 days")).to_have_count(2)

    # 2. The order's number is asked for once, then the shop's data answers.
    widget.say("where is my order?")
    widget.expect_text("order number?")
    widget.say("204518")
    widget.expect_text("Order MF-204518 is on its way")

    # 3. Outside the FAQ: the nearest questions, or a person.
    widget.say("do you have a recipe for sourdough bread?")
    expect(widget.root.get_by_role("button", name="Talk to a person").last).to_be_visible()
    shop.screenshot(path=pictures / "widget.png")

    # 6. (at any point) Reloading loses nothing.
    said = widget.texts()
    shop.reload()
    expect(widget.root.locator("li.message .bubble").nth(len(said) - 1)).to_be_visible()
    assert widget.texts() == said

    # 4. Frustration is heard; the customer is told the truth, with the place in line.
    widget.say("this is ridiculous, I have asked twice now")
    expect(widget.status).to_contain_text("next in line")

    # 5. The agent sees it at once, with the reason, the evidence and every message.
    card = console.card(widget)
    expect(card.locator(".badge")).to_have_text(["Frustrated"])
    card.click()
    expect(console.header).to_contain_text(re.compile(r"complete, (\d+) of \1\b"))
    for text in ("how long do I have to send something back?", "204518", "this is ridiculous, I have asked twice now"):
        expect(console.transcript).to_contain_text(text)
    expect(console.transcript.locator(".entry.evidence")).to_contain_text(["this is ridiculous"])
    console.claim()
    expect(widget.status).to_contain_text("Admin")
    widget.field.press_sequentially("hello")
    expect(console.page.get_by_text("typing")).to_be_visible()
    widget.field.fill("")
    console.reply("Hello, I am sorry about that. I have your order here.")
    widget.expect_text("I am sorry about that")
    console.page.screenshot(path=pictures / "console.png")
    before = len(widget.texts())
    widget.say("thank you, that helps")
    expect(console.transcript).to_contain_text("thank you, that helps")
    console.page.reload()
    expect(console.transcript).to_contain_text("thank you, that helps")
    assert len(widget.texts()) == before + 1, "the bot is silent while a person has the conversation"
    console.act("Resolve")

    # The customer rates, and goes on with the bot in the same thread.
    widget.root.get_by_role("radio", name=re.compile("5")).or_(
        widget.root.get_by_role("button", name=re.compile(r"\b5\b"))
    ).first.click()
    widget.say("which payment methods do you accept?")
    widget.expect_text("Klarna")
    expect(widget.log).to_contain_text("how long do I have to send something back?")


def test_one_of_the_bots_processes_dying_is_not_noticed(baton: Baton, browser: Browser) -> None:
    shop = browser.new_context(locale="en-GB").new_page()
    shop.goto(f"http://127.0.0.1:{baton.environment['BATON_PORT']}/")
    widget = Widget(shop).open()
    widget.say("how long do I have to send something back?")
    widget.expect_text("30 days")
    spoken = {"bot-1": ("which payment methods do you accept?", "Klarna"), "bot-2": ("where is my order?", "number?")}
    for name, (question, answer) in spoken.items():
        os.kill(baton.pids()[name], signal.SIGKILL)
        widget.say(question)
        widget.expect_text(answer)
        assert f"{name} is back" not in baton.output
        assert until(lambda back=f"{name} is back": back in baton.output, 60), baton.output  # type: ignore[misc]
    expect(widget.log).not_to_contain_text("longer than usual")


WHY = {
    "No answer helped": (
        "how long do I have to send something back?",
        "how long do I have to send it back if it was a gift, I meant",
        "I mean how long do I have to send a gift back",
    ),
    "Too complex": (
        "Three problems: the chair came with a broken leg, you charged me twice for it, £89 on 3 May and £89 on 5 May, "
        "and the replacement went to my old address.",
    ),
    "Rule": ("can my company buy gift cards for our staff?",),
    "Asked for a person": ("I would rather talk to one of your colleagues",),
    "Sensitive topic": ("the lamp gave my son an electric shock",),
}
TOLD = {
    # Which of the two weighs more, and so comes first, is learned.
    "No answer helped": re.compile(
        r"(?=.*'How long do I have to return something\?' did not help)(?=.*[Aa]sked the same thing three)"
    ),
    "Too complex": re.compile("several problems at once"),
    "Rule": re.compile("'Can my company buy gift cards for staff or clients\\?', which always goes to a person"),
    "Asked for a person": "Asked for a person.",
    "Sensitive topic": "Speaks of a product that may be unsafe or has hurt somebody.",
}
# The measurement that decided, and its name in the console.
DECISIVE = {
    "Asked for a person": ("wish_for_person", "Wants a person"),
    "Sensitive topic": ("sensitive_safety", "Safety"),
}


@pytest.mark.parametrize("reason", WHY)
def test_the_console_explains_why(baton: Baton, browser: Browser, reason: str) -> None:
    url = f"http://127.0.0.1:{baton.environment['BATON_PORT']}"
    console = _sign_in(browser, url, *baton.login())
    shop = browser.new_context(locale="en-GB").new_page()
    shop.goto(url + "/")
    widget = Widget(shop).open()
    for number, text in enumerate(WHY[reason]):
        widget.say(text)
        expect(widget.root.locator("li.message.bot").nth(number)).to_be_visible(timeout=15_000)
    expect(widget.status).to_contain_text("in line", timeout=15_000)

    console.card(widget).click()
    brief = console.brief
    expect(brief.locator(".reason")).to_have_text(reason)
    expect(brief.locator(".sentence")).to_have_text(TOLD[reason])
    # The messages that prove it, marked in the conversation, one press away.
    expect(brief.locator(".quote")).to_have_text(list(WHY[reason]))
    expect(console.transcript.locator(".entry.evidence")).to_have_count(len(WHY[reason]))
    brief.locator(".quote").last.click()
    expect(console.page.locator(":focus")).to_contain_text(WHY[reason][-1])
    expect(brief.get_by_role("heading", name="What was measured")).to_be_visible()
    expect(brief.locator(".signals dt").first).to_be_visible()
    if reason in DECISIVE:
        name, word = DECISIVE[reason]
        whole = console.page.request.get(f"{url}/api/agent/conversations/{widget.conversation_id()}").json()
        values = {signal["name"]: signal["value"] for signal in whole["conversation"]["handoff"]["signals"]}
        row = brief.locator(".signals > div").filter(has=console.page.get_by_text(word, exact=True))
        expect(row.locator("dd")).to_have_text(f"{int(100 * values[name] + 0.5)} %")
        assert values[name] > 0.9
    if reason == "No answer helped":
        expect(brief.get_by_role("heading", name="Answers tried")).to_be_visible()
        expect(brief).to_contain_text("How long do I have to return something?")
    if reason == "Too complex":
        expect(brief.locator(".facts").first).to_contain_text("£89")
        brief.get_by_role("button", name="source of Amount £89").click()
        expect(console.page.locator(":focus")).to_contain_text("charged me twice")


def _sign_in(browser: Browser, url: str, email: str, password: str) -> Console:
    page: Page = browser.new_context(viewport={"width": 1400, "height": 860}, locale="en-GB").new_page()
    page.set_default_timeout(15_000)
    page.goto(url + "/console")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue").wait_for()
    return Console(page)
