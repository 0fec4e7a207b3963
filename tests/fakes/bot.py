"""A bot behind the bot contract whose answers the test decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def echo(turn: dict[str, Any]) -> dict[str, Any]:
    """Answer with what was said."""
    return {"replies": [{"text": "You said: " + " / ".join(message["text"] for message in turn["messages"])}]}


@dataclass
class FakeBot:
    """Keeps the turns it was asked, and answers each once; ``delay_s`` late, or 500 while ``failing``."""

    answer: Callable[[dict[str, Any]], dict[str, Any]] = echo
    turns: list[dict[str, Any]] = field(default_factory=list)
    delay_s: float = 0.0
    failing: bool = False
    fatal: str | None = None  # words that end its process
    facts: Callable[[dict[str, str]], list[dict[str, str]]] | None = None  # of one message; None: it knows of none
    asked_for_facts: list[str] = field(default_factory=list)
    matches: Callable[[str], dict[str, float]] | None = None  # probabilities of FAQ entries; None: it has no FAQ
    searches: list[str] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/webhooks/baton/turn", self._turn, methods=["POST"]),
                Route("/webhooks/baton/facts", self._facts, methods=["POST"]),
                Route("/webhooks/baton/matches", self._matches, methods=["POST"]),
                Route("/webhooks/baton/health", self._health),
            ]
        )

    def heard(self) -> list[str]:
        """Every message it was given."""
        return [message["text"] for turn in self.turns for message in turn["messages"]]

    async def _turn(self, request: Request) -> Response:
        turn = await request.json()
        self.turns.append(turn)
        await asyncio.sleep(self.delay_s)
        if self.failing:
            return JSONResponse({"code": "failed", "message": "no"}, 500)
        if self.fatal and any(self.fatal in message["text"] for message in turn["messages"]):
            return Response(b"{", headers={"content-length": "100"})  # the connection breaks in the middle
        return JSONResponse(self.answer(turn))

    async def _facts(self, request: Request) -> Response:
        messages = (await request.json())["messages"]
        self.asked_for_facts += [message["text"] for message in messages]
        if self.facts is None:
            return JSONResponse({"code": "not_found", "message": "no"}, 404)
        if self.failing:
            return JSONResponse({"code": "failed", "message": "no"}, 500)
        return JSONResponse({"facts": [fact for message in messages for fact in self.facts(message)]})

    async def _matches(self, request: Request) -> Response:
        text = (await request.json())["text"]
        self.searches.append(text)
        await asyncio.sleep(self.delay_s)
        if self.matches is None:
            return JSONResponse({"code": "not_found", "message": "no"}, 404)
        found = self.matches(text).items()
        return JSONResponse({"matches": [{"faq_id": faq_id, "probability": share} for faq_id, share in found]})

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "model": "none"})
