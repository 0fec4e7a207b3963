"""The pages as people use them: a visitor's widget, an agent's console."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.end_to_end.web.processes import Running

PASSWORD = "a long enough password"


@dataclass
class Visits:
    """Opens pages and remembers what went wrong in them."""

    browser: Browser
    running: Running
    contexts: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def context(self, **how: Any) -> BrowserContext:
        """A browser of somebody else: own storage, own cookies."""
        made = self.browser.new_context(**({"viewport": {"width": 1400, "height": 860}, "locale": "en-GB"} | how))
        made.set_default_timeout(15_000)
        self.contexts.append(made)
        return made

    def page(self, context: BrowserContext, path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{path}: {error}"))
        page.on("console", lambda said: self._hear(path, said.text))
        page.goto(path if path.startswith("http") else self.running.url + path)
        return page

    def _hear(self, path: str, text: str) -> None:
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.faults.append(f"{path}: {text}")

    def shop(self, **how: Any) -> Page:
        """A new visitor in the shop, with the widget closed."""
        page = self.page(self.context(**how), "/")
        page.locator("baton-widget .launcher").wait_for()
        return page

    def console(self, name: str, **how: Any) -> Page:
        """The console of an agent who is signed in."""
        context = self.context(**how)
        if name not in self.running.cookies:
            login = {"email": f"{name.lower()}@example.com", "password": PASSWORD}
            assert context.request.post(self.running.url + "/api/agent/login", data=login).ok
            self.running.cookies[name] = context.cookies()
        context.add_cookies(self.running.cookies[name])
        page = self.page(context, "/console")
        page.get_by_role("heading", name="Queue").wait_for()
        return page


class Widget:
    """The widget as a visitor uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("baton-widget")
        self.field = self.root.get_by_label("Write a message")
        self.log = self.root.get_by_role("log")
        self.status = self.root.locator(".head .status")
        self.launcher = self.root.locator(".launcher")

    def open(self) -> Widget:
        self.launcher.click()
        expect(self.field).to_be_focused()
        return self

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def texts(self) -> list[str]:
        """Every message on the screen, top to bottom, without the greeting."""
        return [text.strip() for text in self.root.locator("li.message .bubble").all_inner_texts()]

    def ask_for_person(self) -> None:
        """In words; returns when the visitor waits in line."""
        self.say("a person please")
        expect(self.status).to_contain_text("in line")

    def conversation_id(self) -> str:
        found = self.page.evaluate("JSON.parse(localStorage.getItem('baton.conversation')).conversation_id")
        return str(found)

    def expect_text(self, text: str) -> None:
        expect(self.log).to_contain_text(text)


class Console:
    """The console as an agent uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cards = page.locator(".card")
        self.transcript = page.locator(".events")
        self.header = page.locator(".conversation > header")
        self.field = page.locator("baton-composer textarea")
        self.brief = page.get_by_role("region", name="Brief")
        self.notices = page.locator(".notices")

    def card(self, widget: Widget) -> Locator:
        """The card of a visitor's conversation."""
        return self.page.locator(f'.card[data-id="{widget.conversation_id()}"]')

    def open(self, widget: Widget) -> Console:
        """Open a visitor's conversation, which must be in the list that is shown."""
        self.card(widget).click()
        self.transcript.wait_for()
        return self

    def claim(self) -> Console:
        self.header.get_by_role("button", name="Claim").click()
        self.header.get_by_role("button", name="Resolve").wait_for()
        return self

    def reply(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def act(self, name: str) -> None:
        self.header.get_by_role("button", name=name).click()

    def show(self, name: str) -> None:
        """Choose one of the lists."""
        self.page.get_by_role("navigation", name="Lists").get_by_role("link", name=name).click()
