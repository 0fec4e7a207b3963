"""What the benchmark's customers ask: wordings of the FAQ that the running assistant answers with that entry."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp

from baton.checkout import ROOT
from bench.lib.customer import Customer
from kb_index.entries import load_entries


@dataclass(frozen=True)
class Questions:
    """Rounds of questions; within a round each is of another entry, so that nobody seems to repeat himself."""

    rounds: tuple[tuple[str, ...], ...]

    @property
    def entries(self) -> int:
        """How many entries are asked about: the length of a round."""
        return len(self.rounds[0])

    def walk(self) -> Iterator[str]:
        """All questions, round after round, for ever."""
        return itertools.chain.from_iterable(itertools.cycle(self.rounds))

    def some(self, count: int, seed: int) -> list[str]:
        """Questions about different entries, in random order; more than there are entries go on with others."""
        chosen = random.Random(seed)
        order = list(range(self.entries))
        chosen.shuffle(order)
        return [chosen.choice(self.rounds)[order[i % self.entries]] for i in range(count)]


async def answered_questions(url: str, http: aiohttp.ClientSession, entries: int, wordings: int) -> Questions:
    """Try wordings of up to ``entries`` entries, each in a conversation of its own, and keep what was answered so."""
    candidates = [entry for entry in load_entries(ROOT / "data" / "faq") if not entry.flags]
    random.Random(7).shuffle(candidates)
    at_once = asyncio.Semaphore(4)

    async def is_answered(text: str, answer: str) -> bool:
        async with at_once:
            customer = await Customer.arrive(url, http)
            reply = await customer.ask(text)
            await customer.leave()
            return not reply.handed_off and reply.text.strip()[:60] == answer.strip()[:60]

    table: list[list[str]] = []
    for entry in candidates:
        if len(table) == entries:
            break
        texts = [entry.question, *entry.wordings][: wordings + 2]
        good = await asyncio.gather(*(is_answered(text, entry.answer) for text in texts))
        kept = [text for text, fine in zip(texts, good, strict=True) if fine][:wordings]
        if kept:
            table.append([kept[i % len(kept)] for i in range(wordings)])
    if len(table) < 10:
        raise RuntimeError(
            f"the assistant answered questions about only {len(table)} FAQ entries; is the model current?"
        )
    return Questions(tuple(zip(*table, strict=True)))
