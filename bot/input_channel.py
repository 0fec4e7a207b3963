"""The only door of the Rasa server: the bot contract over HTTP, for the switchboard alone."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Request
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, json

from bot.brief_facts import BriefFacts
from bot.contract import TurnRequest, parse_messages, parse_search
from bot.errors import BadRequest, TurnError, TurnFailed
from bot.turns import Turns

log = logging.getLogger(__name__)

PATH = "/webhooks/baton"


class BatonInput(InputChannel):
    """POST /webhooks/baton/turn, /facts and /matches, and GET /webhooks/baton/health."""

    def __init__(self, token: str, turns: Callable[[], Turns], facts: BriefFacts) -> None:
        self._token = token
        self._turns = turns
        self._facts = facts

    @classmethod
    def name(cls) -> str:
        """The channel's name in Rasa's events."""
        return "baton"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]] | None = None) -> Blueprint:
        """The routes. Rasa's own message handler is not used: it answers 200 when something broke."""
        door = Blueprint("baton", url_prefix=PATH)

        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok", "model": self._turns().model})

        async def turn(request: Request) -> HTTPResponse:
            if not self._authorized(request):
                return error_reply(401, "unauthorized", "the Authorization header must carry the bot token")
            try:
                asked = TurnRequest.parse(_body(request))
                # Finished even if the caller hangs up: the reply is stored and the next call gets it.
                return json(await asyncio.shield(self._turns().run(asked)))
            except TurnError as error:
                if isinstance(error, TurnFailed):
                    log.error("turn failed: %s", error.message, exc_info=error)
                return error_reply(error.status, error.code, error.message)

        async def facts(request: Request) -> HTTPResponse:
            if not self._authorized(request):
                return error_reply(401, "unauthorized", "the Authorization header must carry the bot token")
            try:
                messages = parse_messages(_body(request))
            except BadRequest as error:
                return error_reply(error.status, error.code, error.message)
            # In a thread: turns go on meanwhile.
            found = await asyncio.to_thread(self._facts.find, messages)
            return json({"facts": [asdict(fact) for fact in found]})

        async def matches(request: Request) -> HTTPResponse:
            if not self._authorized(request):
                return error_reply(401, "unauthorized", "the Authorization header must carry the bot token")
            try:
                text, most = parse_search(_body(request))
            except BadRequest as error:
                return error_reply(error.status, error.code, error.message)
            found = await asyncio.to_thread(self._turns().index.candidates, text, most)
            named = [{"faq_id": match.entry_id, "probability": round(match.probability, 4)} for match in found]
            return json({"matches": named})

        door.add_route(health, "/health", methods=["GET"])
        door.add_route(turn, "/turn", methods=["POST"])
        door.add_route(facts, "/facts", methods=["POST"])
        door.add_route(matches, "/matches", methods=["POST"])
        return door

    def _authorized(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())


def _body(request: Request) -> object:
    try:
        body: object = request.json
    except SanicException as error:
        raise BadRequest("the body must be JSON") from error
    return body


def error_reply(status: int, code: str, message: str) -> HTTPResponse:
    """Every error is JSON with a stable code."""
    return json({"code": code, "message": message}, status=status)
