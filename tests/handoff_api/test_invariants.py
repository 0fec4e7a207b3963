"""Any interleaving of accept, turn, commit, claim, release, transfer, return, resolve, expiry and replays keeps the
promises. Runs the real scripts on a real Redis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from handoff_api.conversations.events import BOT, SYSTEM, AuthorType, EventKind, NewEvent
from handoff_api.conversations.model import Channel, Contact, Owner
from handoff_api.conversations.moves import MOVES, Verb
from handoff_api.conversations.switchboard import AgentRef, Switchboard
from handoff_api.storage import keys
from handoff_api.storage.connect import connect
from handoff_api.storage.conversations import BegunTurn, ConversationStore, Transfer
from handoff_api.storage.desk import DeskStore
from handoff_api.storage.streams import turn_stream

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
    bot_said: list[tuple[int, int]] = field(default_factory=list)  # epoch believed, seq of the reply


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
        self.turns = turn_stream(self.client, "w", 2)
        self.run(self.turns.prepare())

    def run(self, coroutine):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.run(self.client.flushall())
            self.run(self.client.aclose())
            self.loop.close()

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
        written = self.run(self.board.request_human(self.cid, self.fresh("h")))
        assert written.happened == (before in MOVES[Verb.HAND_OFF].sources)

    # --- workers -----------------------------------------------------------------------------------------------------
    @rule(partition=st.just(None), which=_some)
    def worker_begins(self, partition: None, which: int) -> None:
        home = keys.partition_of(self.cid)
        self.run(self.turns.next(home, 10, block_ms=1))
        entries = self.run(self.turns.take_over(home, 0))
        if entries:
            turn = self.run(self.store.begin_turn(self.cid, entries[which % len(entries)].entry))
            if turn:
                self.begun.append(Begun(turn))

    @rule(which=_some, hands_off=st.booleans())
    def worker_commits(self, which: int, hands_off: bool) -> None:
        if not self.begun:
            return
        held = self.begun[which % len(self.begun)]
        before = self.run(self.store.get(self.cid))
        reply = NewEvent(EventKind.MESSAGE_SENT, BOT, "answer", data={"turn": held.turn.id})
        audit = NewEvent(EventKind.TURN_REFUSED, SYSTEM)
        transfer = Transfer(Owner.QUEUE) if hands_off else None
        written = self.run(self.store.commit_turn(held.turn, [reply], audit, transfer=transfer))
        held.commits += 1
        fits = before.owner is Owner.BOT and before.epoch == held.turn.epoch and before.bot_cursor == held.turn.start
        assert (written.result == "ok") == (fits and written.result != "duplicate")
        if written.result == "ok":
            assert before.owner is Owner.BOT
            self.told.bot_said.append((held.turn.epoch, before.seq + 1))

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
        written = self.run(self.board.move(verb, self.cid, self.fresh("c"), agent, epoch=epoch))
        move = MOVES[verb]
        allowed = (
            before.owner in move.sources
            and (not move.by_holder or before.agent_id == agent.id)
            and epoch in {None, before.epoch}
        )
        assert (written.result == "ok") == allowed
        if not allowed:
            assert written.agent_id == before.agent_id

    @rule(agent=st.sampled_from(AGENTS), to=st.sampled_from(AGENTS))
    def agent_transfers(self, agent: AgentRef, to: AgentRef) -> None:
        before = self.run(self.store.get(self.cid))
        written = self.run(self.board.move(Verb.TRANSFER, self.cid, self.fresh("c"), agent, to=to))
        assert (written.result == "ok") == (before.agent_id == agent.id)

    @rule(agent=st.sampled_from(AGENTS), private=st.booleans())
    def agent_writes(self, agent: AgentRef, private: bool) -> None:
        before = self.run(self.store.get(self.cid))
        key = self.fresh("t")
        if private:
            written = self.run(self.board.note(self.cid, key, agent, "note"))
            assert written.result == "ok"
            assert self.run(self.store.get(self.cid)).owner is before.owner
        else:
            written = self.run(self.board.message(self.cid, key, agent, "hello", None))
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
        assert (state.agent_id is not None) == (state.owner is Owner.AGENT)
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

    @invariant()
    def contact_messages_appear_once_in_order(self) -> None:
        if not hasattr(self, "cid"):
            return
        events = self.run(self.store.events(self.cid))
        mine = {e.data["client_id"]: e.seq for e in events if e.is_contact_message() and e.data}
        assert mine == self.told.accepted

    @invariant()
    def bot_never_speaks_over_a_person(self) -> None:
        if not hasattr(self, "cid"):
            return
        owner = Owner.BOT
        for event in self.run(self.store.events(self.cid)):
            said_by_bot = event.kind is EventKind.MESSAGE_SENT and event.author.type is AuthorType.BOT
            handed_off_just_now = owner is Owner.QUEUE and not (event.data or {}).get("turn")
            assert not said_by_bot or owner is Owner.BOT or handed_off_just_now
            owner = _owner_after(event.kind, owner)


def _owner_after(kind: EventKind, owner: Owner) -> Owner:
    targets = {move.kind: move.target for move in MOVES.values()}
    return Owner.BOT if kind is EventKind.CONVERSATION_REOPENED else targets.get(kind, owner)


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
