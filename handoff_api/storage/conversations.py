"""The conversation store: the log, ownership and the streams, each write one atomic script."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

from handoff_api.conversations.events import Event, NewEvent
from handoff_api.conversations.model import Channel, Contact, Conversation, HandoffState, Owner
from handoff_api.storage import keys

_SCRIPTS = ("create", "accept", "begin_turn", "commit_turn", "write", "begin_delivery", "delivered", "forget")
_NOTE_READ = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'contact_read', ARGV[1]) end"
_DROP_ADDRESS = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_OWNERS = tuple(Owner)


class UnknownConversation(LookupError):
    """No conversation has this id."""


@dataclass(frozen=True)
class Written:
    """The outcome of a write. ``result`` is ``ok``, ``duplicate`` or the name of what refused it."""

    result: str
    seq: int
    owner: Owner
    epoch: int
    agent_id: str | None = None
    agent_name: str | None = None

    @property
    def happened(self) -> bool:
        return self.result in {"ok", "duplicate"}


@dataclass(frozen=True)
class BegunTurn:
    """What the bot is to answer: the contact messages after ``start`` up to ``end``."""

    id: str
    entry: str
    epoch: int
    start: int
    end: int
    events: tuple[Event, ...]
    conversation: Conversation


@dataclass(frozen=True)
class Guard:
    """What must hold for a write to happen; empty fields hold always."""

    epoch: int | None = None
    owners: frozenset[Owner] = frozenset()
    holder: str | None = None


@dataclass(frozen=True)
class Transfer:
    """The change of owner a write brings."""

    owner: Owner
    agent_id: str = ""
    agent_name: str = ""


class ConversationStore:
    """All reads and writes of conversations."""

    def __init__(self, client: Any, partitions: int, scripts: Mapping[str, Any]) -> None:
        self._client = client
        self.partitions = partitions
        self._scripts = scripts
        self._note_read = client.register_script(_NOTE_READ)
        self._drop_address = client.register_script(_DROP_ADDRESS)

    @classmethod
    def create(cls, client: Any, partitions: int) -> ConversationStore:
        folder = files("handoff_api.storage") / "scripts"
        lib = (folder / "lib.lua").read_text("utf-8")
        scripts = {name: client.register_script(lib + (folder / f"{name}.lua").read_text("utf-8")) for name in _SCRIPTS}
        return cls(client, partitions, scripts)

    async def _run(self, script: str, cid: str, *args: object) -> list[Any]:
        try:
            script_keys = keys.script_keys(cid)
        except ValueError:
            raise UnknownConversation(cid) from None
        answer: list[Any] = await self._scripts[script](keys=script_keys, args=[cid, *args])
        if answer[0] == "unknown":
            raise UnknownConversation(cid)
        return answer

    # --- writes ------------------------------------------------------------------------------------------------------
    async def start(
        self, channel: Channel, address: str, contact: Contact, locale: str, first: NewEvent, *, cid: str | None = None
    ) -> str:
        """Create a conversation owned by the bot and return its id."""
        cid = cid or keys.new_conversation_id(random.randrange(self.partitions))
        fields = {
            "channel": channel,
            "address": address,
            "locale": locale,
            "contact": json.dumps({k: v for k, v in asdict(contact).items() if v}),
        }
        await self._run("create", cid, *_flat_fields(fields), *_flat_events([first]))
        return cid

    async def start_at_address(
        self, channel: Channel, address: str, contact: Contact, locale: str, first: NewEvent
    ) -> str:
        """The conversation of an address on a messaging app; created the first time."""
        key = keys.address(channel, address)
        cid = await self._client.get(key)
        if cid is None:
            fresh = keys.new_conversation_id(random.randrange(self.partitions))
            await self._client.set(key, fresh, nx=True)
            cid = await self._client.get(key)
        if not await self._client.exists(keys.conversation(cid)):
            await self.start(channel, address, contact, locale, first, cid=cid)
        return str(cid)

    async def accept(self, cid: str, key: str, message: NewEvent, reopening: NewEvent) -> Written:
        """Append a contact message once and route it to the owner. Raises UnknownConversation."""
        answer = await self._run("accept", cid, key, message.encode(), reopening.encode())
        return Written(answer[0], int(answer[1]), Owner(answer[2]), int(answer[3]))

    async def write(
        self,
        cid: str,
        events: Sequence[NewEvent],
        *,
        key: str = "",
        guard: Guard | None = None,
        transfer: Transfer | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Written:
        """Append events, and change the owner where ``transfer`` says so, if ``guard`` holds; once per ``key``.

        A field with an empty value is deleted. Raises UnknownConversation.
        """
        guard, target = guard or Guard(), transfer
        answer = await self._run(
            "write",
            cid,
            key,
            "" if guard.epoch is None else guard.epoch,
            ",".join(sorted(guard.owners)),
            guard.holder or "",
            target.owner if target else "",
            target.agent_id if target else "",
            target.agent_name if target else "",
            *_flat_fields(fields or {}),
            *_flat_events(events),
        )
        return _written(answer)

    async def begin_turn(self, cid: str, entry: str) -> BegunTurn | None:
        """Fix the turn of a stream entry; None (and the entry gone) where there is nothing for the bot to do."""
        answer = await self._run("begin_turn", cid, entry)
        if answer[0] == "nothing":
            return None
        epoch, start, end = int(answer[1]), int(answer[2]), int(answer[3])
        events = tuple(_event(cid, raw) for raw in answer[4])
        fields = dict(zip(answer[5][::2], answer[5][1::2], strict=True))
        return BegunTurn(f"{cid}.{epoch}.{end}", entry, epoch, start, end, events, _conversation(cid, fields))

    async def commit_turn(
        self,
        turn: BegunTurn,
        events: Sequence[NewEvent],
        audit: NewEvent,
        *,
        transfer: Transfer | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Written:
        """Write the bot's decision; ``refused`` (and ``audit`` in the log) where the conversation changed hands."""
        answer = await self._run(
            "commit_turn",
            turn.conversation.id,
            turn.entry,
            turn.id,
            turn.epoch,
            turn.start,
            turn.end,
            transfer.owner if transfer else "",
            audit.encode(),
            *_flat_fields(fields or {}),
            *_flat_events(events),
        )
        return _written(answer)

    async def begin_delivery(self, cid: str, entry: str) -> tuple[str, list[Event]] | None:
        """The address and the events not sent yet on a messaging app; None where there is nothing to send."""
        answer = await self._run("begin_delivery", cid, entry)
        if answer[0] == "nothing":
            return None
        return str(answer[1]), [_event(cid, raw) for raw in answer[3]]

    async def delivered(
        self, cid: str, entry: str, seq: int, *, finished: bool, events: Sequence[NewEvent] = ()
    ) -> bool:
        """Move the sent cursor; False where another sender has taken over."""
        answer = await self._run("delivered", cid, entry, seq, int(finished), *_flat_events(events))
        return bool(answer[0] == "ok")

    async def note_read(self, cid: str, seq: int) -> None:
        """The contact has read up to ``seq``."""
        await self._note_read(keys=[keys.conversation(cid)], args=[seq])

    async def forget(self, cid: str, before: int) -> bool:
        """Delete a conversation in which nobody waits and nothing has happened after ``before`` (ms); with its log."""
        channel = (await self.get(cid)).channel
        answer = await self._run("forget", cid, before)
        if answer[0] != "ok":
            return False
        if answer[1]:  # a message that comes from there begins a new conversation
            await self._drop_address(keys=[keys.address(channel, answer[1])], args=[cid])
        return True

    # --- reads -------------------------------------------------------------------------------------------------------
    async def get(self, cid: str) -> Conversation:
        """The current state. Raises UnknownConversation."""
        (conversation,) = await self.get_many([cid])
        if conversation is None:
            raise UnknownConversation(cid)
        return conversation

    async def get_many(self, cids: Sequence[str]) -> list[Conversation | None]:
        """The current states, None for ids that do not exist."""
        pipe = self._client.pipeline(transaction=False)
        try:
            for cid in cids:
                pipe.hgetall(keys.conversation(cid))
        except ValueError as error:
            raise UnknownConversation(str(error)) from None
        if not cids:
            return []
        raw = await pipe.execute()
        return [_conversation(cid, fields) if fields else None for cid, fields in zip(cids, raw, strict=True)]

    async def look(self, cid: str, after: int) -> tuple[Conversation, list[Event]]:
        """The current state and the log after ``after``, in one round trip. Raises UnknownConversation."""
        pipe = self._client.pipeline(transaction=False)
        try:
            pipe.hgetall(keys.conversation(cid))
            pipe.xrange(keys.log(cid), min=f"{after + 1}-0")
        except ValueError:
            raise UnknownConversation(cid) from None
        fields, raw = await pipe.execute()
        if not fields:
            raise UnknownConversation(cid)
        return _conversation(cid, fields), [_event_pair(cid, entry_id, row) for entry_id, row in raw]

    async def events(self, cid: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """The log after ``after``, oldest first."""
        raw = await self._client.xrange(keys.log(cid), min=f"{after + 1}-0", count=limit)
        return [_event_pair(cid, entry_id, fields) for entry_id, fields in raw]

    async def event_of(self, cid: str, key: str) -> Event | None:
        """What was written under an idempotency key."""
        seq = await self._client.hget(keys.seen(cid), key)
        found = await self.events(cid, int(seq) - 1, limit=1) if seq else []
        return found[0] if found else None

    async def owned_by(self, owner: Owner, limit: int = 1000) -> list[tuple[str, int]]:
        """Conversation ids of an owner with their times in ms: the queue oldest first, others newest first."""
        oldest_first = owner in {Owner.QUEUE, Owner.AGENT}
        pipe = self._client.pipeline(transaction=False)
        for partition in range(self.partitions):
            pipe.zrange(keys.owned_by(partition, owner), 0, limit - 1, desc=not oldest_first, withscores=True)
        found = [(cid, int(score)) for rows in await pipe.execute() for cid, score in rows]
        found.sort(key=lambda row: (row[1] if oldest_first else -row[1], row[0]))
        return found[:limit]

    async def unmoved_since(self, owner: Owner, partition: int, before: int, *, skip: int, most: int) -> list[str]:
        """Conversations of an owner that have not changed hands after ``before`` (ms), longest first."""
        key = keys.owned_by(partition, owner)
        found: list[str] = await self._client.zrangebyscore(key, "-inf", before, start=skip, num=most)
        return found

    async def count_owned_by(self) -> dict[Owner, int]:
        """How many conversations each owner has."""
        pipe = self._client.pipeline(transaction=False)
        for owner in _OWNERS:
            for partition in range(self.partitions):
                pipe.zcard(keys.owned_by(partition, owner))
        counts = await pipe.execute()
        n = self.partitions
        return {owner: sum(counts[i * n : (i + 1) * n]) for i, owner in enumerate(_OWNERS)}


def _flat_fields(fields: Mapping[str, str]) -> Iterable[object]:
    return [len(fields), *(part for pair in fields.items() for part in pair)]


def _flat_events(events: Sequence[NewEvent]) -> Iterable[object]:
    return [len(events), *(part for event in events for part in (event.tag(), event.encode()))]


def _written(answer: Sequence[Any]) -> Written:
    result, seq, owner, epoch, agent_id, agent_name = answer
    return Written(result, int(seq), Owner(owner), int(epoch), agent_id or None, agent_name or None)


def _event(cid: str, raw: Sequence[Any]) -> Event:
    fields = raw[1]
    return _event_pair(cid, raw[0], dict(zip(fields[::2], fields[1::2], strict=True)))


def _event_pair(cid: str, entry_id: str, fields: Mapping[str, str]) -> Event:
    return Event.decode(cid, int(entry_id.partition("-")[0]), int(fields["at"]), fields["b"])


def _conversation(cid: str, fields: Mapping[str, str]) -> Conversation:
    def number(name: str) -> int:
        return int(fields.get(name) or 0)

    def loaded(name: str) -> Any:
        return json.loads(fields[name]) if fields.get(name) else None

    last = loaded("last")
    if last:
        last = {"author": last["author"], "text": last.get("text", ""), "at": number("last_at")}
    return Conversation(
        id=cid,
        owner=Owner(fields["owner"]),
        epoch=number("epoch"),
        seq=number("seq"),
        channel=Channel(fields["channel"]),
        address=fields.get("address", ""),
        contact=Contact(**loaded("contact")),
        locale=fields.get("locale", "en"),
        bot_cursor=number("bot_cursor"),
        contact_seq=number("contact_seq"),
        contact_read=number("contact_read"),
        started_at=number("started_at"),
        updated_at=number("updated_at"),
        queued_at=number("queued_at") or None,
        agent_id=fields.get("agent_id"),
        agent_name=fields.get("agent_name"),
        handoff=loaded("handoff"),
        handoff_state=HandoffState(fields["handoff_state"]) if fields.get("handoff_state") else None,
        facts=tuple(loaded("facts") or ()),
        last=last,
        said=(loaded("said") or {}).get("text"),
        rating=loaded("rating"),
        turn=fields.get("turn"),
        sent_cursor=number("sent_cursor"),
        facts_cursor=number("facts_cursor"),
    )
