"""A TCP proxy in front of the bot that can hold every answer back for some seconds."""

from __future__ import annotations

import asyncio
import contextlib


class SlowProxy:
    """Forwards to ``port``; answers come ``delay_s`` later. With the bot dead, connections are closed at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.delay_s = 0.0
        self._server: asyncio.Server | None = None

    async def listen(self, port: int) -> None:
        """Start on a port of this machine."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def close(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_bot = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        ways = (self._pump(reader, to_bot[1], late=False), self._pump(to_bot[0], writer, late=True))
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, to_bot[1]):
            end.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, late: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if late:
                    await asyncio.sleep(self.delay_s)
                sink.write(data)
                await sink.drain()
