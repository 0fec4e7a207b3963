"""The widget in a real browser: what the visitor sees, and that nothing they wrote is lost."""

from __future__ import annotations

import gzip
import re
import time
import unicodedata

import pytest
from playwright.sync_api import expect

from tests.end_to_end.web.pages import Console, Visits, Widget
from tests.end_to_end.web.processes import ROOT, Running

pytestmark = pytest.mark.browser

IN_LINE = re.compile("in line")


def test_the_script_is_small_and_loads_nothing_from_elsewhere(running: Running, widget: Widget) -> None:
    script = (ROOT / "handoff_api/web/dist/widget.js").read_bytes()
    assert len(gzip.compress(script, 9)) <= 20_000
    loaded = widget.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded
    assert [name for name in loaded if not name.startswith(running.url)] == []


def test_an_answer_with_steps_links_and_bold(widget: Widget) -> None:
    widget.say("how long do I have to send something back?")
    answer = widget.root.locator("li.bot .bubble")
    expect(answer.locator("strong")).to_have_text("30 days")
    expect(answer.locator("ol li")).to_have_count(2)
    link = answer.locator("a")
    expect(link).to_have_attribute("href", "/help/returns")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(widget.root.locator("li.bot .author")).to_have_text("Assistant")
    expect(widget.status).to_have_text("You are talking with our assistant")


def test_a_button_sends_its_title_and_payload(widget: Widget) -> None:
    widget.say("blah blah")
    widget.root.get_by_role("button", name="Talk to a person").click()
    expect(widget.status).to_contain_text(IN_LINE)
    assert widget.texts()[2] == "Talk to a person"
    expect(widget.root.locator(".choices")).to_have_count(0)


STRANGE = (
    "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>",
    "**not bold** [a link](https://evil.example) & &amp; ${1+1}",
    "🙂🙂🙂",
    "שלום, איפה ההזמנה שלי? مرحبا 你好 здравствуйте",
    "\u202egnp.exe\u0000\u0007 tab\there",
    "/greet{}",
    "x" * 300 + " " + "word " * 300,
)


def test_whatever_is_written_is_shown_as_written(widget: Widget) -> None:
    mine = widget.root.locator("li.mine:not(.waiting) .bubble")
    for number, text in enumerate(STRANGE, start=1):
        widget.say(text)
        expect(mine).to_have_count(number)
        # The switchboard drops control characters; everything else stands as it was typed.
        kept = "".join(c for c in text.strip() if c in "\n\t" or unicodedata.category(c) != "Cc")
        expect(mine.last).to_have_text(kept, use_inner_text=False)
        assert mine.last.evaluate("bubble => bubble.textContent") == kept
    assert mine.locator("img, script, strong").count() == 0
    assert "pwned" not in widget.page.title()
    assert widget.root.locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")


def test_what_the_bot_says_is_not_executed_either(widget: Widget) -> None:
    widget.say("hello <img src=x onerror=alert(1)> [click](javascript:alert(1)) [fine](https://a.example/x)")
    said = widget.root.locator("li.bot .bubble")
    expect(said).to_contain_text("You wrote: hello <img src=x onerror=alert(1)> [click](javascript:alert(1)) fine")
    assert said.locator("img").count() == 0
    assert said.locator("a").evaluate_all("links => links.map(link => link.href)") == ["https://a.example/x"]


def test_ten_thousand_characters_are_sent_and_one_more_is_not(widget: Widget) -> None:
    widget.field.fill("é" * 9_600)
    expect(widget.root.locator("#counter")).to_have_text("400 characters left")
    widget.field.fill("é" * 10_001)
    expect(widget.root.locator("#counter")).to_contain_text("1 characters too many")
    expect(widget.root.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    widget.field.press("Enter")
    assert widget.texts() == []
    widget.say("é" * 10_000)
    widget.root.locator("li.bot").wait_for()
    assert len(widget.texts()[0]) == 10_000


def test_enter_sends_and_shift_enter_breaks_the_line(widget: Widget) -> None:
    widget.field.press_sequentially("echo one")
    widget.field.press("Shift+Enter")
    widget.field.press_sequentially("two")
    widget.field.press("Enter")
    widget.root.locator("li.bot").wait_for()
    assert widget.texts()[0] == "echo one\ntwo"
    widget.field.fill("   ")
    widget.field.press("Enter")
    assert len(widget.texts()) == 2


def test_three_messages_at_once_are_three_in_order(widget: Widget) -> None:
    for number in ("one", "two", "three"):
        widget.say(f"echo {number}")
    widget.expect_text("You wrote: echo three")
    mine = widget.root.locator("li.mine .bubble")
    expect(mine).to_have_text(["echo one", "echo two", "echo three"])
    expect(widget.root.locator("li.waiting")).to_have_count(0)


def test_a_reload_keeps_the_conversation_the_draft_and_the_open_panel(widget: Widget) -> None:
    widget.say("echo before the reload")
    widget.expect_text("You wrote: echo before the reload")
    widget.field.fill("half a thou")
    before = widget.texts()
    widget.page.reload()
    widget.expect_text("You wrote: echo before the reload")
    assert widget.texts() == before
    expect(widget.field).to_have_value("half a thou")


def test_two_tabs_are_one_conversation(visits: Visits, widget: Widget) -> None:
    widget.say("echo from the first tab")
    widget.expect_text("You wrote: echo from the first tab")
    second = Widget(visits.page(widget.page.context, "/"))
    second.expect_text("You wrote: echo from the first tab")
    second.say("echo from the second tab")
    widget.expect_text("You wrote: echo from the second tab")
    assert widget.texts() == second.texts()
    assert len(widget.texts()) == 4


def test_dots_show_that_the_bot_works_and_stop_when_a_person_takes_over(widget: Widget) -> None:
    dots = widget.root.locator(".dots")
    widget.say("slow please")
    expect(dots).to_be_visible()
    widget.expect_text("not sure what you mean")
    expect(dots).to_have_count(0)
    widget.say("slow again")
    expect(dots).to_be_visible()
    widget.root.get_by_role("button", name="More").click()
    widget.root.get_by_role("menuitem", name="Talk to a person").click()
    expect(widget.status).to_contain_text(IN_LINE)
    assert dots.count() == 0


def test_a_person_can_be_asked_for_before_anything_else(widget: Widget) -> None:
    widget.root.get_by_role("button", name="More").click()
    widget.root.get_by_role("menuitem", name="Talk to a person").click()
    expect(widget.status).to_contain_text(IN_LINE)
    widget.expect_text("A person will take over")


def test_unread_messages_are_counted_while_the_panel_is_closed(widget: Widget) -> None:
    widget.say("slow answer please")
    widget.page.keyboard.press("Escape")
    expect(widget.launcher).to_be_focused()
    expect(widget.root.locator(".badge")).to_have_text("1")
    expect(widget.launcher).to_have_attribute("aria-label", "Open help, 1 unread")
    widget.open()
    expect(widget.root.locator(".badge")).to_have_count(0)


def test_the_keyboard_is_enough(visits: Visits) -> None:
    widget = Widget(visits.shop())
    widget.launcher.focus()
    keyboard = widget.page.keyboard
    keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    keyboard.type("echo by keyboard")
    keyboard.press("Enter")
    widget.expect_text("You wrote: echo by keyboard")
    widget.root.get_by_role("button", name="More").focus()
    keyboard.press("Enter")
    expect(widget.root.get_by_role("menuitem", name="Talk to a person")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(widget.root.get_by_role("menuitem", name="Save")).to_be_focused()
    keyboard.press("Escape")
    expect(widget.root.get_by_role("button", name="More")).to_be_focused()
    keyboard.press("Escape")
    expect(widget.launcher).to_be_focused()


def test_the_conversation_can_be_saved(widget: Widget) -> None:
    widget.say("echo keep this")
    widget.expect_text("You wrote: echo keep this")
    widget.root.get_by_role("button", name="More").click()
    with widget.page.expect_download() as download:
        widget.root.get_by_role("menuitem", name="Save").click()
    saved = download.value.path().read_text("utf-8")
    assert "echo keep this" in saved
    assert "Assistant" in saved


def test_a_small_screen_is_used_whole(visits: Visits) -> None:
    # Without motion: a panel that is still rising has not its place yet.
    widget = Widget(visits.shop(viewport={"width": 360, "height": 740}, reduced_motion="reduce")).open()
    box = widget.root.locator(".panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 740}
    assert widget.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_page_can_give_colour_words_and_place(visits: Visits) -> None:
    page = visits.shop()
    page.evaluate(
        """() => {
            document.querySelector('baton-widget').remove();
            const widget = document.createElement('baton-widget');
            widget.setAttribute('accent', '#ffd400');
            widget.setAttribute('position', 'bottom-left');
            widget.setAttribute('heading', 'Hilfe');
            widget.strings = { compose: 'Nachricht schreiben', statusBot: 'Unser Assistent' };
            document.body.append(widget);
        }"""
    )
    widget = Widget(page)
    widget.launcher.click()
    expect(widget.root.get_by_label("Nachricht schreiben")).to_be_focused()
    expect(widget.root.get_by_role("heading", name="Hilfe")).to_be_visible()
    expect(widget.status).to_have_text("Unser Assistent")
    launcher = widget.launcher.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color, e.getBoundingClientRect().left]"
    )
    assert launcher == ["rgb(255, 212, 0)", "rgb(17, 17, 17)", 20]


def test_a_forgotten_token_begins_a_new_conversation_with_what_was_not_sent(widget: Widget) -> None:
    widget.say("echo first life")
    widget.expect_text("You wrote: echo first life")
    widget.page.evaluate(
        """() => {
            const key = JSON.parse(localStorage.getItem('baton.conversation'));
            localStorage.setItem('baton.conversation', JSON.stringify({ ...key, token: key.token + 'x' }));
            const text = 'echo second life';
            const message = { client_id: 'left-over-1', text, written: Date.now(), state: 'sending' };
            localStorage.setItem('baton.unsent.left-over-1', JSON.stringify(message));
        }"""
    )
    widget.page.reload()
    widget.expect_text("You wrote: echo second life")
    assert widget.texts() == ["echo second life", "You wrote: echo second life"]


def test_another_websites_page_needs_one_script_tag(running: Running, visits: Visits, other_shop: str) -> None:
    widget = Widget(visits.page(visits.context(), other_shop)).open()
    widget.say("echo from elsewhere")
    widget.expect_text("You wrote: echo from elsewhere")
    started = widget.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert f"{running.url}/api/widget/conversations" in started


def test_read_receipts_and_typing_reach_nobody_before_they_are_due(widget: Widget) -> None:
    sent: list[str] = []
    widget.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    widget.say("echo one")
    widget.expect_text("You wrote: echo one")
    widget.page.wait_for_timeout(200)
    assert sum('"read"' in frame for frame in sent) >= 1
    widget.page.keyboard.press("Escape")
    count = len([frame for frame in sent if '"read"' in frame])
    time.sleep(0.3)
    assert len([frame for frame in sent if '"read"' in frame]) == count


def test_a_reply_longer_than_the_panel_is_read_from_its_beginning(widget: Widget) -> None:
    widget.say("echo " + "a long story " * 90)
    reply = widget.root.locator("li.bot")
    reply.wait_for()
    top = "e => e.getBoundingClientRect().top - e.closest('.log').getBoundingClientRect().top"
    assert 0 <= reply.evaluate(top) < 40
    read_on = widget.root.get_by_role("button", name="Read on")
    read_on.click()
    expect(read_on).to_have_count(0)
    end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
    assert widget.root.locator(".log").evaluate(end)
    expect(widget.root.locator(".log")).to_be_focused()
    # What was read once is not gone through again.
    widget.page.reload()
    widget.root.locator("li.bot").wait_for()
    expect(read_on).to_have_count(0)
    assert widget.root.locator(".log").evaluate(end)


def test_nothing_visible_is_nothing_to_send(widget: Widget) -> None:
    widget.field.fill("\u200b\u0007\u2060")
    expect(widget.root.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    widget.field.press("Enter")
    assert widget.texts() == []


def test_the_title_of_a_page_in_the_background_tells_that_a_person_wrote(visits: Visits, widget: Widget) -> None:
    widget.ask_for_person()
    priya = Console(visits.console("Priya"))
    priya.open(widget).claim()
    title = widget.page.title()
    widget.page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true, configurable: true })"
    )
    priya.reply("Here I am")
    expect(widget.page).to_have_title(f"(1) {title}")
    widget.page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(widget.page).to_have_title(title)
    priya.act("Resolve")
