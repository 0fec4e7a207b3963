"""Connect to Redis: one server, Sentinel or Cluster, by the form of the address."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

# A silent peer is probed after 5 s, and given up after 20 s without an answer to probes or data.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 5, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3, socket.TCP_USER_TIMEOUT: 20_000}

StorageError = RedisError  # what the rest of the switchboard catches when the storage does not answer


class _Master(Redis):
    """The master of a Sentinel group; closing it gives back the connections to the Sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        for sentinel in self.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]
            await sentinel.aclose()


def storage_code(error: RedisError) -> str:
    """The code on every wire. Full: nothing is stored until there is room again, see BATON_DISK_RESERVE_MB."""
    return "storage_full" if "OOM command not allowed" in str(error) else "storage_away"


def connect(url: str, *, patience: int = 8) -> Any:
    """A client that asks again while the server restarts: every write of ours is idempotent, so asking twice is safe.

    ``redis://`` and ``unix://`` name one server, ``redis+cluster://host:port`` a cluster,
    ``redis+sentinel://host:port,host:port/service`` a Sentinel group. ``patience`` is the number of tries after the
    first, 0.05 to 1 s apart. Raises ValueError for another form.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), patience)
    options: dict[str, Any] = {
        "decode_responses": True,
        "retry": retry,
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        "socket_connect_timeout": 5,
        # With a timeout redis-py writes under asyncio.wait_for, which in Python 3.11 can swallow a cancellation: a
        # worker told to stop would go on. The keepalive below finds a peer that vanished.
        "socket_timeout": None,
        "protocol": 2,
    }
    scheme = urlsplit(url).scheme
    if scheme != "unix":
        options |= {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    if scheme in {"redis", "rediss", "unix"}:
        pool = BlockingConnectionPool.from_url(url, max_connections=128, timeout=30, **options)
        return Redis.from_pool(pool)
    if scheme == "redis+cluster":
        options.pop("retry_on_error")
        return RedisCluster.from_url("redis" + url.removeprefix(scheme), **options)
    if scheme == "redis+sentinel":
        hosts, _, service = url.removeprefix(scheme + "://").partition("/")
        addresses = [(host.rpartition(":")[0], int(host.rpartition(":")[2])) for host in hosts.split(",")]
        return Sentinel(addresses, socket_connect_timeout=5).master_for(  # type: ignore[no-untyped-call]
            service or "baton", redis_class=_Master, **options
        )
    raise ValueError(f"expected redis://, unix://, redis+cluster:// or redis+sentinel://, got {scheme or url!r}")
