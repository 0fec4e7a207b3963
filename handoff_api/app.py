"""The HTTP application: routes, errors, pages, and the hub that runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from handoff_api import health
from handoff_api.agents import files as agent_files
from handoff_api.agents import routes as agent_routes
from handoff_api.agents import socket as agent_socket
from handoff_api.channels import messaging_channels, widget
from handoff_api.conversations.facts import FactNotes
from handoff_api.errors import ApiError
from handoff_api.pages import SafeHeaders, add_pages
from handoff_api.services import Services
from handoff_api.settings import Settings
from handoff_api.storage.connect import StorageError, storage_code
from handoff_api.suggestions import Suggestions
from handoff_api.turns.bot import Bot, BotError

logger = logging.getLogger(__name__)

# An agent who opens a conversation waits at most so long for facts found in it.
_LOOK_S = 2.0


def create_app(settings: Settings) -> FastAPI:
    """The application; connections are made when it starts serving."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = Services.build(settings)
        app.state.services = services
        bot = Bot.at(settings.bot_url, settings.bot_token.get_secret_value(), _LOOK_S)
        app.state.fact_notes = FactNotes(services.store, bot, (BotError,))
        app.state.suggestions = Suggestions(services.titles, settings.replies_file, bot, (BotError,))
        app.state.channels = messaging_channels(services)
        channels = app.state.channels.values()
        for channel in channels:
            if router := channel.router():
                app.include_router(router)
        add_pages(app)  # last, for it answers every path that nothing else does
        beside = [asyncio.create_task(services.hub.run()), asyncio.create_task(services.titles.load())]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            for channel in channels:
                await channel.close()
            await bot.close()
            await services.close()

    app = FastAPI(title="Baton", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(SafeHeaders)
    if settings.origins():
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.origins(), allow_methods=["GET", "POST"], allow_headers=["*"]
        )
    _explain_errors(app)
    app.include_router(widget.router)
    app.include_router(agent_files.router)
    app.include_router(agent_routes.router)
    app.include_router(agent_socket.router)
    app.include_router(health.router)
    return app


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def ours(_: Request, error: ApiError) -> JSONResponse:
        return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in error.errors()[:5])
        return JSONResponse({"code": "bad_request", "message": faults}, status_code=422)

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
        return JSONResponse({"code": code, "message": str(error.detail)}, status_code=error.status_code)

    @app.exception_handler(StorageError)
    async def storage(_: Request, error: StorageError) -> JSONResponse:
        code = storage_code(error)
        logger.error("request.storage", extra={"code": code, "kind": type(error).__name__})
        return JSONResponse({"code": code, "message": "not stored; try again in a moment"}, status_code=503)
