"""The Rasa server of Baton: a model, the tracker store, the way to the action server, and one input channel."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop

from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from redis.exceptions import RedisError
from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse

from bot.brief_facts import BriefFacts
from bot.endpoint import ActionEndpoint
from bot.errors import BotError, root_cause
from bot.input_channel import BatonInput, error_reply
from bot.models import find_model
from bot.processor import TurnProcessor
from bot.rasa_shortcuts import install
from bot.settings import Settings
from bot.tracker_store import RedisTrackerStore
from bot.turns import Turns

log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Sanic:
    """Load the model and build the application; it listens only when everything is there."""
    endpoint = ActionEndpoint(settings.actions_url, settings.token)
    store = RedisTrackerStore.create_from_url(settings.redis_url)
    turns = load_turns(settings, store, endpoint)

    app = Sanic("baton_bot", configure_logging=False)
    app.config.KEEP_ALIVE_TIMEOUT = 120
    app.config.RESPONSE_TIMEOUT = 60
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.blueprint(BatonInput(settings.token, lambda: turns, BriefFacts.load()).blueprint())

    async def close(stopped: Sanic, loop: AbstractEventLoop) -> None:
        await endpoint.close()
        await store.close()

    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, SanicException):
            return error_reply(error.status_code, "bad_request", str(error))
        if isinstance(error, RedisError):
            log.error("Redis cannot be used: %s", error)
            return error_reply(503, "storage_unavailable", "the assistant's memory cannot be reached; try again")
        log.error("request failed", exc_info=error)
        return error_reply(500, "turn_failed", "the assistant failed on this turn")

    app.register_listener(close, "after_server_stop")
    app.error_handler.add(Exception, failed)
    return app


def load_turns(settings: Settings, store: RedisTrackerStore, endpoint: ActionEndpoint) -> Turns:
    """Open the newest model."""
    install()
    path = find_model(settings.model)
    nlg = TemplatedNaturalLanguageGenerator({})
    try:
        processor = TurnProcessor(
            model_path=str(path),
            tracker_store=store,
            lock_store=InMemoryLockStore(),
            generator=nlg,
            action_endpoint=endpoint,
        )
    except Exception as error:
        raise BotError(
            f"{path} cannot be loaded ({root_cause(error)}); train again with `baton train --force`"
        ) from error
    store.domain = processor.domain
    nlg.responses = processor.domain.responses
    log.info("loaded %s", path)
    return Turns(processor, store)
