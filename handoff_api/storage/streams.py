"""Reading the streams: work for consumer groups (turns, outbox), and the feed that wakes sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from handoff_api.storage import keys


@dataclass(frozen=True)
class Work:
    """One entry of a work stream: a conversation to look after."""

    partition: int
    entry: str
    conversation_id: str


@dataclass(frozen=True)
class Moved:
    """A conversation moved to ``seq``; ``queue`` is true where the queue changed with it."""

    conversation_id: str
    seq: int
    queue: bool


class WorkStream:
    """One of the two work streams over all partitions, read as one consumer of its group.

    An entry stays with its consumer until a script removes it. A consumer that works on it says so with ``keep``;
    entries nobody has kept for a while are taken over with ``take_over``.
    """

    def __init__(self, client: Any, key: Any, group: str, consumer: str, partitions: int) -> None:
        self._client, self._key, self._group, self._consumer = client, key, group, consumer
        self.partitions = partitions

    async def prepare(self) -> None:
        """Create the consumer groups. Safe to call again."""
        for partition in range(self.partitions):
            await self._prepare(partition)

    async def _prepare(self, partition: int) -> None:
        try:
            await self._client.xgroup_create(self._key(partition), self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def next(self, partition: int, count: int, block_ms: int = 2000) -> list[Work]:
        """New entries of a partition, waiting up to ``block_ms``."""
        try:
            answer = await self._client.xreadgroup(
                self._group, self._consumer, {self._key(partition): ">"}, count=count, block=block_ms
            )
        except ResponseError as error:
            if "NOGROUP" not in str(error):  # the storage was emptied under us
                raise
            await self._prepare(partition)
            return []
        return [Work(partition, entry, fields["c"]) for _, rows in answer for entry, fields in rows]

    async def keep(self, works: Sequence[Work]) -> None:
        """Say that this consumer still works on these."""
        by_partition: dict[int, list[str]] = {}
        for work in works:
            by_partition.setdefault(work.partition, []).append(work.entry)
        for partition, entries in by_partition.items():
            await self._client.xclaim(
                self._key(partition), self._group, self._consumer, min_idle_time=0, message_ids=entries, justid=True
            )

    async def take_over(self, partition: int, idle_ms: int, count: int = 64) -> list[Work]:
        """Entries whose consumer has been silent for ``idle_ms``; they are this consumer's from now on."""
        answer = await self._client.xautoclaim(
            self._key(partition), self._group, self._consumer, min_idle_time=idle_ms, count=count
        )
        return [Work(partition, entry, fields["c"]) for entry, fields in answer[1] if fields]

    async def waiting(self) -> int:
        """How many conversations are on the stream, being worked on or not."""
        pipe = self._client.pipeline(transaction=False)
        for partition in range(self.partitions):
            pipe.xlen(self._key(partition))
        return sum(await pipe.execute())


def turn_stream(client: Any, consumer: str, partitions: int) -> WorkStream:
    """Conversations that wait for the bot."""
    return WorkStream(client, keys.turns, keys.WORKERS, consumer, partitions)


def outbox_stream(client: Any, consumer: str, partitions: int) -> WorkStream:
    """Conversations with something to deliver."""
    return WorkStream(client, keys.outbox, keys.SENDERS, consumer, partitions)


async def follow_feed(client: Any, partition: int) -> AsyncIterator[list[Moved] | None]:
    """What moves in a partition from now on. Yields None after a gap: whoever listens should look at everything."""
    key = keys.feed(partition)
    newest = await client.xrevrange(key, count=1)
    last = newest[0][0] if newest else "0-0"
    yield None
    while True:
        answer = await client.xread({key: last}, count=500, block=5000)
        rows = [row for _, part in answer for row in part]
        if not rows:
            newest = await client.xrevrange(key, count=1)
            if newest and newest[0][0] < last:  # an emptied or restored storage begins anew
                last = newest[0][0]
                yield None
            continue
        last = rows[-1][0]
        yield [Moved(fields["c"], int(fields["s"]), fields["q"] == "1") for _, fields in rows]
