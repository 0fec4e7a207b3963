"""Who is calling the agent API: a console's cookie or an API token."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request, WebSocket
from starlette.requests import HTTPConnection

from handoff_api.errors import NotAllowed, NotSignedIn
from handoff_api.services import Services
from handoff_api.storage.agents import Agent

COOKIE = "baton_agent"


async def signed_in(request: Request) -> Agent:
    """The calling agent. Raises NotSignedIn; NotAllowed where another website sent the browser."""
    return await authenticate(request)


async def signed_in_socket(websocket: WebSocket) -> Agent:
    """The same for a socket."""
    return await authenticate(websocket)


async def authenticate(connection: HTTPConnection, *, use: bool = True) -> Agent:
    """Read the token or the cookie; a cookie counts only on requests from our own pages, and ``use`` keeps it alive."""
    services: Services = connection.app.state.services
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        agent = await services.agents.by_token(token)
    else:
        _refuse_other_sites(connection)
        cookie = connection.cookies.get(COOKIE)
        agent = await services.agents.by_session(cookie, use=use) if cookie else None
    if agent is None:
        raise NotSignedIn("not_signed_in", "expected a login cookie or the header Authorization: Bearer <API token>")
    return agent


def _refuse_other_sites(connection: HTTPConnection) -> None:
    origin = connection.headers.get("origin")
    if origin and urlsplit(origin).netloc != connection.headers.get("host"):
        raise NotAllowed("other_site", "expected a request from the console's own page")
