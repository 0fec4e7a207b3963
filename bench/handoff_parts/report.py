"""The results as Markdown."""

from typing import Any

_SHOWN = ("recall", "precision", "f1", "false_handoff_rate", "exact_turn_rate")
# What the public sets hold, and which figures were named for them beside those of this run.
_ABOUT = {
    "nlupp_banking": "The intent `handoff`. Named: a simple baseline, F1 .874.",
    "convabuse": "Abusive or not. Named: a simple baseline, AUROC .949 on the test file.",
    "goemotions": "Anger, annoyance or disappointment in comments on the web, not by customers. Nothing is named; what "
    "the bot runs with ('as shipped') stands beside VADER.",
    "dbdc3": "Breakdowns at the bot's turns. Named: a text-only head, AUROC .62.",
    "betold": "Real calls that end in a hang-up or with a person. Published without words, so no head is measured: "
    "only the signals that count refusals, repeats and failures, read from the intents, in five folds of the "
    "validation file. Named, on a test file that is not in the folder: macro-F1 .797 with 10,800 calls to learn "
    "from, .783 with these.",
    "calm_questions": "Questions of other fields, as first messages.",
}


def as_markdown(result: dict[str, Any]) -> str:
    """All tables, ready for the results folder."""
    parts = [
        f"# Handing off: {result['date']}, commit {result['commit']}",
        f"{result['machine']}. Weights {result['weights']}.",
        _targets(result["targets"]),
    ]
    if result["dialogues"]:
        cost = result["signals_ms"]
        parts += [
            "## Held-out dialogues",
            _dialogues(result["dialogues"]),
            f"The baselines learn from {result['learned_from']} dialogues and hand off from the threshold whose "
            "mistakes cost least there, among dialogues of authors they have not learned from, at the costs that Baton "
            "is given. One that knows too little is cheapest where it hands off every dialogue. The last column is "
            "their best case: the highest recall at a false handoff rate of .05 of any threshold, chosen on these very "
            "dialogues.",
            _decision(result["decision"]),
            "## Cost",
            f"All signals of a message, sentence vector given: median {cost['median']:.2f} ms, mean "
            f"{cost['mean']:.2f} ms, 95th percentile {cost['p95']:.2f} ms ({cost['messages']} messages). As in a "
            "running bot, each is read for the first time, and those before it have been read.",
        ]
    for name, found in result["public"].items():
        parts += [f"## {name}", _ABOUT[name], _public(found)]
    if result["skipped"]:
        parts += ["## Not measured", "\n".join(f"- {line}" for line in result["skipped"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _targets(found: list[dict[str, Any]]) -> str:
    rows = [
        f"| {row['figure']} | {row['must']} | {row['got']} | {'reached' if row['reached'] else '**missed**'} |"
        for row in found
    ]
    return "\n".join(["| figure | must be | measured | |", "|---|---|---|---|", *rows]) if rows else ""


def _dialogues(table: dict[str, Any]) -> str:
    columns = ["method", *(name.replace("_", " ") for name in _SHOWN), "F1 behind Baton, 95 %", "recall at .05 false"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name, row in table.items():
        cells = [f"{row[key]:.3f} ({row['intervals'][key][0]:.2f}-{row['intervals'][key][1]:.2f})" for key in _SHOWN]
        gap = row.get("f1_behind_baton")
        cells += [f"{gap[0]:.2f} to {gap[1]:.2f}", f"{row['recall_at_most_allowed_false']:.3f}"] if gap else ["", ""]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
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
