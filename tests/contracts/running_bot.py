"""The real bot for tests: trained model, Redis, action server and Rasa server as processes, driven over HTTP."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from handoff_api.bot_contract import TurnReply, TurnRequest
from tests.ports import free_port

CHECKOUT = Path(__file__).parents[2]
TOKEN = "a-token-for-tests-0123456789"
START_SECONDS = 120
# A request that is answered.
SOUND: dict[str, Any] = {
    "conversation_id": "c5-sound",
    "turn_id": "t1",
    "epoch": 1,
    "messages": [{"id": "c5-sound.1", "text": "hello", "at": "2026-11-22T10:00:00.000Z"}],
    "facts": {},
    "locale": "en",
}


@dataclass
class Process:
    """A child process and what it wrote."""

    arguments: list[str]
    environment: Mapping[str, str]
    log: Path
    child: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it, from the checkout."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.arguments, env=dict(self.environment), cwd=CHECKOUT, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self.child.kill()
        self.child.wait()

    def stop(self) -> None:
        """Stop it the polite way."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class RunningBot:
    """Addresses and processes, and a way to take a turn."""

    url: str
    bot: Process
    actions: Process
    client: httpx.Client

    def post(self, body: object, token: str = TOKEN, path: str = "turn") -> httpx.Response:
        """One request as it is."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(f"{self.url}/webhooks/baton/{path}", json=body, headers=headers)

    def turn(
        self,
        conversation_id: str,
        *texts: str,
        payload: str | None = None,
        epoch: int = 1,
        turn_id: str | None = None,
        facts: dict[str, str] | None = None,
        brief: bool = False,
    ) -> TurnReply:
        """A sound turn; the reply is checked by the switchboard's own types."""
        messages: list[dict[str, Any]] = [
            {"id": f"{conversation_id}.{secrets.token_hex(3)}", "text": text, "at": "2026-11-22T10:00:00.000Z"}
            for text in texts
        ]
        messages[-1]["payload"] = payload
        request = TurnRequest.model_validate(
            {
                "conversation_id": conversation_id,
                "turn_id": turn_id or secrets.token_hex(8),
                "epoch": epoch,
                "messages": messages,
                "facts": facts or {},
                "brief": brief,
            }
        )
        answer = self.post(request.model_dump())
        assert answer.status_code == 200, answer.text
        return TurnReply.model_validate(answer.json())

    @contextmanager
    def second(self) -> Iterator[RunningBot]:
        """Another process of the same bot, with the same memory."""
        urls = f"{self.url},http://127.0.0.1:{free_port()}"
        log = self.bot.log.with_name("bot-2.log")
        bot = Process([*self.bot.arguments, "2"], {**self.bot.environment, "BATON_BOT_URL": urls}, log)
        running = RunningBot(urls.split(",")[1], bot, self.actions, self.client)
        bot.start()
        try:
            running.wait()
            yield running
        finally:
            bot.stop()

    def wait(self) -> None:
        """Until the bot says that it is well."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.bot.child.poll() is None, f"the bot ended: {self.bot.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"the bot did not start: {self.bot.log.read_text()[-2000:]}"
            try:
                if self.client.get(f"{self.url}/webhooks/baton/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def wait_for_actions(self, url: str) -> None:
        """Until the action server says that it is well."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert time.monotonic() < deadline, f"no action server: {self.actions.log.read_text()[-2000:]}"
            try:
                self.client.get(url.removesuffix("/webhook") + "/health")
                return
            except httpx.TransportError:
                time.sleep(0.1)


@contextmanager
def running_bot(folder: Path) -> Iterator[RunningBot]:
    """Train if anything changed, start everything, stop it at the end."""
    binaries = Path(sys.executable).parent
    actions_url = f"http://127.0.0.1:{free_port()}/webhook"
    bot_url = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "BATON_DATA_DIR": str(folder / "data"),
        "BATON_REDIS_URL": f"unix://{folder}/r",
        "BATON_BOT_TOKEN": TOKEN,
        "BATON_BOT_URL": bot_url,
        "BATON_ACTIONS_URL": actions_url,
        "OMP_NUM_THREADS": "1",
    }
    # Encoder files are derived once for the checkout.
    training = {**environment, "BATON_DATA_DIR": os.environ.get("BATON_DATA_DIR", str(CHECKOUT / ".baton"))}
    subprocess.run([sys.executable, "-m", "bot.train"], cwd=CHECKOUT, env=training, check=True, timeout=280)
    options = ["--port", "0", "--unixsocket", str(folder / "r"), "--dir", str(folder), "--appendonly", "yes"]
    redis = Process([str(binaries / "redis-server"), *options, "--save", ""], environment, folder / "redis.log")
    actions = Process([sys.executable, "-m", "actions"], environment, folder / "actions.log")
    bot = Process([sys.executable, "-m", "bot"], environment, folder / "bot.log")
    with httpx.Client(timeout=30) as client:
        running = RunningBot(bot_url, bot, actions, client)
        try:
            redis.start()
            actions.start()
            bot.start()
            running.wait_for_actions(actions_url)
            running.wait()
            yield running
        finally:
            for process in (bot, actions, redis):
                process.stop()


def texts(reply: TurnReply) -> str:
    """All that was said."""
    return "\n".join(item.text for item in reply.replies)


def payloads(reply: TurnReply) -> list[str]:
    """All that can be pressed."""
    return [button.payload for item in reply.replies for button in item.buttons]
