"""A customer and an agent who use the interfaces over HTTP, for tests that need no browser."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.end_to_end.baton_up import Baton

PATIENCE_S = 30


def url_of(baton: Baton) -> str:
    return f"http://127.0.0.1:{baton.environment['BATON_PORT']}"


@dataclass
class Visitor:
    """A new visitor of the shop."""

    baton: Baton
    cid: str = ""
    token: str = ""
    cursor: int = 0

    def __post_init__(self) -> None:
        started = httpx.post(f"{url_of(self.baton)}/api/widget/conversations", json={}, timeout=20).json()
        self.cid, self.token = started["conversation_id"], started["token"]

    def writes(self, text: str, payload: str | None = None) -> None:
        """Write a message, or press a button."""
        body = {"client_id": str(uuid.uuid4()), "text": text, "payload": payload}
        self.cursor = int(self._ask("POST", "messages", json=body)["cursor"])

    def says(self, text: str, payload: str | None = None) -> list[dict[str, Any]]:
        """As `writes`: what is shown after it, once there is an answer."""
        self.writes(text, payload)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            shown = self._ask("GET", "events", params={"after": self.cursor})["events"]
            if any(event["author"]["type"] == "bot" for event in shown):
                return list(shown)
            assert time.monotonic() < deadline, f"no answer to {text!r}"
            time.sleep(0.05)

    def reads(self, text: str, payload: str | None = None) -> str:
        """As `says`: the words that are shown."""
        return "\n".join(event["text"] for event in self.says(text, payload) if event.get("text"))

    def owner(self) -> str:
        """Who looks after this visitor."""
        return str(self._ask("GET", "events")["status"]["owner"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"}
        url = f"{url_of(self.baton)}/api/widget/{path}"
        answer = httpx.request(method, url, headers=headers, timeout=20, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class Colleague:
    """The agent who is signed in."""

    baton: Baton
    cookies: httpx.Cookies

    @classmethod
    def signed_in(cls, baton: Baton) -> Colleague:
        """The first admin."""
        email, password = baton.login()
        body = {"email": email, "password": password}
        answer = httpx.post(f"{url_of(baton)}/api/agent/login", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return cls(baton, answer.cookies)

    def opens(self, cid: str) -> dict[str, Any]:
        """The whole conversation."""
        whole: dict[str, Any] = self._ask("GET", f"conversations/{cid}")
        return whole

    def does(self, verb: str, cid: str, **more: str) -> None:
        """Claim, messages, return ..."""
        self._ask("POST", f"conversations/{cid}/{verb}", json={"command_id": str(uuid.uuid4()), **more})

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        url = f"{url_of(self.baton)}/api/agent/{path}"
        with httpx.Client(cookies=self.cookies, timeout=20) as client:
            answer = client.request(method, url, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
