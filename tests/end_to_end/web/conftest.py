"""The real switchboard with real Redis behind real pages in a real browser; only the bot's words are written down."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from baton.web_build import ensure_built
from handoff_api.agents.admin import add_agent
from tests.end_to_end.web.pages import PASSWORD, Visits, Widget
from tests.end_to_end.web.processes import HERE, Running, answers, wait_until
from tests.ports import free_ports

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Redis, the scripted bot, the switchboard and its worker, with the agents Priya and Tom."""
    ensure_built(print)
    folder = tmp_path_factory.mktemp("switchboard")
    port, bot, shop = free_ports(3)
    redis_url = f"unix://{folder}/redis"
    environment = os.environ | {
        "BATON_DATA_DIR": str(folder),
        "BATON_REDIS_URL": redis_url,
        "BATON_PORT": str(port),
        "BATON_BOT_URL": f"http://127.0.0.1:{bot}",
        "BATON_BOT_TOKEN": "shared between the two of them only",
        "BATON_WIDGET_ORIGINS": f"http://127.0.0.1:{shop}",
        "BATON_VISITOR_RATE": "1000",
    }
    parts = Running(f"http://127.0.0.1:{port}", folder, environment)
    try:
        redis = Path(sys.executable).parent / "redis-server"
        options = ["--port", "0", "--unixsocket", f"{folder}/redis", "--dir", str(folder), "--save", ""]
        parts.start("redis", str(redis), *options)
        wait_until((folder / "redis").exists, "Redis listens")
        parts.start("bot", sys.executable, str(HERE / "scripted_bot.py"), str(bot))
        wait_until(lambda: answers(f"http://127.0.0.1:{bot}/webhooks/baton/health"), "the bot answers")
        for name in ("Priya", "Tom"):
            add_agent(redis_url, name, f"{name.lower()}@example.com", password=PASSWORD)
        parts.start("worker", sys.executable, "-m", "handoff_api.worker")
        parts.start_api()
        yield parts
    finally:
        parts.stop()


@pytest.fixture(scope="session")
def other_shop(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of another website, which embeds the widget with one script tag."""
    folder = tmp_path_factory.mktemp("other_shop")
    tag = f'<script async src="{running.url}/widget.js"></script>'
    (folder / "index.html").write_text(f"<!doctype html><title>Other</title><h1>Another shop</h1>{tag}")
    address = running.environment["BATON_WIDGET_ORIGINS"]
    command = [sys.executable, "-m", "http.server", address.rpartition(":")[2], "--bind", "127.0.0.1"]
    running.start("other_shop", *command, "--directory", str(folder))
    wait_until(lambda: answers(address), "the other shop answers")
    return address + "/"


# Playwright keeps an event loop running for as long as it is open: it is closed after each module, so that tests
# elsewhere may run loops of their own, and opened after everything that runs one.
@pytest.fixture(scope="module")
def browser(running: Running) -> Iterator[Browser]:
    """A headless Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on the PATH; expected one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu", *QUIET])
        yield browser
        browser.close()


@pytest.fixture
def visits(browser: Browser, running: Running) -> Iterator[Visits]:
    """Pages that are closed after the test; an error in one of them fails it."""
    made = Visits(browser, running)
    yield made
    for context in made.contexts:
        context.close()
    assert made.faults == []


@pytest.fixture
def widget(visits: Visits) -> Widget:
    """The widget of a new visitor, opened."""
    return Widget(visits.shop()).open()
