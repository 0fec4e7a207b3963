"""What the decision must reach, and whether it did."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Share of dialogues that need no person and may be handed off all the same.
ALLOWED_FALSE = 0.05


@dataclass(frozen=True)
class Target:
    """One figure that must reach a bound."""

    figure: str
    must: str
    got: str
    reached: bool


def targets(result: dict[str, Any]) -> list[Target]:
    """Every target of what was measured, in the order of the report; what was not measured has none."""
    found: list[Target] = []
    if result["dialogues"]:
        found += [*_of_dialogues(result), *_of_cost(result["signals_ms"])]
    public = result["public"]
    if "nlupp_banking" in public:
        ours = public["nlupp_banking"]["ours"]
        found += [_least("NLU++ banking, handoff: F1", 0.90, ours["f1"])]
        found += [_least("NLU++ banking, handoff: recall", 0.92, ours["recall"])]
    if "convabuse" in public:
        found += [_least("ConvAbuse: AUROC", 0.95, public["convabuse"]["ours"]["auroc"])]
    if "dbdc3" in public:
        found += _of_breakdowns(public["dbdc3"])
    for name, row in public.get("calm_questions", {}).items():
        found.append(_most(f"calm questions of {name}: handed off for frustration", 0.01, row["for_frustration"]))
    return found


def _of_dialogues(result: dict[str, Any]) -> Iterator[Target]:
    ours = result["dialogues"]["Baton"]
    yield _least("held-out dialogues: recall", 0.90, ours["recall"])
    yield _most("held-out dialogues: false handoffs", ALLOWED_FALSE, ours["false_handoff_rate"])
    yield _least("held-out dialogues: at exactly the right message", 0.80, ours["exact_turn_rate"])
    wish = result["decision"]["by_reason"].get("asked_for_human")
    if wish is not None:
        yield _least("wishes for a person: recall", 0.98, wish["recall"])
        yield _least("wishes for a person: precision", 0.98, wish["named_precision"])
    for name, row in result["dialogues"].items():
        if "f1_behind_baton" in row:
            low, high = row["f1_behind_baton"]
            yield Target(f"F1 ahead of: {name}", "95 % interval above 0", f"{low:.3f} to {high:.3f}", low > 0)


def _of_cost(found: dict[str, float]) -> Iterator[Target]:
    for name, key in (("median", "median"), ("mean", "mean"), ("95th percentile", "p95")):
        got = found[key]
        yield Target(f"all signals of a message: {name}", "at most 1.5 ms", f"{got:.2f} ms", got <= 1.5)


def _of_breakdowns(found: dict[str, Any]) -> Iterator[Target]:
    """The named baseline is a text-only head at .62; the one fitted here is stronger, so both are held against it."""
    text = found["text_only_head"]["auroc"]
    signals, both = (found[name]["auroc"] for name in ("repetition_and_failure_signals", "text_and_signals"))
    yield Target("DBDC3, signals alone: AUROC", "above .62 (text, as named)", f"{signals:.3f}", signals > 0.62)
    yield Target("DBDC3, signals alone: AUROC", f"above {text:.3f} (text, this run)", f"{signals:.3f}", signals > text)
    yield Target("DBDC3, text and signals: AUROC", f"above {text:.3f} (text, this run)", f"{both:.3f}", both > text)


def _least(figure: str, bound: float, got: float) -> Target:
    return Target(figure, f"at least {bound:.2f}", f"{got:.3f}", got >= bound)


def _most(figure: str, bound: float, got: float) -> Target:
    return Target(figure, f"at most {bound:.2f}", f"{got:.3f}", got <= bound)
