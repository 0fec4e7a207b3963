"""Is this process up, can it serve, and what has it counted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from handoff_api import metrics
from handoff_api.services import Services
from handoff_api.storage.connect import StorageError

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The process can serve: the storage answers. The bot may be away; people can talk to people without it."""
    services: Services = request.app.state.services
    try:
        await services.desk.ping()
        bot = await services.desk.bot_state()
    except StorageError:
        return JSONResponse({"status": "storage_away"}, status_code=503)
    body: dict[str, Any] = {"status": "ok", "bot": bot or {"state": "no_worker"}}
    return JSONResponse(body)


@router.get("/metrics")
async def prometheus(request: Request) -> Response:
    """Counters and gauges for Prometheus. Served to this machine only."""
    services: Services = request.app.state.services
    if request.client and request.client.host not in {"127.0.0.1", "::1", "testclient"}:
        return JSONResponse({"code": "local_only", "message": "expected a request from this machine"}, 403)
    metrics.SOCKETS.set(services.hub.sockets)
    for owner, count in (await services.store.count_owned_by()).items():
        metrics.CONVERSATIONS.labels(str(owner)).set(count)
    for (name, label), value in (await services.desk.counts()).items():
        metrics.TOTALS.labels(name, label).set(value)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
