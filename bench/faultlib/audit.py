"""Compares what each side was told and saw with the log, and names every difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.faultlib.ledger import Ledger
from bench.faultlib.logbook import STAFF_ONLY, Entry, Stored
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


def audit(ledger: Ledger, stored: Mapping[str, Stored], counts: Counter[str], gone_s: float) -> Findings:
    """Every check. ``counts`` is what was done to the processes."""
    found = Findings()
    for line in ledger.faults:
        name, _, detail = line.partition(": ")
        found.add(name, detail)
    for name, count in counts.items():
        if name.startswith("ended "):
            found.add("ended_by_itself", f"{name.removeprefix('ended ')} ({count} times)")
    for one in stored.values():
        _ownership(one, found)
        _voices(one, found)
        _answers(one, found)
    _messages(ledger, stored, found)
    _views(ledger, stored, found)
    _commands(ledger, stored, found)
    _agents(ledger, stored, found, gone_s)
    _figures(ledger, stored, found)
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


def _voices(one: Stored, found: Findings) -> None:
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
        if entry.text in {wording.HANDED_OFF, wording.BOT_AWAY} and not announcing:
            found.add("handoff_not_queued", where)
        turn = entry.data.get("turn_id")
        if turn:
            if turn in turns:
                found.add("doubled", f"{one.cid}: turn {turn} was written twice")
            turns.add(turn)
            if int(turn.rsplit(".", 2)[1]) != entry.epoch - announcing:
                found.add("bot_over_person", f"{where}: turn {turn} in epoch {entry.epoch}")


def _answers(one: Stored, found: Findings) -> None:
    waiting: Entry | None = None
    for entry in one.entries:
        if entry.is_message and entry.author == "contact" and entry.owner == "bot":
            waiting = waiting or entry
        elif entry.changes_owner or (entry.is_message and entry.author == "bot"):
            waiting = None
    if waiting or not one.settled:
        where = waiting.seq if waiting else one.number("seq")
        found.add("unanswered", f"{one.cid}.{where}: {one.fields}")


def _messages(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    order: dict[tuple[str, str], int] = defaultdict(lambda: -1)
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in stored.values():
        for entry in one.entries:
            if not entry.key or entry.key not in ledger.messages:
                continue
            places[entry.key].append((one.cid, entry.seq))
            sent = ledger.messages[entry.key]
            line = (one.cid, sent.author + entry.author_id)
            if sent.order < order[line]:
                found.add("out_of_order", f"{one.cid}.{entry.seq} {sent.key} written before what stands above it")
            order[line] = max(order[line], sent.order)
    for sent in ledger.messages.values():
        where = places.get(sent.key, [])
        if len(where) > 1:
            found.add("doubled", f"{sent.key}: {where}")
        if sent.told is not None and (sent.cid, sent.told) not in where:
            found.add("lost", f"{sent.author} message {sent.key} told to be {sent.cid}.{sent.told}, is {where}")
        if sent.told is None and sent.refused is None and sent.author == "contact":
            found.add("unsent", f"{sent.key} of {sent.cid}; in the log: {where}")
    for key, (cid, cursor) in ledger.wishes.items():
        at = next((e for e in stored[cid].entries if e.seq == cursor), None)
        if at is None or not any(e.owner in {"queue", "agent"} for e in stored[cid].entries[: cursor + 2]):
            found.add("handoff_not_queued", f"wish {key} of {cid} was granted at {cursor}, but no person had it")


def _views(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    for view in ledger.views:
        entries = stored[view.cid].entries
        staff = not view.reader.startswith("customer")
        end = entries[-1].seq if view.complete and entries else view.last
        due = {e.seq for e in entries if view.after < e.seq <= end and (staff or e.kind not in STAFF_ONLY)}
        seen = set(view.seqs)
        if due - seen:
            found.add("lost", f"{view.reader} was not shown {view.cid}: {sorted(due - seen)[:10]}")
        if seen - due:
            found.add("doubled", f"{view.reader} was shown {view.cid}: {sorted(seen - due)[:10]}, not in the log")
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
    for told in ledger.commands:
        if told.result in {"ok", "duplicate"}:
            entry = next((e for e in stored[told.cid].entries if e.seq == told.seq), None)
            if entry is None or entry.kind != kinds[told.verb] or entry.author_id != told.agent_id:
                found.add("wrong_winner", f"{told}: the log has {entry}")
        elif told.code == "already_claimed" and not told.message.removeprefix("Already claimed by ").strip():
            found.add("wrong_winner", f"{told}: does not say who")


def _agents(ledger: Ledger, stored: Mapping[str, Stored], found: Findings, gone_s: float) -> None:
    limit_ms, gone_ms = int(gone_s * 1000) + 10_000, int(gone_s * 1000)
    delays = []
    requeued = [
        (one.cid, entry) for one in stored.values() for entry in one.entries if entry.kind == "conversation.queued"
    ]
    for cid, entry in requeued:
        agent = entry.data["agent"]["id"]
        there = any(a < entry.at - gone_ms - 1000 and entry.at < b for a, b in ledger.presence.get(agent, []))
        if there:
            found.add("taken_from_present", f"{cid}.{entry.seq} from {agent}")
    for absence in ledger.absences:
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


def _figures(ledger: Ledger, stored: Mapping[str, Stored], found: Findings) -> None:
    seen_by_contact = _seen(ledger, customers=True)
    seen_by_agents = _seen(ledger, customers=False)
    contact = [m for m in ledger.messages.values() if m.author == "contact"]
    agents = [m for m in ledger.messages.values() if m.author == "agent"]
    accepted = [m for m in (*contact, *agents) if m.told is not None]
    seen = 0
    for sent in accepted:
        readers = seen_by_agents if sent.author == "contact" else seen_by_contact
        if (sent.cid, sent.told) in readers:
            seen += 1
        elif sent.author == "contact" or sent.cid in ledger.conversations:
            found.add("lost", f"{sent.author} message {sent.key} at {sent.cid}.{sent.told} not seen by the other side")
    entries = [entry for one in stored.values() for entry in one.entries]
    spoken = [(one.cid, e) for one in stored.values() for e in one.entries if e.is_message and e.author == "bot"]
    for cid, entry in spoken:
        if cid in ledger.conversations and (cid, entry.seq) not in seen_by_contact:
            found.add("lost", f"bot message {cid}.{entry.seq} not seen by the customer")
    to_bot, to_people, answers = _silences(stored.values())
    found.figures |= {
        "messages_sent": len(contact) + len(agents),
        "of_customers": len(contact),
        "of_agents": len(agents),
        "accepted": len(accepted),
        "seen_by_the_other_side": seen,
        "bot_messages": len(spoken),
        "conversations": len(stored),
        "handoffs": sum(e.kind == "handoff.requested" for e in entries),
        "handoffs_bot_unavailable": sum(e.data.get("reason") == "bot_unavailable" for e in entries),
        "claims": sum(e.kind == "conversation.claimed" for e in entries),
        "turns_refused": sum(e.kind == "turn.refused" for e in entries),
        "told_it_is_slow": sum(e.text == wording.BOT_SLOW for e in entries),
        "longest_silence_of_the_bot_s": round(max(to_bot, default=0.0), 1),
        "longest_wait_for_an_answer_s": round(max(answers, default=0.0), 1),
        "median_wait_for_an_answer_s": round(sorted(answers)[len(answers) // 2] if answers else 0.0, 3),
        "longest_silence_of_people_s": round(max(to_people, default=0.0), 1),
    } | {name.replace(" ", "_"): value for name, value in sorted(ledger.notes.items())}


def _seen(ledger: Ledger, *, customers: bool) -> set[tuple[str, int]]:
    views = [view for view in ledger.views if view.reader.startswith("customer") is customers]
    return {(view.cid, seq) for view in views for seq in view.seqs}


def _silences(stored: Iterable[Stored]) -> tuple[list[float], list[float], list[float]]:
    """Seconds from a contact message to the next words or change of hands the contact sees, with the bot and with
    people; and to the bot's answer or a person. Who was told that it takes longer is not left in silence."""
    to_bot: list[float] = []
    to_people: list[float] = []
    answers: list[float] = []
    for one in stored:
        silent: int | None = None
        asked: int | None = None
        told = False
        by_bot = True
        for entry in one.entries:
            if entry.is_message and entry.author == "contact":
                by_bot = entry.owner == "bot"
                silent = entry.at if silent is None and not told else silent
                asked = entry.at if asked is None and by_bot else asked
            elif entry.kind not in STAFF_ONLY:
                if silent is not None:
                    (to_bot if by_bot else to_people).append((entry.at - silent) / 1000)
                    silent = None
                told = entry.text == wording.BOT_SLOW
                if not told and asked is not None and (entry.author == "bot" or entry.changes_owner):
                    answers.append((entry.at - asked) / 1000)
                    asked = None
    return to_bot, to_people, answers
