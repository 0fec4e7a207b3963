"""A scripted agent: a console's socket and its HTTP commands, asked again until they are answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.faultlib.customer import AWAY, SILENCE_S, abort, backoff, end
from bench.faultlib.ledger import Absence, Command, Ledger, View

_MOST_WATCHED = 40


@dataclass
class Held:
    """A conversation this agent holds."""

    cid: str
    epoch: int
    view: View
    replies: int = 0
    answered: int = 0  # seq of the last contact message it replied to
    enough: int = 3
    since: float = field(default_factory=time.monotonic)


class Agent:
    """Claims, replies, notes, transfers, releases, returns, resolves, and sometimes vanishes."""

    def __init__(
        self,
        name: str,
        http: aiohttp.ClientSession,
        urls: Sequence[str],
        ledger: Ledger,
        rng: random.Random,
        *,
        ping_s: float,
        capacity: int,
    ) -> None:
        self.name, self._http, self._urls, self._ledger, self._rng = name, http, urls, ledger, rng
        self._ping_s, self._capacity = ping_s, capacity
        self.id = self._cookie = ""
        self.colleagues: list[Agent] = []
        self._summaries: dict[str, dict[str, Any]] = {}
        self.held: dict[str, Held] = {}
        self._watched: dict[str, View] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._link: asyncio.Task[None] | None = None
        self._there_since = 0
        self.acting = True
        self.busy = False
        self.connected = asyncio.Event()

    # --- there and away ----------------------------------------------------------------------------------------------
    async def sign_in(self, email: str, password: str) -> None:
        """With the password, for the cookie."""
        async with self._http.post(
            f"{self._urls[0]}/api/agent/login", json={"email": email, "password": password}
        ) as answer:
            assert answer.status == 200, await answer.text()
            self.id = (await answer.json())["agent"]["id"]
            self._cookie = f"baton_agent={answer.cookies['baton_agent'].value}"

    async def arrive(self) -> None:
        """Open the console."""
        self._there_since = _now_ms()
        self._link = asyncio.create_task(self._stay_connected())
        await self.connected.wait()

    async def vanish(self) -> None:
        """Close the laptop: no goodbye, no pings."""
        now = _now_ms()
        self._ledger.presence.setdefault(self.id, []).append((self._there_since, now))
        self._there_since = 0
        await self.disconnect()
        for held in self.held.values():
            self._ledger.absences.append(Absence(self.id, held.cid, held.epoch, now))
        self.held.clear()
        self._watched.clear()
        self._summaries.clear()

    async def disconnect(self) -> None:
        """Let go of the socket."""
        if self._link:
            await end(self._link)
            self._link = None
        self._cut()
        self.connected.clear()

    def finish(self) -> None:
        """The run is over; note the last stay, and that open views must be complete."""
        if self._there_since:
            self._ledger.presence.setdefault(self.id, []).append((self._there_since, _now_ms()))
        for held in self.held.values():
            held.view.complete = True

    async def run(self, pace_s: float, vanish_each_s: float, away_s: float) -> None:
        """Work until cancelled."""
        next_vanish = time.monotonic() + self._rng.uniform(0.3, 1.3) * vanish_each_s
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / pace_s))
            if not self.acting:
                continue
            if time.monotonic() > next_vanish:
                self._ledger.count("agent vanished")
                await self.vanish()
                await asyncio.sleep(away_s)
                await self.arrive()
                next_vanish = time.monotonic() + self._rng.uniform(0.7, 1.3) * vanish_each_s
            self.busy = True
            try:
                await self._act()
            finally:
                self.busy = False

    async def _act(self) -> None:
        for held in list(self.held.values()):
            if held.cid not in self.held:
                continue
            waiting = [s for s, e in held.view.events.items() if _is_contact(e) and s > held.answered]
            if waiting:
                held.answered = max(waiting)
                held.replies += 1
                await self.command(held.cid, "messages", text=f"{self.name}: reply {held.replies}, I am looking at it.")
                return
            if held.replies >= held.enough or time.monotonic() - held.since > 40:
                await self._finish_with(held)
                return
        if len(self.held) < self._capacity:
            queue = sorted(
                (s for s in self._summaries.values() if s["owner"] == "queue"), key=lambda s: s.get("queued_at", "")
            )
            if queue:
                chosen = self._rng.choice(queue[:3])
                await self.command(chosen["id"], "claim")

    async def _finish_with(self, held: Held) -> None:
        rng = self._rng
        if rng.random() < 0.3:
            await self.command(held.cid, "notes", text=f"note of {self.name}")
        verb = rng.choices(("return", "resolve", "release", "transfer"), (45, 30, 8, 17))[0]
        if verb == "transfer":
            heirs = [other for other in self.colleagues if other is not self and other.connected.is_set()]
            if heirs:
                heir = rng.choice(heirs)
                await self.command(held.cid, "transfer", agent_id=heir.id, note="please take over", epoch=held.epoch)
                return
        await self.command(held.cid, verb if verb != "transfer" else "release", epoch=held.epoch)

    # --- commands ----------------------------------------------------------------------------------------------------
    async def command(self, cid: str, verb: str, *, patience_s: float = 90.0, **body: Any) -> Command | None:
        """Ask until there is an answer; the command id makes asking again safe."""
        key = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        if verb in {"messages", "notes"}:
            self._ledger.write(key, cid, body["text"], "agent" if verb == "messages" else "note")
        deadline = time.monotonic() + patience_s
        twice = self._rng.random() < 0.05
        while time.monotonic() < deadline:
            answer = await self._post(cid, verb, {"command_id": key, **body})
            if answer is None:
                await asyncio.sleep(0.3 + self._rng.random())
                continue
            if twice:  # the answer was lost on its way; the browser asks again
                twice = False
                continue
            return self._told(key, cid, verb, *answer)
        self._ledger.count("commands without an answer")
        return None

    async def _post(self, cid: str, verb: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        try:
            async with self._http.post(
                f"{self._rng.choice(self._urls)}/api/agent/conversations/{cid}/{verb}",
                json=body,
                headers={"cookie": self._cookie},
                timeout=aiohttp.ClientTimeout(total=8),
            ) as answer:
                if answer.status >= 500:
                    return None
                return answer.status, await answer.json()
        except AWAY:
            return None

    def _told(self, key: str, cid: str, verb: str, status: int, body: dict[str, Any]) -> Command:
        event = body.get("event") or {}
        told = Command(
            key,
            self.id,
            cid,
            verb,
            body.get("result", ""),
            body.get("code", ""),
            body.get("message", ""),
            int(event["seq"]) if event else None,
        )
        self._ledger.commands.append(told)
        if status == 200 and key in self._ledger.messages and told.seq:
            self._ledger.tell(key, told.seq)
        if status == 409 and key in self._ledger.messages:
            self._ledger.messages[key].refused = told.code
        if status not in {200, 409}:
            self._ledger.faults.append(f"refused: {verb} of {self.name} on {cid}: {status} {told.code}")
        if "conversation" in body:
            self._learn(body["conversation"])
        return told

    async def transcript(self, url: str, cid: str) -> dict[str, Any] | None:
        """Open a conversation in the console; None where that is refused, or does not work for ten seconds."""
        for _ in range(20):
            try:
                async with self._http.get(
                    f"{url}/api/agent/conversations/{cid}",
                    headers={"cookie": self._cookie},
                    timeout=aiohttp.ClientTimeout(total=15),
                ) as answer:
                    if answer.status == 200:
                        body: dict[str, Any] = await answer.json()
                        return body
                    if answer.status < 500:
                        return None
            except AWAY:
                pass
            await asyncio.sleep(0.5)
        return None

    # --- the socket --------------------------------------------------------------------------------------------------
    def _learn(self, summary: dict[str, Any]) -> None:
        known = self._summaries.get(summary["id"])
        if known and (known["epoch"], known["seq"]) > (summary["epoch"], summary["seq"]):
            return
        self._summaries[summary["id"]] = summary
        cid, agent = summary["id"], summary.get("agent")
        mine = summary["owner"] == "agent" and agent is not None and agent["id"] == self.id
        if mine and cid not in self.held:
            self.held[cid] = Held(cid, summary["epoch"], self._watch(cid), enough=self._rng.randint(1, 4))
        elif mine:
            self.held[cid].epoch = summary["epoch"]
        elif cid in self.held:
            del self.held[cid]

    def _watch(self, cid: str) -> View:
        """See everything of a conversation. It stays watched after it was given away, until there are many."""
        if cid not in self._watched:
            for old in [c for c in self._watched if c not in self.held][: max(0, len(self._watched) - _MOST_WATCHED)]:
                del self._watched[old]
                self._later(type="unwatch", conversation_id=old)
            self._watched[cid] = self._ledger.view(self.name, cid, 0)
            self._later(type="watch", conversation_id=cid, after=0)
        return self._watched[cid]

    def _watch_again(self) -> None:
        """A new socket: what is held goes on where it was; the rest is let go."""
        self._watched = {cid: view for cid, view in self._watched.items() if cid in self.held}
        for cid, view in self._watched.items():
            self._later(type="watch", conversation_id=cid, after=view.last)

    def _later(self, **frame: Any) -> None:
        asyncio.get_running_loop().create_task(self._put(**frame))

    async def _put(self, **frame: Any) -> None:
        if self._socket is not None and not self._socket.closed:
            with contextlib.suppress(*AWAY):
                await self._socket.send_str(json.dumps(frame))

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
        heard = False
        pinger: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(SILENCE_S):
                socket = await self._http.ws_connect(
                    f"{self._rng.choice(self._urls)}/api/agent/ws",
                    headers={"cookie": self._cookie},
                    max_msg_size=0,
                    timeout=0.1,
                )
            self._socket = socket
            self._watch_again()
            pinger = asyncio.create_task(self._ping())
            while True:
                # Pings come every ping_s; nothing for longer than that and the limit on silence: it is dead.
                frame = await socket.receive(self._ping_s + SILENCE_S)
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    return heard
                heard = True
                self._receive(json.loads(frame.data))
        except AWAY:
            return heard
        finally:
            if pinger:
                pinger.cancel()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._ping_s)
            await self._put(type="ping")

    def _receive(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "snapshot":
                fresh = {summary["id"] for summary in frame["conversations"]}
                for cid in [c for c in self._summaries if c not in fresh]:
                    del self._summaries[cid]
                for summary in frame["conversations"]:
                    self._learn(summary)
                self.connected.set()
            case "conversation":
                self._learn(frame["conversation"])
            case "event":
                view = self._watched.get(frame["conversation_id"])
                if view is not None:
                    self._ledger.show(view, frame["event"])
            case "error":
                self._ledger.count(f"console error {frame['code']}")


def _is_contact(event: dict[str, Any]) -> bool:
    return bool(event["kind"] == "message.sent" and event["author"]["type"] == "contact")


def _now_ms() -> int:
    return int(time.time() * 1000)
