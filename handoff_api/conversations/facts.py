"""Notes what a contact has told, for the agents: asked of the bot when somebody looks, written once into the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Protocol

from handoff_api.bot_contract import Fact, FactsReply, FactsRequest, GivenMessage
from handoff_api.conversations.events import BOT, Event, EventKind, NewEvent
from handoff_api.conversations.model import Conversation
from handoff_api.storage.conversations import ConversationStore

logger = logging.getLogger(__name__)

MOST_MESSAGES = 200  # asked at once; of a longer conversation the rest follows with the next look
_PAUSE_S = 5.0  # after a bot that did not answer, agents are not kept waiting for so long


class Finder(Protocol):
    """Finds facts in messages."""

    async def facts(self, request: FactsRequest) -> FactsReply: ...


class FactNotes:
    """Off the answer path: a conversation nobody looks at costs nothing."""

    def __init__(self, store: ConversationStore, finder: Finder, failures: tuple[type[Exception], ...]) -> None:
        self._store, self._finder, self._failures = store, finder, failures
        self._not_before = 0.0

    async def note(self, conversation: Conversation, events: Sequence[Event]) -> bool:
        """Write down what is new in the messages since the last look; whether anything was written.

        A bot that is away, or knows nothing of facts, changes nothing: the next look asks again.
        """
        fresh = [event for event in events if event.is_contact_message() and event.seq > conversation.facts_cursor]
        fresh = fresh[:MOST_MESSAGES]
        if not fresh or time.monotonic() < self._not_before:
            return False
        asked = FactsRequest(messages=[GivenMessage(id=event.id, text=event.text or "") for event in fresh])
        try:
            found = (await self._finder.facts(asked)).facts
        except self._failures as error:
            self._not_before = time.monotonic() + _PAUSE_S
            logger.info("facts.not_found", extra={"why": str(error), "conversation": conversation.id})
            return False
        news = _not_noted_yet(found, events)
        upto = fresh[-1].seq
        written = await self._store.write(
            conversation.id,
            [NewEvent(EventKind.FACT_NOTED, BOT, data=fact.model_dump(exclude_none=True)) for fact in news],
            key=f"facts:{upto}",
            fields={"facts_cursor": str(upto)},
        )
        return bool(news) and written.result == "ok"


def _not_noted_yet(found: Sequence[Fact], events: Sequence[Event]) -> list[Fact]:
    known = {
        (event.data["name"], str(event.data["value"]).lower())
        for event in events
        if event.kind is EventKind.FACT_NOTED and event.data
    }
    return [fact for fact in found if (fact.name, fact.value.lower()) not in known]
