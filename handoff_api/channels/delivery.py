"""Sends what is new to messaging apps: in order, patiently, each message once; agents see what did not arrive."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from handoff_api.channels.notices import notice_of
from handoff_api.channels.port import MessagingChannel, SendLater, SendRefused
from handoff_api.conversations.events import SYSTEM, AuthorType, Event, EventKind, NewEvent
from handoff_api.conversations.model import Channel, Conversation, Owner
from handoff_api.storage.conversations import ConversationStore, Guard
from handoff_api.storage.desk import queue_places
from handoff_api.storage.streams import Work

logger = logging.getLogger(__name__)

_FIRST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
_LATE_S = 30.0  # agents learn that a message is under way for so long
_NOT_CONFIGURED = "this channel is not configured"


class Delivery:
    """Works off the outbox: everything of one conversation the contact has not been sent.

    A message that cannot be sent just now holds back those behind it, for ``patience_s`` seconds since it was written.
    """

    def __init__(
        self,
        store: ConversationStore,
        channels: Mapping[Channel, MessagingChannel],
        patience_s: float,
        first_wait_s: float = _FIRST_WAIT_S,
        late_s: float = _LATE_S,
    ) -> None:
        self._store, self._channels, self._patience_s = store, channels, patience_s
        self._first_wait_s, self._late_s = first_wait_s, late_s

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
            update = await self._send(channel, address, event)
            if not await self._store.delivered(cid, work.entry, event.seq, finished=False, events=update):
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

    async def _send(self, channel: MessagingChannel | None, address: str, event: Event) -> list[NewEvent]:
        """Deliver one message; returns what the log is to say of it: nothing where all went well at once."""
        wait = self._first_wait_s
        while True:
            try:
                if channel is None:
                    raise SendLater(_NOT_CONFIGURED, _MOST_WAIT_S)
                await channel.send(address, event)
                return [_update(event, "sent")] if await self._was_late(event) else []
            except SendRefused as refused:
                return [_update(event, "failed", str(refused))]
            except SendLater as later:
                logger.info("delivery.later", extra={"message": event.id, "why": str(later)})
                if _age_s(event) > self._patience_s:
                    return [_update(event, "failed", str(later))]
                if _age_s(event) > self._late_s:
                    late = _update(event, "delayed", str(later))
                    await self._store.write(event.conversation_id, [late], key=_late_key(event))
                pause = wait if later.after_s is None else later.after_s
                await asyncio.sleep(max(0.0, min(pause, self._patience_s - _age_s(event) + 1)))
                wait = min(wait * 2, _MOST_WAIT_S)

    async def _was_late(self, event: Event) -> bool:
        if _age_s(event) < self._late_s:
            return False
        return await self._store.event_of(event.conversation_id, _late_key(event)) is not None


def _is_for_contact(event: Event) -> bool:
    return event.kind is EventKind.MESSAGE_SENT and event.author.type is not AuthorType.CONTACT


def _age_s(event: Event) -> float:
    return time.time() - event.at / 1000


def _late_key(event: Event) -> str:
    return f"late:{event.seq}"


def _update(event: Event, status: str, why: str = "") -> NewEvent:
    """``status``: ``delayed`` it is still tried, ``sent`` after all, or ``failed`` for good."""
    data = {"message_id": event.id, "status": status, **({"why": why} if why else {})}
    return NewEvent(EventKind.DELIVERY_UPDATED, SYSTEM, data=data)
