"""The audit finds every fault it is there for: each is put into a sound record on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.faultlib.audit import FAULTS, audit
from bench.faultlib.ledger import Absence, Command, Ledger
from bench.faultlib.logbook import Entry, Stored, replay

CID = "c0-000000000000000000000000"
ANNOUNCEMENTS = frozenset({"passing you on"})
Record = tuple[Ledger, dict[str, Stored]]


def _row(seq: int, kind: str, author: str, text: str = "", at: int | None = None, **data: Any) -> tuple[Any, ...]:
    body: dict[str, Any] = {"kind": kind, "author": {"type": author}, "text": text, "data": data}
    if author == "agent":
        body["author"] |= {"id": "a1", "name": "Priya"}
    return f"{seq}-0", at or seq * 1000, body


def _log(*rows: tuple[Any, ...]) -> list[Entry]:
    return list(replay(rows))


def sound() -> Record:
    """A question answered, a handoff, a claim, a reply: everything as it should be."""
    entries = _log(
        _row(1, "conversation.started", "contact"),
        _row(2, "message.sent", "contact", "hi", client_id="m1"),
        _row(3, "message.sent", "bot", "hello", turn_id=f"{CID}.1.2"),
        _row(4, "message.sent", "contact", "a person please", client_id="m2"),
        _row(5, "handoff.requested", "bot", at=5000, reason="asked_for_human"),
        _row(6, "message.sent", "bot", "passing you on", at=5000, turn_id=f"{CID}.1.4"),
        _row(7, "conversation.claimed", "agent"),
        _row(8, "message.sent", "agent", "how can I help", client_id="r1"),
    )
    fields = {"owner": "agent", "agent_id": "a1", "epoch": "3", "seq": "8", "contact_seq": "4", "bot_cursor": "4"}
    ledger = Ledger(conversations={CID: "token"})
    for key, cursor, author in (("m1", 2, "contact"), ("m2", 4, "contact"), ("r1", 8, "agent")):
        ledger.write(key, CID, entries[cursor - 1].text, author)
        ledger.tell(key, cursor)
    for reader in ("customer-0", "agent-0"):
        view = ledger.view(reader, CID, 0)
        view.complete = True
        for entry in entries:
            ledger.show(view, {"seq": entry.seq, "kind": entry.kind, "text": entry.text})
    ledger.commands = [Command("k", "a1", CID, "claim", "ok", "", "", 7)]
    return ledger, {CID: Stored(CID, fields, entries, ("agent",))}


def _change(record: Record, seq: int, **what: Any) -> None:
    entries = record[1][CID].entries
    entries[seq - 1] = replace(entries[seq - 1], **what)


def _lose(record: Record) -> None:
    _change(record, 2, data={"client_id": "other"})


def _hide(record: Record) -> None:
    record[0].views[0].seqs.remove(3)


def _double(record: Record) -> None:
    _change(record, 4, data={"client_id": "m1"})


def _show_twice(record: Record) -> None:
    record[0].show(record[0].views[0], {"seq": 3})


def _turn_round(record: Record) -> None:
    record[0].messages["m1"].order = 9


def _change_words(record: Record) -> None:
    _change(record, 4, text="a refund please")


def _invent_a_message(record: Record) -> None:
    _change(record, 2, data={})


def _open_and_forget(record: Record) -> None:
    record[0].conversations["c0-000000000000000000000001"] = "token"


def _speak_over(record: Record) -> None:
    _change(record, 8, author="bot")


def _speak_of_old_epoch(record: Record) -> None:
    _change(record, 3, data={"turn_id": f"{CID}.0.2"})


def _announce_falsely(record: Record) -> None:
    from handoff_api.wording import HANDED_OFF

    _change(record, 3, text=HANDED_OFF)


def _list_nowhere(record: Record) -> None:
    record[1][CID] = replace(record[1][CID], indexes=())


def _leave_unanswered(record: Record) -> None:
    stored = record[1][CID]
    fields = {**stored.fields, "owner": "bot", "agent_id": "", "epoch": "1", "seq": "2", "bot_cursor": "1"}
    record[1][CID] = Stored(CID, fields, stored.entries[:2], ("bot",))


def _skip_a_question(record: Record) -> None:
    """The cursor moved past a message that was in no turn, and the bot said something all the same."""
    entries = _log(
        _row(1, "conversation.started", "contact"),
        _row(2, "message.sent", "contact", "hi", client_id="m1"),
        _row(3, "message.sent", "contact", "and this", client_id="m2"),
        _row(4, "message.sent", "bot", "hello", turn_id=f"{CID}.1.2"),
    )
    fields = {"owner": "bot", "epoch": "1", "seq": "4", "contact_seq": "3", "bot_cursor": "3"}
    record[1][CID] = Stored(CID, fields, entries, ("bot",))


def _answer_again(record: Record) -> None:
    entries = _log(
        _row(1, "conversation.started", "contact"),
        _row(2, "message.sent", "contact", "hi", client_id="m1"),
        _row(3, "message.sent", "bot", "hello", turn_id=f"{CID}.1.2"),
        _row(4, "message.sent", "bot", "hello", turn_id=f"{CID}.1.3"),
    )
    fields = {"owner": "bot", "epoch": "1", "seq": "4", "contact_seq": "2", "bot_cursor": "3"}
    record[1][CID] = Stored(CID, fields, entries, ("bot",))


def _promise_a_person(record: Record) -> None:
    _change(record, 3, text="passing you on")


def _write_what_was_refused(record: Record) -> None:
    record[0].messages["r1"].refused = "not_yours"


def _never_answer_an_agent(record: Record) -> None:
    record[0].write("r9", CID, "", "agent")


def _win_twice(record: Record) -> None:
    record[0].commands.append(Command("k2", "a1", CID, "claim", "ok", "", "", 7))


def _name_a_stranger(record: Record) -> None:
    record[0].commands.append(Command("k2", "a2", CID, "claim", "", "already_claimed", "Already claimed by Tom", None))


def _never_accept(record: Record) -> None:
    record[0].write("m9", CID, "")


def _win_falsely(record: Record) -> None:
    record[0].commands.append(Command("k2", "a2", CID, "claim", "ok", "", "", 7))


def _take_from_present(record: Record) -> None:
    _change(record, 7, kind="conversation.queued", at=90_000, data={"agent": {"id": "a1"}})
    record[0].presence["a1"] = [(0, 100_000)]


def _requeue_never(record: Record) -> None:
    record[0].absences.append(Absence("a1", CID, 3, 8000))


def _refuse(record: Record) -> None:
    record[0].faults.append("refused: m1")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_lose, "lost"),
        (_hide, "lost"),
        (_change_words, "lost"),
        (_open_and_forget, "lost"),
        (_invent_a_message, "doubled"),
        (_answer_again, "doubled"),
        (_double, "doubled"),
        (_show_twice, "doubled"),
        (_turn_round, "out_of_order"),
        (_speak_over, "bot_over_person"),
        (_speak_of_old_epoch, "bot_over_person"),
        (_announce_falsely, "handoff_not_queued"),
        (_promise_a_person, "handoff_not_queued"),
        (_list_nowhere, "owned_by_nobody"),
        (_leave_unanswered, "unanswered"),
        (_skip_a_question, "unanswered"),
        (_never_accept, "unsent"),
        (_never_answer_an_agent, "unsent"),
        (_win_falsely, "wrong_winner"),
        (_win_twice, "wrong_winner"),
        (_name_a_stranger, "wrong_winner"),
        (_write_what_was_refused, "wrong_winner"),
        (_take_from_present, "taken_from_present"),
        (_requeue_never, "late_requeue"),
        (_refuse, "refused"),
    ],
)
def test_a_fault_put_in_on_purpose_is_found(spoil: Callable[[Record], None], fault: str) -> None:
    record = sound()
    spoil(record)
    found = audit(*record, Counter(), 35, ANNOUNCEMENTS)
    assert found.faults[fault], found.faults


def test_a_storage_that_lost_everything_is_found_and_not_a_crash() -> None:
    ledger, _ = sound()
    ledger.wishes["w"] = (CID, 4)
    ledger.absences.append(Absence("a1", CID, 3, 8000))
    faults = audit(ledger, {}, Counter(), 35, ANNOUNCEMENTS).faults
    assert len(faults["lost"]) >= 4


def test_a_process_that_ended_by_itself_is_a_fault() -> None:
    assert audit(*sound(), Counter({"ended bot": 1}), 35).faults["ended_by_itself"]


def test_a_sound_record_is_clean() -> None:
    found = audit(*sound(), Counter(), 35, ANNOUNCEMENTS)
    assert found.clean, found.faults
    assert set(found.faults) == set(FAULTS)
    assert found.figures["accepted"] == found.figures["seen_by_the_other_side"] == 3
