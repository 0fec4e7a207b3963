"""Sends what is new to messaging apps: in order, with retry and back-off, each message once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from handoff_api.channels.notices import notice_of
from handoff_api.channels.port import MessagingChannel, SendLater, SendRefused
from handoff_api.conversations.events import SYSTEM, AuthorType, Event, EventKind, NewEvent
from handoff_api.conversations.model import Channel, Conversation, Owner
from handoff_api.storage.conversations import ConversationStore, Guard
from handoff_api.storage.desk import queue_places
from handoff_api.storage.streams import Work

logger = logging.getLogger(__name__)

_MOST_TRIES = 8
_FIRST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0


class Delivery:
    """Works off the outbox: everything of one conversation the contact has not been sent."""

    def __init__(
        self,
        store: ConversationStore,
        channels: Mapping[Channel, MessagingChannel],
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        self._store, self._channels, self._first_wait_s = store, channels, first_wait_s

    async def handle(self, work: Work) -> None:
        """Send what is due; ends when all is sent or refused, or another sender has taken over."""
        cid = work.conversation_id
        begun = await self._store.begin_delivery(cid, work.entry)
        if begun is None:
            return
        address, events = begun
        conversation = await self._store.get(cid)
        channel = self._channels.get(conversation.channel)
        for event in events:
            if channel:
                await self._notice(conversation, event)
            if not _is_for_contact(event):
                continue
            why = await self._send(channel, address, event) if channel else "this channel is not configured"
            failed = [NewEvent(EventKind.DELIVERY_UPDATED, SYSTEM, data=_failure(event, why))] if why else []
            if not await self._store.delivered(cid, work.entry, event.seq, finished=False, events=failed):
                return
        await self._store.delivered(cid, work.entry, events[-1].seq, finished=True)

    async def _notice(self, conversation: Conversation, event: Event) -> None:
        """Write what is to be said about an event, once; it is delivered next."""
        place = None
        if event.kind is EventKind.HANDOFF_REQUESTED:
            waiting = await self._store.owned_by(Owner.QUEUE, limit=100_000)
            place = queue_places(waiting).get(conversation.id)
        notice = notice_of(event, place)
        if notice:
            guard = Guard(owners=notice.owners)
            await self._store.write(conversation.id, [notice.message], key=f"notice:{event.seq}", guard=guard)

    async def _send(self, channel: MessagingChannel, address: str, event: Event) -> str | None:
        """Deliver one message; returns why not where it is given up."""
        wait = self._first_wait_s
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                await channel.send(address, event)
                return None
            except SendRefused as refused:
                return str(refused)
            except SendLater as later:
                logger.info("delivery.later", extra={"message": event.id, "why": str(later), "attempt": attempt})
                why = str(later)
                if attempt < _MOST_TRIES:
                    await asyncio.sleep(later.after_s if later.after_s is not None else wait)
                    wait = min(wait * 2, _MOST_WAIT_S)
        return why


def _is_for_contact(event: Event) -> bool:
    return event.kind is EventKind.MESSAGE_SENT and event.author.type is not AuthorType.CONTACT


def _failure(event: Event, why: str) -> dict[str, str]:
    return {"message_id": event.id, "status": "failed", "why": why}
