"""The widget while things break: the server dies, the network goes, sockets do not get through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.end_to_end.web.pages import Visits, Widget
from tests.end_to_end.web.processes import Running

pytestmark = pytest.mark.browser


@pytest.fixture
def dying(running: Running) -> Iterator[Running]:
    """The processes, of which the switchboard may be killed; it runs again afterwards."""
    yield running
    if running.processes["api"].poll() is not None:
        running.start_api()


def test_a_message_written_while_the_server_is_dead_arrives_once(dying: Running, widget: Widget) -> None:
    widget.say("echo alive")
    widget.expect_text("You wrote: echo alive")
    dying.kill_api()
    widget.say("echo in the dark")
    waiting = widget.root.locator("li.waiting")
    expect(waiting).to_contain_text("Sending")
    expect(waiting).to_contain_text("Not sent yet", timeout=12_000)
    expect(waiting.get_by_role("button", name="Resend")).to_be_visible()
    expect(widget.root.locator(".notice")).to_contain_text("No connection")
    dying.start_api()
    waiting.get_by_role("button", name="Resend").click()
    widget.expect_text("You wrote: echo in the dark")
    expect(waiting).to_have_count(0)
    expect(widget.root.locator(".notice")).to_have_count(0)
    assert widget.texts().count("echo in the dark") == 1


def test_unsent_messages_survive_a_reload_and_go_out_in_order(dying: Running, widget: Widget) -> None:
    widget.say("echo zero")
    widget.expect_text("You wrote: echo zero")
    dying.kill_api()
    page = widget.page
    for number in ("one", "two", "three"):
        widget.say(f"echo {number}")
    kept = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('baton.unsent.')).length")
    assert kept == 3
    dying.start_api()
    page.reload()
    expect(widget.root.locator("li.mine .bubble")).to_have_text(["echo zero", "echo one", "echo two", "echo three"])
    widget.expect_text("You wrote: echo three")
    expect(widget.root.locator("li.waiting")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('baton.unsent.')).length") == 0


def test_the_first_message_waits_for_a_server_that_is_not_there_yet(dying: Running, widget: Widget) -> None:
    dying.kill_api()
    widget.say("echo anybody?")
    expect(widget.root.locator("li.waiting")).to_have_count(1)
    dying.start_api()
    widget.expect_text("You wrote: echo anybody?")


def test_without_network_the_widget_says_so_and_catches_up(visits: Visits, widget: Widget) -> None:
    widget.say("echo online")
    widget.expect_text("You wrote: echo online")
    second = Widget(visits.page(widget.page.context, "/"))
    second.expect_text("You wrote: echo online")
    # Only the first tab's sockets fail, as on a train; the second goes on.
    widget.page.evaluate(
        """() => {
            const Real = window.WebSocket;
            window.restoreSockets = () => { window.WebSocket = Real; };
            window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); } close() {} };
            document.querySelector('baton-widget').store.connection.lost(1006);
        }"""
    )
    second.say("echo meanwhile")
    second.expect_text("You wrote: echo meanwhile")
    widget.page.evaluate("window.restoreSockets(); window.dispatchEvent(new Event('online'))")
    widget.expect_text("You wrote: echo meanwhile")
    assert widget.texts() == second.texts()


def test_where_sockets_do_not_get_through_plain_http_does(visits: Visits) -> None:
    context = visits.context()
    context.add_init_script(
        """window.WebSocket = class {
            constructor() { setTimeout(() => this.onclose?.({ code: 1006 }), 10); }
            close() {}
        };"""
    )
    page = visits.page(context, "/")
    widget = Widget(page).open()
    widget.say("echo over http")
    expect(widget.log).to_contain_text("You wrote: echo over http", timeout=15_000)
    widget.root.get_by_role("button", name="More").click()
    widget.root.get_by_role("menuitem", name="Talk to a person").click()
    expect(widget.status).to_contain_text("in line", timeout=15_000)
    assert widget.texts().count("echo over http") == 1
