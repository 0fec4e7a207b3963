"""The action server: one route that runs a skill, one that says it is alive."""

from __future__ import annotations

import hmac
import logging

from rasa_sdk import ActionExecutionRejection
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException
from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, json

from actions.shop.shop import Shop
from actions.skills import every_skill

log = logging.getLogger(__name__)


def create_app(shop: Shop, *, token: str | None, path: str = "/webhook", name: str = "baton_actions") -> Sanic:
    """An application that serves every skill against this shop."""
    app = Sanic(name, configure_logging=False)
    app.config.KEEP_ALIVE_TIMEOUT = 120
    app.config.FALLBACK_ERROR_FORMAT = "json"
    executor = ActionExecutor()
    for skill in every_skill(shop):
        executor.register_action(skill)

    async def health(request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    async def run(request: Request) -> HTTPResponse:
        if token is not None and not _authorized(request, token):
            return _error(401, "unauthorized", "the Authorization header must carry the bot token")
        call = request.json
        if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
            return _error(422, "bad_request", "expected a JSON object with next_action, sender_id and tracker")
        try:
            return json(await executor.run(call))
        except ActionExecutionRejection as rejection:
            return json({"error": rejection.message, "action_name": rejection.action_name}, status=400)
        except ActionNotFoundException as missing:
            return _error(404, "unknown_action", missing.message)

    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, SanicException):
            return _error(error.status_code, "bad_request", str(error))
        # The request holds what a customer wrote: it is not logged.
        log.error("a skill failed", exc_info=error)
        return _error(500, "skill_failed", "the skill failed; the action server's log says why")

    app.add_route(health, "/health", methods=["GET"])
    app.add_route(run, path, methods=["POST"])
    app.error_handler.add(Exception, failed)
    return app


def _authorized(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"code": code, "message": message}, status=status)
