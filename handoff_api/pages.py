"""The built pages: the demo shop, the console, the widget's script; and the headers that keep them safe."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DIST = Path(__file__).parent / "web" / "dist"

_CSP = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_NOT_BUILT = "The pages are not built. Run script/server, or npm run build in handoff_api/web.\n"
_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class SafeHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
                else:
                    headers.setdefault("cache-control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def add_pages(app: FastAPI) -> None:
    """Serve the built pages; a clear sentence where they are not built."""

    def page(name: str) -> Response:
        path = DIST / name
        if not path.is_file():
            return PlainTextResponse(_NOT_BUILT, 503)
        return FileResponse(path)

    @app.get("/", include_in_schema=False)
    async def demo() -> Response:
        return page("index.html")

    @app.get("/console", include_in_schema=False)
    async def console() -> Response:
        return page("console.html")

    @app.get("/help/{path:path}", include_in_schema=False)
    async def shop_help(path: str) -> Response:
        return page("help.html")

    app.mount("/", StaticFiles(directory=DIST, check_dir=False), name="pages")
