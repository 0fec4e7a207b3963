"""Everything that can be done to a conversation, except the bot's own turns."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol
from unicodedata import category

from handoff_api import wording
from handoff_api.conversations.events import BOT, CONTACT, SYSTEM, Author, AuthorType, Event, EventKind, NewEvent
from handoff_api.conversations.model import Channel, Contact, HandoffReason, Owner
from handoff_api.conversations.moves import MOVES, Verb
from handoff_api.storage.conversations import ConversationStore, Guard, Transfer, Written

MAX_TEXT = 10_000  # characters of one message
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # all but tab and newline
_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w@])", re.IGNORECASE)
_PEOPLE = frozenset({Owner.QUEUE, Owner.AGENT})
HUMAN = "human"  # the payload of every "talk to a person" button; granted here, whether or not the bot is up


class MessageRefused(ValueError):
    """A message that cannot be accepted; ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Desk(Protocol):
    """What the switchboard asks about people (is anybody there), and where it counts what happened."""

    async def anybody_online(self) -> bool: ...
    async def note_claim(self) -> None: ...
    async def count(self, name: str, label: str) -> None: ...


@dataclass(frozen=True)
class AgentRef:
    """An agent as conversations know them."""

    id: str
    name: str

    @property
    def author(self) -> Author:
        return Author(AuthorType.AGENT, self.name, self.id)


def checked_text(text: object) -> str:
    """A message's text as it is stored. Raises MessageRefused with what was expected."""
    if not isinstance(text, str):
        raise MessageRefused("message_invalid", "expected the text of the message as a string")
    clean = _UNPRINTABLE.sub("", text).strip()
    if all(category(character)[0] in "CZ" for character in clean):
        raise MessageRefused("message_empty", "expected at least one visible character")
    if len(clean) > MAX_TEXT:
        raise MessageRefused("message_too_long", f"expected at most {MAX_TEXT} characters, got {len(clean)}")
    return clean


def handoff_record(
    reason: HandoffReason,
    note: str,
    *,
    signals: Sequence[Mapping[str, Any]] = (),
    evidence: Sequence[str] = (),
    faqs_tried: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A handoff as it is stored with the conversation and in its event."""
    return {
        "reason": str(reason),
        "note": note,
        "signals": [dict(signal) for signal in signals],
        "evidence": list(evidence),
        "faqs_tried": [dict(faq) for faq in faqs_tried],
    }


def handoff_fields(record: Mapping[str, Any]) -> dict[str, str]:
    """The state that goes with a handoff."""
    return {"handoff": json.dumps(record, ensure_ascii=False), "handoff_state": MOVES[Verb.HAND_OFF].handoff_state}


class Switchboard:
    """Accepts what contacts send, and carries out what contacts and agents ask for."""

    def __init__(self, store: ConversationStore, desk: Desk, hours: str) -> None:
        self.store = store
        self._desk = desk
        self._hours = hours

    # --- contacts ----------------------------------------------------------------------------------------------------
    async def start(self, channel: Channel, address: str, contact: Contact, locale: str) -> str:
        """Open a conversation with the bot."""
        return await self.store.start(channel, address, contact, locale, _started(contact))

    async def at_address(self, channel: Channel, address: str, contact: Contact, locale: str) -> str:
        """The conversation of an address on a messaging app."""
        return await self.store.start_at_address(channel, address, contact, locale, _started(contact))

    async def accept(
        self,
        cid: str,
        client_id: str,
        text: str,
        payload: str | None = None,
        *,
        data: Mapping[str, Any] | None = None,
    ) -> Written:
        """Take a message of the contact; ``data`` is for agents. Raises MessageRefused, UnknownConversation."""
        kept = {**(data or {}), "client_id": client_id}
        message = NewEvent(EventKind.MESSAGE_SENT, CONTACT, checked_text(text), payload=payload, data=kept)
        written = await self.store.accept(
            cid, f"m:{client_id}", message, NewEvent(EventKind.CONVERSATION_REOPENED, CONTACT)
        )
        if payload == HUMAN and written.owner is Owner.BOT:
            await self.request_human(cid, f"h:{client_id}", evidence=written.seq)
        if written.owner in _PEOPLE and (found := _ADDRESS.search(text)):
            await self._keep_address(cid, client_id, written.seq, found.group())
        return written

    async def _keep_address(self, cid: str, client_id: str, seq: int, address: str) -> None:
        """Note an e-mail address left for people, which the bot does not hear; thank for it where nobody is there."""
        present = await self.store.get(cid)
        if address in {present.contact.email, *(fact["value"] for fact in present.facts)}:
            return
        fact = {"name": "email", "value": address, "message_id": f"{cid}.{seq}"}
        events = [NewEvent(EventKind.FACT_NOTED, SYSTEM, data=fact)]
        if present.owner is Owner.QUEUE and not await self._desk.anybody_online():
            events.append(NewEvent(EventKind.MESSAGE_SENT, SYSTEM, wording.ADDRESS_KEPT.format(address=address)))
        known = [dict(one) for one in present.facts if one["name"] != "email"]
        fields = {"facts": json.dumps([*known, fact], ensure_ascii=False)}
        if not present.contact.email and not present.contact.verified:
            fields["contact"] = json.dumps(asdict(replace(present.contact, email=address)), ensure_ascii=False)
        await self.store.write(cid, events, key=f"e:{client_id}", guard=Guard(owners=_PEOPLE), fields=fields)

    async def accepted(self, cid: str, client_id: str) -> Event | None:
        """What an earlier message of the contact became."""
        return await self.store.event_of(cid, f"m:{client_id}")

    async def request_human(self, cid: str, key: str, *, evidence: int | None = None) -> Written:
        """Grant the wish for a person at once. ``wrong_owner`` where people have the conversation already."""
        refs = [f"{cid}.{evidence}"] if evidence else []
        record = handoff_record(HandoffReason.ASKED_FOR_HUMAN, wording.NOTE_ASKED_BY_BUTTON, evidence=refs)
        events = [
            NewEvent(EventKind.HANDOFF_REQUESTED, CONTACT, data=record),
            NewEvent(EventKind.MESSAGE_SENT, BOT, wording.HANDED_OFF),
            *await self.absence(),
        ]
        move = MOVES[Verb.HAND_OFF]
        written = await self.store.write(
            cid,
            events,
            key=key,
            guard=Guard(owners=move.sources),
            transfer=Transfer(move.target),
            fields=handoff_fields(record),
        )
        if written.result == "ok":
            await self._desk.count("handoffs", HandoffReason.ASKED_FOR_HUMAN)
        return written

    async def absence(self) -> list[NewEvent]:
        """What a waiting contact is told when nobody is there."""
        if await self._desk.anybody_online():
            return []
        text = wording.NOBODY_ONLINE.format(hours=self._hours)
        return [NewEvent(EventKind.MESSAGE_SENT, SYSTEM, " ".join(text.split()))]

    async def rate(self, cid: str, key: str, csat: int, comment: str | None) -> Written:
        """Store the contact's rating, 1 to 5. Raises MessageRefused."""
        if not isinstance(csat, int) or isinstance(csat, bool) or not 1 <= csat <= 5:
            raise MessageRefused("rating_invalid", "expected csat to be a whole number from 1 to 5")
        rating: dict[str, Any] = {"csat": csat}
        if comment:
            rating["comment"] = str(comment)[:2000]
        event = NewEvent(EventKind.RATING_GIVEN, CONTACT, data=rating)
        return await self.store.write(cid, [event], key=key, fields={"rating": json.dumps(rating, ensure_ascii=False)})

    # --- agents ------------------------------------------------------------------------------------------------------
    async def message(self, cid: str, key: str, agent: AgentRef, text: str, epoch: int | None) -> Written:
        """An agent's message; only the holder may write to the contact."""
        event = NewEvent(EventKind.MESSAGE_SENT, agent.author, checked_text(text), data={"client_id": key})
        guard = Guard(epoch=epoch, owners=frozenset({Owner.AGENT}), holder=agent.id)
        return await self.store.write(cid, [event], key=f"a:{key}", guard=guard)

    async def note(self, cid: str, key: str, agent: AgentRef, text: str) -> Written:
        """A private note, by any agent, whoever owns the conversation. Changes nothing else."""
        event = NewEvent(EventKind.NOTE_ADDED, agent.author, checked_text(text), data={"client_id": key})
        return await self.store.write(cid, [event], key=f"a:{key}")

    async def move(
        self,
        verb: Verb,
        cid: str,
        key: str,
        agent: AgentRef,
        *,
        epoch: int | None = None,
        to: AgentRef | None = None,
        note: str | None = None,
    ) -> Written:
        """Claim, release, transfer, return, resolve or expire, as the table of moves allows."""
        move = MOVES[verb]
        heir = to or agent
        data: dict[str, Any] = {"to": {"id": to.id, "name": to.name}} if to else {}
        author = SYSTEM if verb is Verb.EXPIRE else agent.author
        if verb is Verb.EXPIRE:
            data["agent"] = {"id": agent.id, "name": agent.name}
        events = [NewEvent(move.kind, author, data=data or None)]
        if note:
            events.insert(0, NewEvent(EventKind.NOTE_ADDED, agent.author, checked_text(note)))
        guard = Guard(epoch=epoch, owners=move.sources, holder=agent.id if move.by_holder else None)
        transfer = Transfer(Owner.AGENT, heir.id, heir.name) if move.target is Owner.AGENT else Transfer(move.target)
        written = await self.store.write(
            cid,
            events,
            key=f"a:{key}",
            guard=guard,
            transfer=transfer,
            fields={"handoff_state": move.handoff_state},
        )
        if verb is Verb.CLAIM and written.result == "ok":
            await self._desk.note_claim()
        return written


def _started(contact: Contact) -> NewEvent:
    data = {"page": contact.page} if contact.page else None
    return NewEvent(EventKind.CONVERSATION_STARTED, CONTACT, data=data)
