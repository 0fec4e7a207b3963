"""Just enough of the Redis protocol to ask a server how it is.

The redis library belongs to the storage packages; a supervisor that asks PING and INFO does not need it.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

Reply = str | int | None | list["Reply"]


class RedisReplyError(Exception):
    """The server answered with an error."""


@dataclass(frozen=True)
class RedisAddress:
    """Where a Redis listens: a socket path, or host and port."""

    path: str | None = None
    host: str = ""
    port: int = 0
    password: str | None = None

    @property
    def url(self) -> str:
        """Write the address for the redis library."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"unix://{login}{quote(self.path)}" if self.path else f"redis://{login}{self.host}:{self.port}/0"

    def __str__(self) -> str:
        """Say where it is, without the password."""
        return self.path or f"{self.host}:{self.port}"

    def connect(self, timeout: float) -> socket.socket:
        """Open a connection."""
        if self.path:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(timeout)
            try:
                connection.connect(self.path)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection((self.host, self.port), timeout)


def command(address: RedisAddress, *words: str, timeout: float = 2.0) -> Reply:
    """Send one command on a connection of its own and return the answer."""
    with address.connect(timeout) as connection, connection.makefile("rb") as answers:
        if address.password:
            connection.sendall(_encode(("AUTH", address.password)))
            _read(answers.readline, answers.read)
        connection.sendall(_encode(words))
        return _read(answers.readline, answers.read)


def info(address: RedisAddress, section: str) -> dict[str, str]:
    """Ask INFO for one section."""
    answer = command(address, "INFO", section)
    if not isinstance(answer, str):
        raise RedisReplyError(f"unexpected answer to INFO: {answer!r}")
    return dict(line.split(":", 1) for line in answer.splitlines() if ":" in line)


def _encode(words: tuple[str, ...]) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Reply:
    line = readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("Redis closed the connection")
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"-":
        raise RedisReplyError(rest)
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == "-1" else read(int(rest) + 2)[:-2].decode()
    if kind == b"*":
        return [_read(readline, read) for _ in range(int(rest))]
    raise RedisReplyError(f"not a Redis: it answered {line[:40]!r}")
