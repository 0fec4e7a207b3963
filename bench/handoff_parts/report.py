"""The results as Markdown."""

from typing import Any

_SHOWN = ("recall", "precision", "f1", "false_handoff_rate", "exact_turn_rate")
# The simple baseline and targets that the public sets are read against.
_TARGETS = {
    "nlupp_banking": "F1 at least .90, recall at least .92 (simple baseline .874)",
    "convabuse": "AUROC at least .95",
    "dbdc3": "signals above the text-only head (.62)",
    "calm_questions": "at most 1 % handed off for frustration",
}


def as_markdown(result: dict[str, Any]) -> str:
    """All tables, ready for the results folder."""
    parts = [
        f"# Handing off: {result['date']}, commit {result['commit']}",
        f"{result['machine']}. Weights {result['weights']}.",
        *(
            ("## Held-out dialogues", _dialogues(result["dialogues"]), _decision(result["decision"]))
            if result["dialogues"]
            else ()
        ),
        "## Cost",
        f"All signals of a message, sentence vector given: median {result['signals_ms']['median']:.2f} ms, "
        f"mean {result['signals_ms']['mean']:.2f} ms, "
        f"95th percentile {result['signals_ms']['p95']:.2f} ms ({result['signals_ms']['messages']} messages; "
        "target: at most 1.5). Messages come in the order of their dialogue, as in a running bot.",
    ]
    for name, found in result["public"].items():
        parts += [f"## {name}", f"Target: {_TARGETS[name]}.", _public(found)]
    if result["skipped"]:
        parts += ["## Not measured", "\n".join(f"- {line}" for line in result["skipped"])]
    return "\n\n".join(parts) + "\n"


def _dialogues(table: dict[str, Any]) -> str:
    lines = [
        "| method | " + " | ".join(name.replace("_", " ") for name in _SHOWN) + " | F1 behind Baton, 95 % |",
        "|---" * (len(_SHOWN) + 2) + "|",
    ]
    for name, row in table.items():
        cells = [f"{row[key]:.3f} ({row['intervals'][key][0]:.2f}-{row['intervals'][key][1]:.2f})" for key in _SHOWN]
        gap = row.get("f1_behind_baton")
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {f'{gap[0]:.2f} to {gap[1]:.2f}' if gap else ''} |")
    return "\n".join(lines)


def _decision(found: dict[str, Any]) -> str:
    lines = [
        f"Mean turns late {found['mean_turns_late']:.2f}. "
        f"Frustration of a message: AUROC {found['frustration_auroc']:.3f}, "
        f"average precision {found['frustration_ap']:.3f}. "
        f"Expected calibration error {found['reliability']['expected_calibration_error']:.3f}.",
        "",
        "| reason | dialogues | recall | exact turn | reason named: recall | precision |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in found["by_reason"].items():
        lines.append(
            f"| {name} | {row['count']} | {row['recall']:.3f} | {row['exact_turn_rate']:.3f} | "
            f"{row['named_recall']:.3f} | {row['named_precision']:.3f} |"
        )
    return "\n".join(lines)


def _public(found: dict[str, Any]) -> str:
    facts = [f"{name.replace('_', ' ')} {value}" for name, value in found.items() if not isinstance(value, dict)]
    rows = {name: value for name, value in found.items() if isinstance(value, dict)}
    columns = list(dict.fromkeys(key for row in rows.values() for key in row if key != "reasons"))
    lines = [
        "| | " + " | ".join(column.replace("_", " ") for column in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for name, row in rows.items():
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(_cell(row.get(column)) for column in columns) + " |")
    return (", ".join(facts) + ".\n\n" if facts else "") + "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
