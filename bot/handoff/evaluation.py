"""How well the decision does on labelled dialogues: the figures of `baton handoff eval`."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot.handoff.decision import reason_probabilities
from bot.handoff.dialogues import Dialogue
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import Outcome, Player, Step, outcome
from bot.handoff.signal import Signal, SignalName
from bot.handoff.weights import Costs, Weights

# A message counts as frustrated from this label on (0 calm, 1 mildly annoyed, 2 frustrated, 3 angry).
FRUSTRATED_FROM = 2
RESAMPLES = 1000


@dataclass(frozen=True)
class Played:
    """A dialogue with everything read from it, before any decision."""

    dialogue: Dialogue
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Judgement:
    """One dialogue: what should have happened and what did."""

    dialogue: str
    kind: str
    expected: int | None  # turn
    reason: HandoffReason | None
    got: int | None
    got_reason: HandoffReason | None
    late: int  # contact turns after the right one (negative: before it); 0 unless both are given
    note: str = ""  # the sentence the agent got


def play(dialogues: Sequence[Dialogue], player: Player) -> list[Played]:
    """Read every dialogue once; the costly part."""
    return [Played(dialogue, tuple(player.steps(dialogue))) for dialogue in dialogues]


def judge(played: Sequence[Played], decider: Callable[[Sequence[Step]], Outcome]) -> list[Judgement]:
    """Compare what a decider does with the labels."""
    judgements = []
    for item in played:
        label = item.dialogue.handoff()
        found = decider(item.steps)
        late = 0
        if label is not None and found.turn is not None:
            contact = item.dialogue.contact_turns()
            late = contact.index(found.turn) - contact.index(label.turn)
        judgements.append(
            Judgement(
                dialogue=item.dialogue.id,
                kind=item.dialogue.kind,
                expected=None if label is None else label.turn,
                reason=None if label is None else label.reason,
                got=found.turn,
                got_reason=None if found.decision is None else found.decision.reason,
                late=late,
                note="" if found.decision is None else found.decision.note,
            )
        )
    return judgements


def shipped(weights: Weights, costs: Costs) -> Callable[[Sequence[Step]], Outcome]:
    """The decision as it runs."""
    return lambda steps: outcome(steps, weights, costs)


def figures(judgements: Sequence[Judgement]) -> dict[str, float]:
    """The dialogue figures. A share of nothing is reported as 0, except precision of no handoffs: 1."""
    needed = [item for item in judgements if item.expected is not None]
    given = [item for item in judgements if item.got is not None]
    right = [item for item in needed if item.got is not None]
    calm = [item for item in judgements if item.expected is None]
    recall = len(right) / max(len(needed), 1)
    precision = len(right) / len(given) if given else 1.0
    return {
        "recall": recall,
        "precision": precision,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "false_handoff_rate": sum(item.got is not None for item in calm) / max(len(calm), 1),
        "exact_turn_rate": sum(item.late == 0 for item in right) / max(len(right), 1),
        "mean_turns_late": float(np.mean([item.late for item in right])) if right else 0.0,
    }


def mistakes(played: Sequence[Played], weights: Weights, costs: Costs) -> dict[str, list[dict[str, Any]]]:
    """The false handoffs and the missed ones, each with the message it is about and what the agent would have read."""
    found: dict[str, list[dict[str, Any]]] = {"false": [], "missed": []}
    for item, judged in zip(played, judge(played, shipped(weights, costs)), strict=True):
        if (judged.got is None) == (judged.expected is None):
            continue
        turn = judged.expected if judged.got is None else judged.got
        reason = judged.reason if judged.got is None else judged.got_reason
        found["missed" if judged.got is None else "false"].append(
            {
                "dialogue": judged.dialogue,
                "turn": turn,
                "reason": reason.value if reason else None,
                "text": item.dialogue.turns[turn or 0].text,
                "note": judged.note,
            }
        )
    return found


def by_reason(judgements: Sequence[Judgement]) -> dict[str, dict[str, float]]:
    """For each reason: handed off at all, at the right message, and how well the reason itself is named."""
    table = {}
    for reason in HandoffReason:
        needed = [item for item in judgements if item.reason is reason]
        named = [item for item in judgements if item.got_reason is reason]
        both = sum(item.reason is reason for item in named)
        if needed or named:
            table[reason.value] = {
                "count": len(needed),
                "recall": sum(item.got is not None for item in needed) / max(len(needed), 1),
                "exact_turn_rate": sum(item.got is not None and item.late == 0 for item in needed)
                / max(sum(item.got is not None for item in needed), 1),
                "named_recall": both / max(len(needed), 1),
                "named_precision": both / len(named) if named else 1.0,
            }
    return table


def by_kind(judgements: Sequence[Judgement]) -> dict[str, dict[str, float]]:
    """For each kind of dialogue: how many there are, were handed off, and were treated rightly."""
    groups: dict[str, list[Judgement]] = defaultdict(list)
    for item in judgements:
        groups[item.kind].append(item)
    return {
        kind: {
            "count": len(items),
            "handed_off": sum(item.got is not None for item in items),
            "right": sum((item.got is None) == (item.expected is None) for item in items) / len(items),
        }
        for kind, items in sorted(groups.items())
    }


def frustration_figures(played: Sequence[Played]) -> dict[str, float]:
    """Per message: does the frustration signal rank frustrated messages above the others?"""
    from sklearn.metrics import average_precision_score, roc_auc_score

    truths, values = [], []
    for item in played:
        labels = {label.turn: label for label in item.dialogue.labels}
        for step in item.steps:
            if step.turn in labels:
                truths.append(labels[step.turn].frustration >= FRUSTRATED_FROM)
                values.append(value_of(step.signals, SignalName.FRUSTRATION))
    if len(set(truths)) < 2:
        return {"frustration_auroc": 0.0, "frustration_ap": 0.0}
    return {
        "frustration_auroc": float(roc_auc_score(truths, values)),
        "frustration_ap": float(average_precision_score(truths, values)),
    }


def intervals(judgements: Sequence[Judgement], resamples: int = RESAMPLES) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals over dialogues."""
    generator = np.random.default_rng(7)
    drawn = defaultdict(list)
    for _ in range(resamples):
        chosen = [judgements[index] for index in generator.integers(0, len(judgements), len(judgements))]
        for name, value in figures(chosen).items():
            drawn[name].append(value)
    return {
        name: (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))) for name, values in drawn.items()
    }


def ablations(played: Sequence[Played], weights: Weights, costs: Costs) -> dict[str, dict[str, float]]:
    """The figures with one signal silenced, the weights unchanged."""
    table = {}
    for name in SignalName:
        silenced = [
            replace(item, steps=tuple(replace(step, signals=without(step.signals, name)) for step in item.steps))
            for item in played
        ]
        found = figures(judge(silenced, shipped(weights, costs)))
        table[name.value] = {key: found[key] for key in ("recall", "false_handoff_rate", "f1", "exact_turn_rate")}
    return table


def reliability(played: Sequence[Played], weights: Weights, bins: int = 5) -> dict[str, Any]:
    """Is a probability of 0.8 right eight times in ten? Over the messages that the weights decide."""
    said, true = [], []
    for item in played:
        label = item.dialogue.handoff()
        for step in item.steps:
            here = label is not None and step.turn >= label.turn
            if here and label is not None and label.reason not in weights.reasons:
                break
            said.append(sum(reason_probabilities(weights.amounts(step.signals), weights).values()))
            true.append(here)
            if here:
                break
    table = []
    error = 0.0
    values, truths = np.asarray(said), np.asarray(true, dtype=float)
    for low in np.arange(bins) / bins:
        inside = (values >= low) & ((values < low + 1 / bins) | ((low + 1 / bins >= 1) & (values == 1)))
        if inside.any():
            mean, share = float(values[inside].mean()), float(truths[inside].mean())
            table.append({"from": float(low), "count": int(inside.sum()), "said": mean, "true": share})
            error += float(inside.mean()) * abs(mean - share)
    return {"expected_calibration_error": error, "bins": table}


def threshold_curve(played: Sequence[Played], weights: Weights) -> list[dict[str, float]]:
    """What other costs would give: figures for each probability from which to hand off."""
    curve = []
    for threshold in np.round(np.arange(0.1, 0.96, 0.05), 2):
        costs = Costs(missed_handoff=1.0 - float(threshold), false_handoff=float(threshold))
        found = figures(judge(played, shipped(weights, costs)))
        curve.append({"threshold": float(threshold), **found})
    return curve


def evaluate(played: Sequence[Played], weights: Weights, costs: Costs) -> dict[str, Any]:
    """Every figure, under the fixed keys."""
    judgements = judge(played, shipped(weights, costs))
    return {
        **figures(judgements),
        "by_reason": by_reason(judgements),
        "by_kind": by_kind(judgements),
        **frustration_figures(played),
        "dialogues": len(played),
        "intervals": intervals(judgements),
        "ablations": ablations(played, weights, costs),
        "reliability": reliability(played, weights),
        "threshold_curve": threshold_curve(played, weights),
        "threshold": costs.hand_off_from,
    }


def value_of(signals: Sequence[Signal], name: SignalName) -> float:
    """A signal's value; 0 when it was too weak to be stored."""
    return next((signal.value for signal in signals if signal.name is name), 0.0)


def without(signals: Sequence[Signal], name: SignalName) -> tuple[Signal, ...]:
    """The signals, one of them silenced."""
    return tuple(signal for signal in signals if signal.name is not name)
