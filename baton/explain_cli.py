"""`baton explain`: why a conversation was, or was not, passed to a person. Works whether or not Baton runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from baton.errors import BatonError

if TYPE_CHECKING:
    from baton.replay import Decided
    from bot.handoff.weights import Weights
    from handoff_api.conversations.events import Event

# Exit codes beside 0 (all identical) and 1 (an error).
DIFFERENT = 3
NOT_REPLAYED = 4


def explain(
    conversation: Annotated[str, typer.Argument(help="Its id, as in the console's address: c3-...")],
    message: Annotated[
        str | None,
        typer.Option("--message", help="The decision on this message of the customer: its id, or its number."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every decision, not only the last handoff's.")] = False,
    weights_file: Annotated[
        Path | None, typer.Option("--weights", help="Replay with this file instead of data/handoff/weights.json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON, under fixed keys.")] = False,
) -> None:
    """Explain why a conversation was passed to a person, and make the decision again from the log.

    Prints the sentence, the reason code, what spoke for it, the messages that prove it and the FAQ entries tried. Then
    it decides again from the stored inputs and says whether every bit is the same. Exit code 3: it is not. Exit code 4:
    it could not be made again, because the weights have changed since or an older Baton stored less.
    """
    from baton.replay import decisions, undecided

    weights = _weights(weights_file)
    events = _log(conversation)
    found = decisions(events, weights)
    others = undecided(events, found)
    chosen = found if every else _chosen(found, events, others, message)
    shown = others if every else ([] if chosen or message else others[-1:])
    if as_json:
        whole = {
            "conversation": conversation,
            "weights": weights.fingerprint,
            "decisions": [decided.to_json() for decided in chosen],
            "other_handoffs": [{"event_id": event.id, **(event.data or {})} for event in shown],
        }
        typer.echo(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        _print(chosen, shown, events, weights)
    raise typer.Exit(_exit_code(chosen))


def _weights(file: Path | None) -> "Weights":
    from bot.handoff.errors import HandoffError
    from bot.handoff.weights import load_weights

    try:
        return load_weights(file) if file else load_weights()
    except HandoffError as fault:
        raise BatonError(f"{fault}.") from None


def _log(conversation: str) -> "list[Event]":
    from baton.embedded_redis.running import reachable_redis
    from baton.replay import read_log
    from baton.settings import Settings
    from handoff_api.storage.connect import StorageError

    with reachable_redis(Settings.load()) as url:
        try:
            return read_log(url, conversation)
        except (ValueError, LookupError) as refusal:
            raise BatonError(f"{refusal}.") from None
        except (StorageError, OSError) as fault:
            raise BatonError(f"The storage does not answer ({fault}); is BATON_REDIS_URL right?") from None


def _chosen(
    found: "Sequence[Decided]", events: "Sequence[Event]", others: "Sequence[Event]", message: str | None
) -> "list[Decided]":
    if message is not None:
        ref = message if "." in message or not events else f"{events[0].conversation_id}.{message}"
        chosen = [one for one in found if ref in {one.event_id, *(event.id for event in one.messages)}]
        if not chosen:
            raise BatonError(f"The assistant decided nothing on message {message}; --all shows what it decided.")
        return chosen
    handed = [one for one in found if one.handoff is not None]
    if others and (not handed or others[-1].at >= handed[-1].at):
        return []  # the last handoff was no decision
    return handed[-1:] or list(found[-1:])


def _exit_code(chosen: "Sequence[Decided]") -> int:
    from baton.replay import Verdict

    verdicts = {decided.verdict for decided in chosen}
    if Verdict.DIFFERENT in verdicts:
        return DIFFERENT
    return 0 if verdicts <= {Verdict.IDENTICAL} else NOT_REPLAYED


def _print(
    chosen: "Sequence[Decided]", others: "Sequence[Event]", events: "Sequence[Event]", weights: "Weights"
) -> None:
    texts = {event.id: event.text or "" for event in events}
    for decided in chosen:
        typer.echo("\n".join(_lines(decided, texts, weights)) + "\n")
    for event in others:
        data: Mapping[str, Any] = event.data or {}
        typer.echo(f"{event.id}  handed off: {data.get('reason')}\n  {data.get('note')}\n  Nothing was weighed here.\n")
    if not chosen and not others:
        typer.echo("The assistant has decided nothing in this conversation yet.")


def _lines(decided: "Decided", texts: Mapping[str, str], weights: "Weights") -> list[str]:
    lines = [f"{decided.event_id}  answers {_quoted(decided.messages)}"]
    record = decided.record
    if record is None:
        return [
            *lines,
            "  Cannot be made again: its inputs are not in the log (an older Baton, or another bot).",
        ]
    decision = record.decision
    reason = f", reason {decision.reason.value}" if decision.reason else ""
    threshold = record.costs.hand_off_from
    lines += [
        f"  decision       {decision.action.value}{reason}",
        f"  sentence       {decision.note or '(the assistant goes on; nothing to tell an agent)'}",
        f"  probability    {decision.probability} that a person is needed; handed off from {threshold:.4f}"
        f" (missed {record.costs.missed_handoff}, false {record.costs.false_handoff})",
    ]
    told = (decided.handoff.data or {}).get("reason") if decided.handoff else None
    if told and told != decision.reason:
        lines.append(f"  handed off     by a rule of the assistant, as {told}")
    lines += _table("contributions", ((item.name, item.amount) for item in decision.contributions))
    lines += _table("signals", ((signal.name.value, signal.value) for signal in record.signals))
    lines += _table("evidence", ((ref, texts.get(ref, "(not in this log)")) for ref in decision.evidence))
    lines += _table("FAQs tried", ((entry, "") for entry in record.faqs_tried))
    return [*lines, f"  made again     {_outcome(decided, weights)}"]


def _quoted(messages: "Sequence[Event]") -> str:
    return " / ".join(f"“{(event.text or '')[:200]}”" for event in messages)


def _table(title: str, rows: Any) -> list[str]:
    found = list(rows)
    width = max((len(str(name)) for name, _ in found), default=0)
    return [
        f"  {title if number == 0 else '':<14} {name!s:<{width}}  {value}".rstrip()
        for number, (name, value) in enumerate(found)
    ]


def _outcome(decided: "Decided", weights: "Weights") -> str:
    from baton.replay import Verdict

    record, again = decided.record, decided.again
    if decided.verdict is Verdict.WEIGHTS_CHANGED and record is not None:
        return (
            f"not possible: it was decided with weights {record.decision.weights}, and these are {weights.fingerprint}."
            " Give the earlier file with --weights (git has it)."
        )
    if decided.verdict is Verdict.IDENTICAL:
        return f"identical, bit for bit, with weights {weights.fingerprint}"
    return f"DIFFERENT: {again}"
