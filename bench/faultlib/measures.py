"""The figures of a run: how much was said, how long anybody waited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.faultlib.ledger import Ledger
from bench.faultlib.logbook import STAFF_ONLY, Stored
from handoff_api import wording


def figures(ledger: Ledger, stored: Mapping[str, Stored]) -> dict[str, float | int]:
    """What is printed beside the faults."""
    by_contact, by_agents = seen(ledger, customers=True), seen(ledger, customers=False)
    contact = [m for m in ledger.messages.values() if m.author == "contact"]
    agents = [m for m in ledger.messages.values() if m.author == "agent"]
    accepted = [m for m in (*contact, *agents) if m.told is not None]
    both = sum((m.cid, m.told) in (by_agents if m.author == "contact" else by_contact) for m in accepted)
    entries = [entry for one in stored.values() for entry in one.entries]
    spoken = [entry for entry in entries if entry.is_message and entry.author == "bot"]
    to_bot, to_people, answers = _silences(stored.values())
    return {
        "messages_sent": len(contact) + len(agents),
        "of_customers": len(contact),
        "of_agents": len(agents),
        "accepted": len(accepted),
        "seen_by_the_other_side": both,
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


def seen(ledger: Ledger, *, customers: bool) -> set[tuple[str, int]]:
    """Events that were on a screen of one of the two sides."""
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
