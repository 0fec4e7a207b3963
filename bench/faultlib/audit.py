"""Compares what each side was told and saw with the log, and names every difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.faultlib.ledger import Ledger
from bench.faultlib.logbook import STAFF_ONLY, Entry, Stored
from bench.faultlib.measures import figures, seen
from handoff_api import wording

_DEAF_MS = 3000  # gaps shorter than this are a restart nobody notices

FAULTS = {
    "lost": "accepted, but not in the log or not seen by the other side",
    "doubled": "in the log twice, or shown twice to the same reader",
    "out_of_order": "in another order than written",
    "bot_over_person": "words of the bot written while a person had the conversation, or of an epoch it did not know",
    "handoff_not_queued": "handoff announced while the conversation was not in a queue",
    "owned_by_nobody": "conversation not listed under exactly the owner its log gives it",
    "unanswered": "message left without an answer or a person",
    "unsent": "message that was never accepted although everything had been back for long",
    "wrong_winner": "command answered otherwise than the log says",
    "taken_from_present": "conversation requeued although its agent was there",
    "late_requeue": "conversation of a vanished agent not back in the queue in time",
    "refused": "message or command refused without a reason a customer or agent would understand",
    "ended_by_itself": "process that ended without having been killed",
}


@dataclass
class Findings:
    """Faults by name with their details, and figures."""

    faults: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in FAULTS})
    figures: dict[str, float | int] = field(default_factory=dict)

    def add(self, name: str, detail: str) -> None:
        self.faults[name].append(detail)

    @property
    def clean(self) -> bool:
        return not any(self.faults.values())


def audit(
    ledger: Ledger,
    stored: Mapping[str, Stored],
    counts: Counter[str],
    gone_s: float,
    announcements: frozenset[str] = frozenset(),
) -> Findings:
    """Every check. ``counts`` is what was done to the processes; ``announcements`` are the bot's words of a handoff."""
    found = Findings()
    for cid in ledger.conversations.keys() - stored.keys():
        found.add("lost", f"{cid}: opened, and not stored")
    for line in ledger.faults:
        name, _, detail = line.partition(": ")
        found.add(name, detail)
    for name, count in counts.items():
        if name.startswith("ended "):
            found.add("ended_by_itself", f"{name.removeprefix('ended ')} ({count} times)")
    for one in stored.values():
        _ownership(one, found)
        _voices(one, found, announcements | {wording.HANDED_OFF, wording.BOT_AWAY})
        _answers(one, found)
    _messages(ledger, stored, found)
    _views(ledger, stored, found)
    _commands(ledger, stored, found)
    _agents(ledger, stored, found, gone_s)
    _other_side(ledger, stored, found)
    found.figures |= figures(ledger, stored)
    return found


def _ownership(one: Stored, found: Findings) -> None:
    last = one.entries[-1] if one.entries else None
    facts = {
        "owner in the log": last.owner if last else "",
        "owner stored": one.fields.get("owner", ""),
        "listed under": "+".join(one.indexes),
    }
    if len(set(facts.values())) != 1 or not last:
        found.add("owned_by_nobody", f"{one.cid}: {facts}")
        return
    if one.number("epoch") != last.epoch or bool(one.fields.get("agent_id")) != (last.owner == "agent"):
        found.add("owned_by_nobody", f"{one.cid}: epoch {one.number('epoch')} against {last.epoch}, {one.fields}")
    if [entry.seq for entry in one.entries] != list(range(1, one.number("seq") + 1)):
        found.add("lost", f"{one.cid}: the log has gaps")


def _voices(one: Stored, found: Findings, announcements: frozenset[str]) -> None:
    turns: set[str] = set()
    for entry in one.entries:
        if not entry.is_message or entry.author in {"contact", "agent"}:
            continue
        # A handoff and the words that announce it are one write, hence of one moment.
        announcing = entry.owner == "queue" and entry.at == entry.changed_at
        where = f"{one.cid}.{entry.seq} while owned by {entry.owner}: {entry.text[:60]!r}"
        if entry.author == "bot" and entry.owner != "bot" and not announcing:
            found.add("bot_over_person", where)
        if entry.text == wording.BOT_SLOW and entry.owner != "bot":
            found.add("bot_over_person", where)
        if entry.text in announcements and not announcing:
            found.add("handoff_not_queued", where)
        turn = entry.data.get("turn_id")
        if turn:
            if turn in turns:
                found.add("doubled", f"{one.cid}: turn {turn} was written twice")
            turns.add(turn)
            if int(turn.rsplit(".", 2)[1]) != entry.epoch - announcing:
                found.add("bot_over_person", f"{where}: turn {turn} in epoch {entry.epoch}")


def _answers(one: Stored, found: Findings) -> None:
    """Each message the bot was to answer is in a turn that was committed, or went to people."""
    waiting: list[Entry] = []
    for entry in one.entries:
        if entry.is_message and entry.author == "contact" and entry.owner == "bot":
            waiting.append(entry)
        elif entry.changes_owner:
            waiting.clear()
        elif turn := entry.data.get("turn_id"):
            end = int(turn.rpartition(".")[2])
            covered = [waits for waits in waiting if waits.seq <= end]
            if not covered and entry.is_message and entry.owner == "bot":
                found.add("doubled", f"{one.cid}.{entry.seq}: turn {turn} answers what was answered before")
            waiting = [waits for waits in waiting if waits.seq > end] if entry.is_message else waiting
    if waiting or not one.settled:
        where = [entry.seq for entry in waiting] or one.number("seq")
        found.add("unanswered", f"{one.cid}.{where}: {one.fields}")


def _messages(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    places = _places(ledger, stored, found)
    for sent in ledger.messages.values():
        where = places.get(sent.key, [])
        if len(where) > 1:
            found.add("doubled", f"{sent.key}: {where}")
        if sent.told is not None and (sent.cid, sent.told) not in where:
            found.add("lost", f"{sent.author} message {sent.key} told to be {sent.cid}.{sent.told}, is {where}")
        if sent.refused and where:
            found.add("wrong_winner", f"{sent.author} message {sent.key} was refused ({sent.refused}), is {where}")
        if sent.told is None and sent.refused is None:
            found.add("unsent", f"{sent.author} message {sent.key} of {sent.cid}; in the log: {where}")
    for key, (cid, cursor) in ledger.wishes.items():
        if cid not in stored:
            continue  # lost whole, which is found already
        at = next((e for e in stored[cid].entries if e.seq == cursor), None)
        if at is None or not any(e.owner in {"queue", "agent"} for e in stored[cid].entries[: cursor + 2]):
            found.add("handoff_not_queued", f"wish {key} of {cid} was granted at {cursor}, but no person had it")


def _places(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> Mapping[str, Sequence[tuple[str, int]]]:
    """Where in the logs each written message is; on the way, words nobody wrote and what was turned round."""
    order: dict[tuple[str, str], int] = defaultdict(lambda: -1)
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in stored.values():
        for entry in one.entries:
            sent = ledger.messages.get(entry.key)
            if sent is None:
                if entry.is_message and entry.author in {"contact", "agent"}:
                    found.add("doubled", f"{one.cid}.{entry.seq} {entry.text[:60]!r} was never written by anybody")
                continue
            places[entry.key].append((one.cid, entry.seq))
            if entry.text != sent.text.strip():
                found.add("lost", f"{one.cid}.{entry.seq} has other words than {sent.key}")
            line = (one.cid, sent.author + entry.author_id)
            if sent.order < order[line]:
                found.add("out_of_order", f"{one.cid}.{entry.seq} {sent.key} written before what stands above it")
            order[line] = max(order[line], sent.order)
    return places


def _views(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    for view in ledger.views:
        if view.cid not in stored:
            continue
        entries = stored[view.cid].entries
        staff = not view.reader.startswith("customer")
        end = entries[-1].seq if view.complete and entries else view.last
        due = {e.seq for e in entries if view.after < e.seq <= end and (staff or e.kind not in STAFF_ONLY)}
        shown = set(view.seqs)
        if due - shown:
            found.add("lost", f"{view.reader} was not shown {view.cid}: {sorted(due - shown)[:10]}")
        if shown - due:
            found.add("doubled", f"{view.reader} was shown {view.cid}: {sorted(shown - due)[:10]}, not in the log")
        by_seq = {e.seq: e for e in entries}
        for seq, event in view.events.items():
            if seq in by_seq and (event["kind"], event.get("text", "")) != (by_seq[seq].kind, by_seq[seq].text):
                found.add("lost", f"{view.reader} was shown {view.cid}.{seq} with other words than the log's")


def _commands(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    kinds = {
        "claim": "conversation.claimed",
        "release": "conversation.released",
        "transfer": "conversation.transferred",
        "return": "conversation.returned",
        "resolve": "conversation.resolved",
        "messages": "message.sent",
        "notes": "note.added",
    }
    places: dict[tuple[str, int | None], str] = {}
    holders: dict[str, set[str]] = {
        cid: {e.author_name for e in one.entries if e.kind == "conversation.claimed"}
        | {e.data["to"]["name"] for e in one.entries if e.kind == "conversation.transferred"}
        for cid, one in stored.items()
    }
    for told in ledger.commands:
        if told.cid not in stored:
            continue
        if told.result in {"ok", "duplicate"}:
            entry = next((e for e in stored[told.cid].entries if e.seq == told.seq), None)
            if entry is None or entry.kind != kinds[told.verb] or entry.author_id != told.agent_id:
                found.add("wrong_winner", f"{told}: the log has {entry}")
            other = places.setdefault((told.cid, told.seq), told.key)
            if other != told.key:
                found.add("wrong_winner", f"{told}: {other} was told to be the same event")
        elif told.code == "already_claimed":
            who = told.message.removeprefix("Already claimed by ")
            if who not in holders[told.cid]:
                found.add("wrong_winner", f"{told}: {who!r} never had it")


def _other_side(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    by_contact, by_agents = seen(ledger, customers=True), seen(ledger, customers=False)
    for sent in ledger.messages.values():
        if sent.told is None or sent.author == "note":
            continue
        readers = by_agents if sent.author == "contact" else by_contact
        if (sent.cid, sent.told) not in readers:
            found.add("lost", f"{sent.author} message {sent.key} at {sent.cid}.{sent.told} not seen by the other side")
    for one in stored.values():
        for entry in one.entries:
            if entry.is_message and entry.author == "bot" and (one.cid, entry.seq) not in by_contact:
                found.add("lost", f"bot message {one.cid}.{entry.seq} not seen by the customer")


def _agents(ledger: Ledger, stored: Mapping[str, Stored], found: Findings, gone_s: float) -> None:
    limit_ms, gone_ms = int(gone_s * 1000) + 10_000, int(gone_s * 1000)
    delays = []
    requeued = [(one.cid, e) for one in stored.values() for e in one.entries if e.kind == "conversation.queued"]
    for cid, entry in requeued:
        agent = entry.data["agent"]["id"]
        there = any(a < entry.at - gone_ms - 1000 and entry.at < b for a, b in ledger.presence.get(agent, []))
        if there:
            found.add("taken_from_present", f"{cid}.{entry.seq} from {agent}")
    for absence in ledger.absences:
        if absence.cid not in stored:
            continue
        entries = stored[absence.cid].entries
        held = [e for e in entries if e.epoch == absence.epoch]
        if not held or held[-1].owner != "agent" or held[0].at > absence.until_ms:
            continue
        after = next((e for e in entries if e.epoch == absence.epoch + 1), None)
        # Where nobody could look for agents, the time counts from when somebody could again.
        ends = [end for start, end in ledger.deaf if end - start > _DEAF_MS and (after is None or start < after.at)]
        since = max(absence.until_ms, *(end - 1000 * max(0, int(gone_s) - 25) for end in ends), 0)
        if after is None or after.at - since > limit_ms:
            ended = f"{after.at - absence.until_ms} ms" if after else "never"
            found.add("late_requeue", f"{absence.cid} of {absence.agent_id}: {ended}")
        elif after.kind == "conversation.queued":
            delays.append(after.at - absence.until_ms)
    found.figures["requeued_from_vanished"] = len(requeued)
    found.figures["longest_requeue_s"] = max(delays, default=0) / 1000
