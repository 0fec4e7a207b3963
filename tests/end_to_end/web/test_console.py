"""The agent console in a real browser, with a customer in a second one."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.end_to_end.web.pages import PASSWORD, Console, Visits, Widget
from tests.end_to_end.web.processes import Running

pytestmark = pytest.mark.browser


@pytest.fixture
def priya(visits: Visits) -> Console:
    """Priya's console."""
    return Console(visits.console("Priya"))


def test_a_wrong_password_is_said_in_words_and_the_right_one_goes_on(visits: Visits) -> None:
    page = visits.page(visits.context(), "/console")
    page.get_by_label("E-mail").fill("priya@example.com")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This e-mail address and password do not belong together.")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Baton")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to Baton")).to_be_visible()


def hand_off(widget: Widget) -> None:
    """From the first question to the place in line."""
    widget.say("how long do I have to send something back?")
    widget.expect_text("30 days")
    widget.say("my order is MF-204518")
    widget.expect_text("arrives on Thursday")
    widget.say("this is ridiculous, I have asked twice now")
    widget.expect_text("A colleague takes over now")


def test_the_agent_sees_the_whole_conversation_and_why_it_comes(priya: Console, widget: Widget) -> None:
    hand_off(widget)
    card = priya.card(widget)
    expect(card).to_contain_text("this is ridiculous, I have asked twice now")
    expect(card.locator(".badge")).to_have_text(["Frustrated"])
    card.click()
    expect(priya.header).to_contain_text(re.compile(r"complete, (\d+) of \1\b"))
    expect(priya.transcript).to_contain_text("how long do I have to send something back?")
    evidence = priya.transcript.locator(".entry.evidence")
    expect(evidence).to_have_count(1)
    expect(evidence).to_contain_text("this is ridiculous")
    expect(priya.brief).to_contain_text("Asked the same thing twice; the answer 'Returns' did not help; tone rising.")
    expect(priya.brief.locator(".signals")).to_contain_text("Frustration")
    expect(priya.brief.locator(".signals")).to_contain_text("91 %")
    expect(priya.brief.locator(".facts").first).to_contain_text("MF-204518")
    priya.brief.get_by_role("button", name="source of Order number MF-204518").click()
    expect(priya.page.locator(":focus")).to_contain_text("my order is MF-204518")


def test_a_conversation_with_a_person_from_claim_to_rating(priya: Console, widget: Widget) -> None:
    hand_off(widget)
    priya.open(widget).claim()
    widget.expect_text("Priya joined")
    expect(widget.status).to_have_text("You are talking with Priya")
    widget.field.press_sequentially("still")
    expect(priya.page.locator(".typing")).to_contain_text("is typing")
    priya.field.press_sequentially("Hello")
    expect(widget.root.locator(".typing")).to_contain_text("Priya is typing")
    priya.reply("Hello, I am Priya. It is **with the driver**.")
    expect(widget.root.locator("li.agent .author")).to_have_text("Priya")
    expect(widget.root.locator("li.agent strong")).to_have_text("with the driver")
    expect(priya.transcript.locator(".read")).to_contain_text("Read by the customer")

    # The bot stays silent.
    widget.say("hello? echo?")
    expect(priya.transcript).to_contain_text("hello? echo?")
    widget.page.wait_for_timeout(700)
    assert "You wrote" not in widget.log.inner_text()

    # She closes it; the customer rates and goes on with the bot in the same thread.
    priya.act("Resolve")
    expect(widget.root.get_by_text("How did we do?")).to_be_visible()
    widget.root.get_by_role("radio", name="4 of 5").check(force=True)
    widget.root.get_by_label("Anything to add? (optional)").fill("quick")
    widget.root.get_by_role("button", name="Send rating").click()
    expect(priya.transcript).to_contain_text("The customer rated 4 of 5: “quick”")
    expect(widget.root.get_by_text("How did we do?")).to_have_count(0)
    widget.say("echo and now?")
    widget.expect_text("You wrote: echo and now?")
    expect(widget.status).to_have_text("You are talking with our assistant")

    # A reload of either page loses nothing.
    before = widget.texts()
    widget.page.reload()
    widget.expect_text("You wrote: echo and now?")
    assert widget.texts() == before
    seen = priya.transcript.locator(".entry .bubble").all_inner_texts()
    priya.page.reload()
    expect(priya.transcript.locator(".entry .bubble")).to_have_count(len(seen))
    assert priya.transcript.locator(".entry .bubble").all_inner_texts() == seen


def test_an_answer_is_found_and_put_into_the_reply(priya: Console, widget: Widget) -> None:
    widget.say("a person please, about my return")
    expect(widget.status).to_contain_text("in line")
    priya.open(widget).claim()
    priya.page.keyboard.press("a")
    answers = priya.page.locator(".answers")
    search = answers.get_by_label("Search answers and replies")
    expect(search).to_be_focused()
    at_end = "box => box.scrollHeight - box.scrollTop - box.clientHeight < 2"
    answers.get_by_role("heading", name="Replies").wait_for()
    assert priya.page.locator(".conversation .scroll").evaluate(at_end)
    expect(answers.get_by_role("heading", name="Fits what they wrote")).to_be_visible()
    answers.get_by_role("button", name="Hello, I have read everything").click()
    expect(priya.field).to_have_value(re.compile("^Hello, this is Priya. I have read everything above"))
    expect(priya.field).to_be_focused()
    expect(answers).to_have_count(0)
    # A second one goes below the first, by keyboard alone.
    priya.page.get_by_role("button", name="Answers").press("Enter")
    search.fill("return period")
    expect(answers.get_by_role("button").first).to_contain_text("How long do I have to return something?")
    search.press("Enter")
    expect(priya.field).to_have_value(re.compile(r"look into it\.\nYou have \*\*30 days\*\*"))
    priya.page.keyboard.press("Enter")
    expect(widget.root.locator("li.agent strong")).to_have_text("30 days")
    priya.page.get_by_role("button", name="Answers").click()
    search.fill("xqzv")
    expect(answers).to_contain_text("Nothing fits these words.")
    search.press("Escape")
    expect(priya.field).to_be_focused()
    priya.act("Resolve")


def test_a_private_note_stays_private(priya: Console, widget: Widget) -> None:
    widget.ask_for_person()
    priya.open(widget).claim()
    priya.page.get_by_role("button", name="Private note").click()
    priya.reply("Do not tell: margin is 60 %")
    note = priya.transcript.locator(".entry.note")
    expect(note).to_contain_text("Do not tell: margin is 60 %")
    expect(note).to_contain_text("private note")
    priya.page.get_by_role("button", name="Reply").click()
    priya.reply("I am looking into it")
    widget.expect_text("I am looking into it")
    assert "margin" not in widget.page.content() + widget.log.inner_text()
    widget.page.reload()
    widget.expect_text("I am looking into it")
    assert "margin" not in widget.log.inner_text()
    priya.act("Resolve")


def test_the_one_who_comes_second_is_told_who_was_first(priya: Console, visits: Visits, widget: Widget) -> None:
    tom = Console(visits.console("Tom"))
    widget.ask_for_person()
    for console in (priya, tom):
        console.open(widget)
    expect(priya.header).to_contain_text("Tom is also looking")
    # Tom's page does not hear of it in time: his claim goes out although Priya has the conversation.
    tom.page.route("**/claim", lambda route: (priya.claim(), route.continue_()))
    tom.header.get_by_role("button", name="Claim").click()
    expect(tom.notices).to_contain_text("Already claimed by Priya")
    expect(tom.header).to_contain_text("With Priya")
    expect(tom.page.locator("baton-composer")).to_contain_text("Priya has this conversation")
    priya.act("Resolve")


def test_a_transfer_reaches_the_colleague_with_its_note(priya: Console, visits: Visits, widget: Widget) -> None:
    tom = Console(visits.console("Tom"))
    widget.ask_for_person()
    priya.open(widget).claim()
    priya.act("Transfer")
    dialog = priya.page.get_by_role("dialog")
    dialog.get_by_label("Colleague").select_option(label="Tom")
    dialog.get_by_label("Private note (optional)").fill("He knows the lamps")
    dialog.get_by_role("button", name="Transfer").click()
    expect(priya.header).to_contain_text("With Tom")
    tom.show("Mine")
    tom.open(widget)
    expect(tom.transcript).to_contain_text("Priya passed it to Tom")
    expect(tom.transcript.locator(".entry.note")).to_contain_text("He knows the lamps")
    expect(widget.status).to_have_text("You are talking with Tom")
    tom.act("Return to assistant")
    expect(widget.status).to_have_text("You are talking with our assistant")
    widget.say("echo, you again")
    widget.expect_text("You wrote: echo, you again")


def test_releasing_gives_the_customer_back_to_the_queue(priya: Console, widget: Widget) -> None:
    widget.ask_for_person()
    priya.open(widget).claim()
    priya.act("Release")
    expect(widget.status).to_contain_text("in line")
    widget.expect_text("Priya left. You are back in line.")
    expect(priya.header.get_by_role("button", name="Claim")).to_be_visible()


def test_the_keyboard_walks_claims_and_writes(priya: Console, visits: Visits) -> None:
    customers = [Widget(visits.shop()).open() for _ in range(2)]
    for customer in customers:
        customer.ask_for_person()
    keyboard = priya.page.keyboard
    expect(priya.cards.nth(1)).to_be_visible()
    current = priya.page.locator(".card[aria-current=true]")
    keyboard.press("j")
    expect(current).to_have_count(1)
    first = current.get_attribute("data-id")
    keyboard.press("j")
    expect(current).not_to_have_attribute("data-id", str(first))
    keyboard.press("k")
    expect(current).to_have_attribute("data-id", str(first))
    keyboard.press("c")
    expect(priya.header).to_contain_text("With you")
    keyboard.press("n")
    expect(priya.page.get_by_label("Private note for colleagues")).to_be_focused()
    keyboard.press("Escape")
    keyboard.press("r")
    expect(priya.page.get_by_label(re.compile("Reply to"))).to_be_focused()
    keyboard.type("jck? this is text")
    expect(priya.field).to_have_value("jck? this is text")
    keyboard.press("Escape")
    keyboard.press("/")
    expect(priya.page.get_by_label("Search this list")).to_be_focused()
    keyboard.press("Escape")
    keyboard.press("?")
    expect(priya.page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_drafts_are_kept_per_conversation_and_over_a_reload(priya: Console, visits: Visits) -> None:
    addresses: list[str] = []
    for _ in range(2):
        customer = Widget(visits.shop()).open()
        customer.ask_for_person()
        priya.show("Queue")
        priya.open(customer).claim()
        addresses.append(priya.page.url)
        priya.field.fill(f"draft {len(addresses)}")
    for _ in range(2):
        for number, address in enumerate(addresses, start=1):
            priya.page.goto(address)
            expect(priya.field).to_have_value(f"draft {number}")
        priya.page.reload()
        expect(priya.field).to_have_value("draft 2")


def test_a_reply_written_while_the_server_is_dead_arrives_once(
    running: Running, priya: Console, widget: Widget
) -> None:
    widget.ask_for_person()
    priya.open(widget).claim()
    running.kill_api()
    try:
        priya.reply("You will get this later")
        expect(priya.transcript.locator(".pending")).to_contain_text("Not sent yet")
        expect(priya.page.locator(".banner").first).to_contain_text("Connection lost")
    finally:
        running.start_api()
    expect(priya.transcript.locator(".pending")).to_have_count(0, timeout=15_000)
    expect(priya.page.locator(".banner", has_text="Connection lost")).to_have_count(0, timeout=15_000)
    expect(widget.log).to_contain_text("You will get this later", timeout=15_000)
    time.sleep(0.3)
    assert widget.log.inner_text().count("You will get this later") == 1
    assert priya.transcript.inner_text().count("You will get this later") == 1


def test_a_long_conversation_arrives_whole(priya: Console, widget: Widget) -> None:
    widget.say("echo 0")
    widget.expect_text("You wrote: echo 0")
    for number in range(1, 60):
        widget.say(f"echo {number}")
        widget.expect_text(f"You wrote: echo {number}")
    widget.ask_for_person()
    priya.open(widget)
    # The start, 60 questions and answers, the wish, the handoff and its announcement.
    expect(priya.header).to_contain_text("complete, 124 of 124")
    for number in (0, 30, 59):
        expect(priya.transcript.get_by_text(f"You wrote: echo {number}", exact=True)).to_have_count(1)


def test_new_requests_are_counted_in_the_title(priya: Console, widget: Widget) -> None:
    before = int((re.match(r"\((\d+)\)", priya.page.title()) or [0, 0])[1])
    widget.ask_for_person()
    expect(priya.page).to_have_title(f"({before + 1}) Baton")


def test_a_small_screen_shows_one_part_at_a_time(visits: Visits, widget: Widget) -> None:
    widget.ask_for_person()
    console = Console(visits.console("Priya", viewport={"width": 360, "height": 740}))
    expect(console.page.locator(".conversation")).to_be_hidden()
    console.open(widget)
    expect(console.transcript).to_be_visible()
    expect(console.cards.first).to_be_hidden()
    console.header.get_by_role("button", name="Show or hide the brief").click()
    expect(console.brief).to_be_visible()
    expect(console.transcript).to_be_hidden()
    console.header.get_by_role("button", name="Show or hide the brief").click()
    console.header.get_by_role("button", name="Back to the list").click()
    expect(console.cards.first).to_be_visible()
    assert console.page.evaluate("document.documentElement.scrollWidth") <= 360
