"""Every page in every state, light and dark, wide and narrow, against the rules of axe."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.web.pages import Console, Visits, Widget
from tests.end_to_end.web.processes import ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "handoff_api/web/node_modules/axe-core/axe.min.js"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "small": {"viewport": {"width": 360, "height": 740}},
}


def faults(page: Page) -> list[str]:
    """What axe finds wrong, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    page.wait_for_timeout(250)  # an opening panel fades in; half-faded text has no contrast
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{fault['id']}: {node['target']}: {node.get('failureSummary', '')}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_shop_and_widget(visits: Visits, look: str) -> None:
    widget = Widget(visits.shop(**LOOKS[look]))
    assert faults(widget.page) == []
    widget.open()
    assert faults(widget.page) == []
    widget.say("how long do I have to send something back?")
    widget.expect_text("30 days")
    widget.say("blah")
    widget.expect_text("not sure")
    widget.root.get_by_role("button", name="More").click()
    assert faults(widget.page) == []
    widget.page.keyboard.press("Escape")
    widget.field.fill("x" * 10_001)
    assert faults(widget.page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_console(visits: Visits, widget: Widget, look: str) -> None:
    page = visits.page(visits.context(**LOOKS[look]), "/console")
    page.get_by_label("E-mail").wait_for()
    assert faults(page) == []
    widget.say("how do I send my order MF-204518 back?")
    widget.expect_text("arrives on Thursday")
    widget.say("this is ridiculous")
    expect(widget.status).to_contain_text("in line")
    console = Console(visits.console("Priya", **LOOKS[look]))
    assert faults(console.page) == []
    console.open(widget).claim()
    console.page.get_by_role("button", name="Private note").click()
    console.reply("a note")
    expect(console.transcript.locator(".entry.note")).to_be_visible()
    assert faults(console.page) == []
    console.page.get_by_role("button", name="Reply", exact=True).click()
    console.reply("a reply")
    widget.expect_text("a reply")
    assert faults(console.page) == []
    if look == "small":
        console.header.get_by_role("button", name="Show or hide the brief").click()
        assert faults(console.page) == []
    console.act("Transfer")
    assert faults(console.page) == []
    console.page.keyboard.press("Escape")
    console.act("Resolve")
    widget.root.get_by_text("How did we do?").wait_for()
    widget.root.get_by_role("radio", name="4 of 5").check(force=True)
    assert faults(widget.page) == []
