"""The crew that works off a stream, on a real Redis."""

from __future__ import annotations

import asyncio

from handoff_api.crew import Crew
from handoff_api.services import Services
from handoff_api.storage import keys
from handoff_api.storage.streams import Work, turn_stream


async def test_entries_of_the_same_millisecond_in_two_partitions_are_both_begun(services: Services) -> None:
    """They have the same number; taken for one, the second customer waited 10 s until it counted as abandoned."""
    stream = turn_stream(services.client, "me", partitions=2)
    await stream.prepare()
    begun: set[str] = set()
    both = asyncio.Event()

    async def handle(work: Work) -> None:
        begun.add(work.conversation_id)
        if len(begun) == 2:
            both.set()
        await both.wait()  # as long as one is in hand, the other comes

    for partition in (0, 1):
        await services.client.xadd(keys.turns(partition), {"c": f"c{partition}-x"}, id="1795338298136-0")
    crew = asyncio.create_task(Crew(stream, handle).run())
    try:
        async with asyncio.timeout(5):
            await both.wait()
    finally:
        crew.cancel()
        await asyncio.gather(crew, return_exceptions=True)
    assert begun == {"c0-x", "c1-x"}
