"""A scripted customer behind a widget: keeps what is not accepted, comes back by itself, sends twice, reloads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp

from bench.faultlib.ledger import Ledger, Sent, View

# As the real widget: web/src/shared/connection.ts and backoff.ts.
FIRST_S, LONGEST_S, SILENCE_S, PING_S, RETRY_S = 0.5, 20.0, 8.0, 25.0, 2.5
PASSING = {"too_fast", "storage_away"}
AWAY = (aiohttp.ClientError, OSError, TimeoutError, ConnectionError)

Probe = Callable[[str, int], Awaitable[None]]


def backoff(failures: int, rng: random.Random) -> float:
    """Seconds before the next attempt."""
    ceiling: float = min(LONGEST_S, FIRST_S * 2 ** min(failures, 10))
    return ceiling * (0.5 + rng.random() / 2)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel until it is over: a timeout of aiohttp that fires in the same moment swallows a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)


def abort(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Drop the connection without a closing handshake, as a lost network does."""
    connection = socket._response.connection  # aiohttp offers no public way
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


class Widget:
    """One conversation in one browser."""

    def __init__(
        self,
        name: str,
        http: aiohttp.ClientSession,
        urls: Sequence[str],
        ledger: Ledger,
        rng: random.Random,
        announced: Probe,
    ) -> None:
        self._name, self._http, self._urls, self._ledger, self._rng = name, http, urls, ledger, rng
        self._announced = announced
        self.cid = self._token = ""
        self.outbox: list[Sent] = []
        self._wish: str | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._view: View | None = None
        self._link: asyncio.Task[None] | None = None
        self._resend: asyncio.Task[None] | None = None
        self._done: list[Sent] = []
        self.owner = "bot"
        self.heard = asyncio.Event()

    # --- life --------------------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Start a conversation, however long that takes, and connect."""
        failures = 0
        while not self.cid:
            try:
                timeout = aiohttp.ClientTimeout(total=10)
                async with self._http.post(
                    f"{self._url()}/api/widget/conversations", json={"page": "https://shop.example/"}, timeout=timeout
                ) as answer:
                    if answer.status == 201:
                        body = await answer.json()
                        self.cid, self._token = body["conversation_id"], body["token"]
                        continue
            except AWAY:
                pass
            await asyncio.sleep(backoff(failures, self._rng))
            failures += 1
        self._ledger.conversations[self.cid] = self._token
        self._view = self._ledger.view(self._name, self.cid, 0)
        self._link = asyncio.create_task(self._stay_connected())

    async def close(self) -> None:
        """Leave the page."""
        if self._link:
            await end(self._link)
            self._link = None
        self._cut()

    async def reload(self) -> None:
        """Load the page anew: the whole history is asked for, and what was not accepted is still there."""
        await self.close()
        self._view = self._ledger.view(self._name, self.cid, 0)
        self._link = asyncio.create_task(self._stay_connected())

    def cut(self) -> None:
        """The network is gone without a word."""
        self._cut()

    @property
    def settled(self) -> bool:
        return not self.outbox and self._wish is None

    @property
    def view(self) -> View:
        assert self._view is not None
        return self._view

    # --- what the customer does --------------------------------------------------------------------------------------
    async def say(self, text: str, *, twice: bool = False, payload: str | None = None) -> Sent:
        """Write a message; it stays in the outbox until it is accepted."""
        sent = self._ledger.write(str(uuid.UUID(int=self._rng.getrandbits(128), version=4)), self.cid, text)
        self.outbox.append(sent)
        for _ in range(1 + twice):
            await self._put(type="message", client_id=sent.key, text=text, **({"payload": payload} if payload else {}))
        return sent

    async def say_again(self) -> None:
        """Send something once more that was accepted long ago, as a weak network does."""
        if self._done:
            sent = self._rng.choice(self._done)
            await self._put(type="message", client_id=sent.key, text=sent.text)

    async def post(self, text: str) -> None:
        """Send a message without the socket; if no answer comes, the socket takes it over. Only with an empty outbox,
        for the way by HTTP keeps no order with the socket's."""
        sent = self._ledger.write(str(uuid.UUID(int=self._rng.getrandbits(128), version=4)), self.cid, text)
        body = {"client_id": sent.key, "text": text}
        headers = {"authorization": f"Bearer {self._token}"}
        try:
            timeout = aiohttp.ClientTimeout(total=8)
            async with self._http.post(
                f"{self._url()}/api/widget/messages", json=body, headers=headers, timeout=timeout
            ) as answer:
                if answer.status == 200:
                    self._ledger.tell(sent.key, int((await answer.json())["cursor"]))
                    self._done.append(sent)
                    return
        except AWAY:
            pass
        self.outbox.append(sent)
        await self._deliver(sent)

    async def ask_for_person(self) -> None:
        """Press the button."""
        if self._wish is None:
            self._wish = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
            await self._put(type="request_human", client_id=self._wish)

    async def catch_up(self) -> None:
        """Read the rest over HTTP, as a visitor who comes back to an old conversation."""
        headers = {"authorization": f"Bearer {self._token}"}
        for attempt in range(20):
            try:
                timeout = aiohttp.ClientTimeout(total=15)
                async with self._http.get(
                    f"{self._urls[attempt % len(self._urls)]}/api/widget/events?after={self.view.last}",
                    headers=headers,
                    timeout=timeout,
                ) as answer:
                    if answer.status == 200:
                        for event in (await answer.json())["events"]:
                            self._ledger.show(self.view, event)
                        self.view.complete = True
                        return
                    if answer.status < 500:
                        break
            except AWAY:
                pass
            await asyncio.sleep(1)
        self._ledger.faults.append(f"lost: {self._name} could not read {self.cid} any more")

    # --- the way there -----------------------------------------------------------------------------------------------
    def _url(self) -> str:
        return self._rng.choice(self._urls)

    async def _put(self, **frame: Any) -> None:
        if self._socket is not None and not self._socket.closed:
            with contextlib.suppress(*AWAY):
                await self._socket.send_str(json.dumps(frame))

    async def _deliver(self, sent: Sent) -> None:
        await self._put(type="message", client_id=sent.key, text=sent.text)

    async def _deliver_all(self) -> None:
        for sent in list(self.outbox):
            await self._deliver(sent)
        if self._wish:
            await self._put(type="request_human", client_id=self._wish)

    def _cut(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            abort(socket)

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            if await self._connection():
                failures = 0
            self._cut()
            await asyncio.sleep(backoff(failures, self._rng))
            failures += 1

    async def _connection(self) -> bool:
        """One socket, until it is gone; true where it brought anything."""
        url = f"{self._url()}/api/widget/ws?token={self._token}&after={self.view.last}"
        heard = False
        pinged = False
        try:
            async with asyncio.timeout(SILENCE_S):
                socket = await self._http.ws_connect(url, autoping=True, max_msg_size=0, timeout=0.1)
            self._socket = socket
            await self._deliver_all()
            while True:
                try:
                    frame = await socket.receive(SILENCE_S if pinged else PING_S)
                except TimeoutError:
                    if pinged:
                        return heard
                    pinged = True
                    await self._put(type="ping")
                    continue
                pinged = False
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    return heard
                heard = True
                await self._receive(json.loads(frame.data))
        except AWAY:
            return heard

    async def _receive(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "event":
                event = frame["event"]
                self._ledger.show(self.view, event)
                if event["author"]["type"] != "contact":
                    self.heard.set()
                if event["kind"] == "handoff.requested":
                    await self._announced(self.cid, int(event["seq"]))
            case "status":
                self.owner = frame["owner"]
            case "accepted":
                self._accepted(frame["client_id"], int(frame["cursor"]))
            case "error":
                self._failed(frame)

    def _accepted(self, key: str, cursor: int) -> None:
        if key == self._wish:
            self._ledger.wishes[key] = (self.cid, cursor)
            self._wish = None
        if key not in self._ledger.messages:
            return
        self._ledger.tell(key, cursor)
        for sent in self.outbox:
            if sent.key == key:
                self.outbox.remove(sent)
                self._done.append(sent)
                break

    def _failed(self, frame: dict[str, Any]) -> None:
        code, key = frame["code"], frame.get("client_id")
        self._ledger.count(f"error {code}")
        if code in PASSING:
            if self._resend is None or self._resend.done():
                self._resend = asyncio.create_task(self._resend_later())
        elif key:
            for sent in self.outbox:
                if sent.key == key:
                    sent.refused = code
                    self.outbox.remove(sent)
                    self._ledger.faults.append(f"refused: {key} of {self.cid}: {code}")
                    break

    async def _resend_later(self) -> None:
        await asyncio.sleep(RETRY_S)
        await self._deliver_all()


class Customer:
    """Writes, waits, and misbehaves as networks and people do; starts a new conversation now and then."""

    def __init__(
        self, number: int, widget: Callable[[str, random.Random], Widget], texts: Sequence[str], rng: random.Random
    ) -> None:
        self._name, self._make, self._texts, self._rng = f"customer-{number}", widget, texts, rng
        self.widgets: list[Widget] = []
        self.written = 0

    @property
    def widget(self) -> Widget:
        return self.widgets[-1]

    async def run(self, is_enough: Callable[[], bool], pace_s: float, per_conversation: int) -> None:
        """Write until all customers together have written enough, one message every ``pace_s`` seconds in the mean."""
        rng = self._rng
        await asyncio.sleep(rng.random() * pace_s)
        await self._begin()
        in_this = 0
        while not is_enough():
            if in_this >= per_conversation and self.widget.settled:
                await self.widget.close()
                await self._begin()
                in_this = 0
            done = await self._act(rng.randint(2, 3))
            self.written += done
            in_this += done
            await asyncio.sleep(rng.expovariate(1 / pace_s) * max(done, 0.2))

    async def _begin(self) -> None:
        widget = self._make(self._name, self._rng)
        await widget.open()
        self.widgets.append(widget)

    async def _act(self, most: int) -> int:  # noqa: PLR0911 (one return for each thing to do)
        """One thing a customer does; returns how many messages that wrote."""
        rng, widget = self._rng, self.widget
        match rng.choices(
            ("one", "burst", "twice", "again", "cut", "cut_after", "reload", "person", "button", "post"),
            (50, 8, 6, 3, 5, 6, 3, 2, 2, 8),
        )[0]:
            case "burst":
                for _ in range(most):
                    await widget.say(rng.choice(self._texts))
                return most
            case "twice":
                await widget.say(rng.choice(self._texts), twice=True)
                return 1
            case "again":
                await widget.say_again()
                return 0
            case "cut":
                widget.cut()
                return 0
            case "cut_after":
                await widget.say(rng.choice(self._texts))
                widget.cut()
                return 1
            case "reload":
                await widget.reload()
                return 0
            case "person":
                await widget.ask_for_person()
                return 0
            case "button":
                await widget.say("Talk to a person", payload="human")
                return 1
            case "post" if widget.settled:
                await widget.post(rng.choice(self._texts))
                return 1
            case _:
                await widget.say(rng.choice(self._texts))
                return 1
