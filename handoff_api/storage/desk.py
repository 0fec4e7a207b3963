"""Small shared facts: which agents are there, claims of late, the bot's state, rate limits, leases, typing."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from handoff_api.storage import keys

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"

# KEYS: listening. ARGV: now, the longest gap in ms that does not count.
_LISTEN = """
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '0')
if tonumber(ARGV[1]) - last > tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'since', ARGV[1]) end
return redis.call('HSET', KEYS[1], 'last', ARGV[1])
"""
# Browsers come back at the latest as long after an outage as it lasted, or 20 s, and consoles send a ping every 10 s:
# a shorter gap makes no agent who is there look gone; after a longer one all who are there have been heard in time.
_DEAF_MS, _COMEBACK_MS = 12_000, 25_000


class DeskStore:
    """What all copies of the switchboard need to agree on besides conversations."""

    def __init__(self, client: Any, gone_s: float) -> None:
        self._client = client
        self._gone_ms = int(gone_s * 1000)
        self._release = client.register_script(_RELEASE)
        self._renew = client.register_script(_RENEW)
        self._listen = client.register_script(_LISTEN)

    # --- presence ----------------------------------------------------------------------------------------------------
    async def sign_of_life(self, agent_id: str) -> bool:
        """An agent's console is there. True where it was not known to be."""
        added = await self._client.zadd(keys.PRESENCE, {agent_id: _now()})
        return bool(added)

    async def online(self) -> frozenset[str]:
        """Agents seen within the limit."""
        since = _now() - self._gone_ms
        return frozenset(await self._client.zrangebyscore(keys.PRESENCE, since, "+inf"))

    async def note_listening(self) -> None:
        """A copy of the switchboard is up and hears consoles; each says so every second."""
        await self._listen(keys=[keys.LISTENING], args=[_now(), _DEAF_MS])

    async def heard_long_enough(self) -> bool:
        """Whether consoles could be heard for long enough: just after an outage of ours silence says nothing."""
        since = await self._client.hget(keys.LISTENING, "since")
        return since is not None and _now() - int(since) >= min(self._gone_ms, _COMEBACK_MS)

    async def leave(self, agent_id: str) -> None:
        """An agent signed out."""
        await self._client.zrem(keys.PRESENCE, agent_id)

    async def anybody_online(self) -> bool:
        return bool(await self.online())

    # --- waiting time ------------------------------------------------------------------------------------------------
    async def note_claim(self) -> None:
        await self._client.lpush(keys.CLAIMS, _now())
        await self._client.ltrim(keys.CLAIMS, 0, 39)

    async def seconds_per_claim(self) -> float | None:
        """Mean time between claims in the last hour; None with fewer than three of them."""
        since = _now() - 3_600_000
        times = [int(t) for t in await self._client.lrange(keys.CLAIMS, 0, -1) if int(t) >= since]
        if len(times) < 3:
            return None
        return (times[0] - times[-1]) / 1000 / (len(times) - 1)

    # --- the bot's state ---------------------------------------------------------------------------------------------
    async def publish_bot_state(self, state: Mapping[str, Any]) -> None:
        await self._client.set(keys.BOT_STATE, json.dumps(state), ex=15)

    async def bot_state(self) -> dict[str, Any] | None:
        """What the workers say of the bot; None where no worker is there."""
        text = await self._client.get(keys.BOT_STATE)
        return json.loads(text) if text else None

    # --- totals for /metrics -----------------------------------------------------------------------------------------
    async def count(self, name: str, label: str) -> None:
        """Add one to a total, such as handoffs by reason."""
        await self._client.hincrby(keys.TOTALS, f"{name}:{label}", 1)

    async def counts(self) -> dict[tuple[str, str], int]:
        """All totals by name and label."""
        raw = await self._client.hgetall(keys.TOTALS)
        return {(key.partition(":")[0], key.partition(":")[2]): int(value) for key, value in raw.items()}

    # --- limits and leases -------------------------------------------------------------------------------------------
    async def allow(self, name: str, subject: str, most: int, window_s: int) -> bool:
        """Count one use; False where ``most`` in the present window are used up. Subjects are stored as digests."""
        key = _limit_key(name, subject, window_s)
        count = await self._client.incr(key)
        if count == 1:
            await self._client.expire(key, window_s)
        return bool(count <= most)

    async def used(self, name: str, subject: str, window_s: int) -> int:
        """How many uses were counted in the present window."""
        return int(await self._client.get(_limit_key(name, subject, window_s)) or 0)

    async def hold(self, name: str, holder: str, ms: int) -> bool:
        """Take or keep a lease."""
        key = keys.lease(name)
        if await self._client.set(key, holder, nx=True, px=ms):
            return True
        return bool(await self._renew(keys=[key], args=[holder, ms]))

    async def let_go(self, name: str, holder: str) -> None:
        await self._release(keys=[keys.lease(name)], args=[holder])

    # --- passing things ----------------------------------------------------------------------------------------------
    async def whisper(self, message: Mapping[str, Any]) -> None:
        """Tell every copy something that is worth nothing later: typing, viewing, presence."""
        await self._client.publish(keys.EPHEMERAL, json.dumps(message, ensure_ascii=False))

    async def whispers(self) -> AsyncIterator[dict[str, Any]]:
        """What the copies tell each other."""
        await self._client.ping()  # a cluster's client knows no node to subscribe at before its first command
        async with self._client.pubsub() as pubsub:
            await pubsub.subscribe(keys.EPHEMERAL)
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=10.0)
                if message is not None:
                    yield json.loads(message["data"])

    async def ping(self) -> None:
        """Raises StorageError where the storage does not answer."""
        await self._client.ping()


def queue_places(waiting: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Places in line, 1 first, from the queue oldest first."""
    return {cid: place for place, (cid, _) in enumerate(waiting, start=1)}


def _limit_key(name: str, subject: str, window_s: int) -> str:
    return keys.limit(name, sha256(subject.encode()).hexdigest()[:24], int(time.time()) // window_s)


def _now() -> int:
    return int(time.time() * 1000)
