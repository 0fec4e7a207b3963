"""Any interleaving of accept, turn, commit, delivery, claim, release, transfer, return, resolve, expiry and replays of
each keeps the promises. Runs the real scripts on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from handoff_api.conversations.events import BOT, SYSTEM, AuthorType, EventKind, NewEvent
from handoff_api.conversations.model import Channel, Contact, Owner
from handoff_api.conversations.moves import MOVES, Verb
from handoff_api.conversations.switchboard import AgentRef, Switchboard
from handoff_api.storage import keys
from handoff_api.storage.connect import connect
from handoff_api.storage.conversations import BegunTurn, ConversationStore, Transfer, Written
from handoff_api.storage.desk import DeskStore
from handoff_api.storage.streams import outbox_stream, turn_stream

AGENTS = [AgentRef("a1", "Priya"), AgentRef("a2", "Tom"), AgentRef("a3", "Ines")]
_some = st.integers(0, 50)


@dataclass
class Begun:
    """A turn a worker holds in its hands, perhaps long after somebody else has finished it."""

    turn: BegunTurn
    commits: int = 0


@dataclass
class Told:
    """What each side was told."""

    accepted: dict[str, int] = field(default_factory=dict)  # client id -> seq
    committed: set[str] = field(default_factory=set)  # ids of turns
    heard: set[int] = field(default_factory=set)  # seqs of the contact's messages in committed turns
    commands: dict[str, tuple[Callable[[], Awaitable[Written]], int]] = field(default_factory=dict)  # key -> again, seq


class Interleavings(RuleBasedStateMachine):
    """One conversation, three agents, any number of workers, on a messaging app so that deliveries take part."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = connect(self.url)
        self.store = ConversationStore.create(self.client, 2)
        self.board = Switchboard(self.store, DeskStore(self.client, 30), "")
        self.told, self.begun, self.clock, self.epoch = Told(), list[Begun](), 0, 0
        self.log: list[tuple[str, dict[str, str]]] = []
        self.cid = self.run(self.board.start(Channel.TELEGRAM, "42", Contact("t42"), "en"))
        self.turns, self.outbox = turn_stream(self.client, "w", 2), outbox_stream(self.client, "s", 2)
        self.run(self.turns.prepare())
        self.run(self.outbox.prepare())
        self.sending: list[tuple[str, list[int]]] = []  # outbox entry, seqs it is to send

    def run(self, coroutine):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.run(self.client.flushall())
            self.run(self.client.aclose())
            self.loop.close()

    def command(self, key: str, ask: Callable[[], Awaitable[Written]]) -> Written:
        """Ask for something under a key; what happened is kept, to be asked for again later."""
        written: Written = self.run(ask())
        if written.result == "ok":
            self.told.commands[key] = (ask, written.seq)
        return written

    def fresh(self, name: str) -> str:
        self.clock += 1
        return f"{name}{self.clock}"

    # --- contact -----------------------------------------------------------------------------------------------------
    @rule(again=st.booleans(), which=_some)
    def contact_writes(self, again: bool, which: int) -> None:
        known = list(self.told.accepted)
        client_id = known[which % len(known)] if again and known else self.fresh("m")
        written = self.run(self.board.accept(self.cid, client_id, f"text of {client_id}"))
        if client_id in self.told.accepted:
            assert written.result == "duplicate"
            assert written.seq == self.told.accepted[client_id]
        else:
            assert written.result == "ok"
            self.told.accepted[client_id] = written.seq

    @rule()
    def contact_asks_for_a_person(self) -> None:
        before = self.run(self.store.get(self.cid)).owner
        key = self.fresh("h")
        written = self.command(key, lambda: self.board.request_human(self.cid, key))
        assert written.happened == (before in MOVES[Verb.HAND_OFF].sources)

    # --- anybody, whose answer was lost ------------------------------------------------------------------------------
    @precondition(lambda self: self.told.commands)
    @rule(which=_some)
    def a_command_is_sent_again(self, which: int) -> None:
        ask, seq = list(self.told.commands.values())[which % len(self.told.commands)]
        before = self.run(self.store.get(self.cid))
        again = self.run(ask())
        assert (again.result, again.seq) == ("duplicate", seq)
        assert self.run(self.store.get(self.cid)) == before

    # --- workers -----------------------------------------------------------------------------------------------------
    @rule(which=_some)
    def worker_begins(self, which: int) -> None:
        home = keys.partition_of(self.cid)
        self.run(self.turns.next(home, 10, block_ms=1))
        entries = self.run(self.turns.take_over(home, 0))
        if entries:
            turn = self.run(self.store.begin_turn(self.cid, entries[which % len(entries)].entry))
            if turn:
                self.begun.append(Begun(turn))

    @precondition(lambda self: self.begun)
    @rule(which=_some, hands_off=st.booleans())
    def worker_commits(self, which: int, hands_off: bool) -> None:
        held = self.begun[-1 - which % len(self.begun)]
        before = self.run(self.store.get(self.cid))
        reply = NewEvent(EventKind.MESSAGE_SENT, BOT, "answer", data={"turn_id": held.turn.id})
        events = [NewEvent(EventKind.HANDOFF_REQUESTED, BOT), reply] if hands_off else [reply]
        audit = NewEvent(EventKind.TURN_REFUSED, SYSTEM)
        transfer = Transfer(Owner.QUEUE) if hands_off else None
        written = self.run(self.store.commit_turn(held.turn, events, audit, transfer=transfer))
        held.commits += 1
        fits = before.owner is Owner.BOT and before.epoch == held.turn.epoch and before.bot_cursor == held.turn.start
        assert (written.result == "ok") == (fits and written.result != "duplicate")
        if written.result == "ok":
            self.told.committed.add(held.turn.id)
            self.told.heard |= {event.seq for event in held.turn.events if event.is_contact_message()}
        assert (written.result == "duplicate") <= (held.turn.id in self.told.committed)

    @rule()
    def contact_writes_on_while_the_bot_answers(self) -> None:
        self.contact_writes(False, 0)
        self.worker_begins(0)
        self.contact_writes(False, 0)
        if self.begun:
            self.worker_commits(0, False)

    @rule()
    def sender_begins(self) -> None:
        home = keys.partition_of(self.cid)
        self.run(self.outbox.next(home, 10, block_ms=1))
        for work in self.run(self.outbox.take_over(home, 0)):
            begun = self.run(self.store.begin_delivery(self.cid, work.entry))
            if begun:
                self.sending.append((work.entry, [event.seq for event in begun[1]]))

    @precondition(lambda self: self.sending)
    @rule(which=_some, some=_some, everything=st.booleans())
    def sender_says_it_is_sent(self, which: int, some: int, everything: bool) -> None:
        """All or some of it; perhaps long after another sender has finished the entry."""
        entry, seqs = self.sending[-1 - which % len(self.sending)]
        before = self.run(self.store.get(self.cid)).sent_cursor
        sent = seqs if everything else seqs[: 1 + some % len(seqs)]
        self.run(self.store.delivered(self.cid, entry, sent[-1], finished=len(sent) == len(seqs)))
        assert self.run(self.store.get(self.cid)).sent_cursor >= before

    @rule()
    def more_is_said_while_a_sender_works(self) -> None:
        self.contact_asks_for_a_person()
        self.sender_begins()
        self.holder_acts(0)
        self.contact_asks_for_a_person()
        if self.sending:
            self.sender_says_it_is_sent(0, 1, False)
            self.sender_says_it_is_sent(0, 0, False)  # another one, further behind
            self.sender_says_it_is_sent(0, 0, True)

    # --- agents ------------------------------------------------------------------------------------------------------
    @rule(
        verb=st.sampled_from([Verb.CLAIM, Verb.RELEASE, Verb.RETURN, Verb.RESOLVE, Verb.EXPIRE]),
        agent=st.sampled_from(AGENTS),
        behind=st.integers(0, 2),
        fenced=st.booleans(),
    )
    def agent_moves(self, verb: Verb, agent: AgentRef, behind: int, fenced: bool) -> None:
        before = self.run(self.store.get(self.cid))
        epoch = max(0, before.epoch - behind) if fenced else None
        key = self.fresh("c")
        written = self.command(key, lambda: self.board.move(verb, self.cid, key, agent, epoch=epoch))
        move = MOVES[verb]
        allowed = (
            before.owner in move.sources
            and (not move.by_holder or before.agent_id == agent.id)
            and epoch in {None, before.epoch}
        )
        assert (written.result == "ok") == allowed
        if not allowed:
            assert written.agent_id == before.agent_id

    @rule(what=st.integers(0, 2))
    def holder_acts(self, what: int) -> None:
        """What an agent who has it does most: writes, and gives it back; nobody has it for ever."""
        state = self.run(self.store.get(self.cid))
        if state.agent_id is None:
            self.agent_moves(Verb.CLAIM, AGENTS[what], 0, False)
        elif what == 0:
            self.agent_writes(next(agent for agent in AGENTS if agent.id == state.agent_id), False)
        else:
            holder = next(agent for agent in AGENTS if agent.id == state.agent_id)
            self.agent_moves(Verb.RETURN, holder, 0, False)

    @rule(agent=st.sampled_from(AGENTS), to=st.sampled_from(AGENTS))
    def agent_transfers(self, agent: AgentRef, to: AgentRef) -> None:
        before = self.run(self.store.get(self.cid))
        key = self.fresh("c")
        written = self.command(key, lambda: self.board.move(Verb.TRANSFER, self.cid, key, agent, to=to, note="yours"))
        assert (written.result == "ok") == (before.agent_id == agent.id)

    @rule(agent=st.sampled_from(AGENTS), private=st.booleans())
    def agent_writes(self, agent: AgentRef, private: bool) -> None:
        before = self.run(self.store.get(self.cid))
        key = self.fresh("t")
        if private:
            written = self.command(key, lambda: self.board.note(self.cid, key, agent, "note"))
            assert written.result == "ok"
            assert self.run(self.store.get(self.cid)).owner is before.owner
        else:
            written = self.command(key, lambda: self.board.message(self.cid, key, agent, "hello", None))
            assert (written.result == "ok") == (before.agent_id == agent.id)
            again = self.run(self.board.message(self.cid, key, agent, "hello", None))
            assert again.result == ("duplicate" if written.result == "ok" else written.result)

    # --- what always holds -------------------------------------------------------------------------------------------
    @invariant()
    def exactly_one_owner(self) -> None:
        if not hasattr(self, "cid"):
            return
        state = self.run(self.store.get(self.cid))
        home = keys.partition_of(self.cid)
        listed = [
            owner for owner in Owner if self.run(self.client.zscore(keys.owned_by(home, owner), self.cid)) is not None
        ]
        assert listed == [state.owner]
        assert (state.agent_id is not None) == (state.owner is Owner.AGENT), "at most one assignee"
        assert state.epoch >= self.epoch
        self.epoch = state.epoch

    @invariant()
    def log_only_grows_without_gaps(self) -> None:
        if not hasattr(self, "cid"):
            return
        raw = self.run(self.client.xrange(keys.log(self.cid)))
        assert [entry for entry, _ in raw] == [f"{n}-0" for n in range(1, len(raw) + 1)]
        assert raw[: len(self.log)] == self.log
        self.log = raw
        assert self.run(self.store.get(self.cid)).seq == len(raw)

    @invariant()
    def every_message_is_answered_waiting_or_with_people(self) -> None:
        if not hasattr(self, "cid"):
            return
        state = self.run(self.store.get(self.cid))
        entries = self.run(self.client.xrange(keys.turns(keys.partition_of(self.cid))))
        assert len(entries) <= 1
        if state.owner is Owner.BOT and state.contact_seq > state.bot_cursor:
            assert [entry for entry, _ in entries] == [state.turn]
        if state.owner is Owner.BOT:
            log = self.run(self.store.events(self.cid))
            people = max((event.seq for event in log if _owner_after(event.kind)), default=0)
            passed = {seq for seq in self.told.accepted.values() if people < seq <= state.bot_cursor}
            assert passed <= self.told.heard, "the cursor passes only what the bot was given"

    @invariant()
    def contact_messages_appear_once_in_order(self) -> None:
        if not hasattr(self, "cid"):
            return
        events = self.run(self.store.events(self.cid))
        mine = {e.data["client_id"]: e.seq for e in events if e.is_contact_message() and e.data}
        assert mine == self.told.accepted

    @invariant()
    def everything_for_the_contact_is_sent_or_on_the_outbox_once(self) -> None:
        if not hasattr(self, "cid"):
            return
        fields = self.run(self.client.hgetall(keys.conversation(self.cid)))
        entries = [entry for entry, _ in self.run(self.client.xrange(keys.outbox(keys.partition_of(self.cid))))]
        due = int(fields.get("deliver_seq", 0)) > int(fields.get("sent_cursor", 0))
        assert entries == ([fields["delivery"]] if "delivery" in fields else [])
        assert "delivery" in fields or not due

    @invariant()
    def bot_speaks_only_in_the_epoch_it_knew_and_never_over_a_person(self) -> None:
        """The log alone tells owner and epoch; a handoff and the words that announce it are one write."""
        if not hasattr(self, "cid"):
            return
        owner, epoch, announced = Owner.BOT, 1, False
        for event in self.run(self.store.events(self.cid)):
            after = _owner_after(event.kind)
            if after:
                owner, epoch = after, epoch + 1
                announced = event.kind is not EventKind.HANDOFF_REQUESTED
            if event.kind is EventKind.MESSAGE_SENT and event.author.type is AuthorType.BOT:
                assert owner is Owner.BOT or (owner is Owner.QUEUE and not announced)
                turn_id = (event.data or {}).get("turn_id")
                if turn_id:
                    knew = int(turn_id.rsplit(".", 2)[1])
                    assert knew == (epoch if owner is Owner.BOT else epoch - 1)
                announced = announced or owner is Owner.QUEUE
        state = self.run(self.store.get(self.cid))
        assert (owner, epoch) == (state.owner, state.epoch)


def _owner_after(kind: EventKind) -> Owner | None:
    """The owner an event brings; written apart from the table of moves, which it judges."""
    return {
        EventKind.HANDOFF_REQUESTED: Owner.QUEUE,
        EventKind.CONVERSATION_QUEUED: Owner.QUEUE,
        EventKind.CONVERSATION_RELEASED: Owner.QUEUE,
        EventKind.CONVERSATION_CLAIMED: Owner.AGENT,
        EventKind.CONVERSATION_TRANSFERRED: Owner.AGENT,
        EventKind.CONVERSATION_RETURNED: Owner.BOT,
        EventKind.CONVERSATION_REOPENED: Owner.BOT,
        EventKind.CONVERSATION_RESOLVED: Owner.CLOSED,
    }.get(kind)


@pytest.mark.usefixtures("redis_url")
def test_promises_hold_in_any_order(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.close()
    Interleavings.url = redis_url
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
