"""Reliability and threshold curve of an evaluation as one picture."""

from pathlib import Path
from typing import Any

from bot.handoff.errors import HandoffError


def save_plot(result: dict[str, Any], path: Path) -> None:
    """Two panels: said against true, and the figures for every threshold."""
    try:
        import matplotlib
    except ImportError as error:
        raise HandoffError("--plot needs matplotlib, which is in the development environment (group dev)") from error
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    said, curve = figure.subplots(1, 2)
    bins = result["reliability"]["bins"]
    said.plot([0, 1], [0, 1], color="grey", linewidth=1)
    said.plot([row["said"] for row in bins], [row["true"] for row in bins], marker="o")
    said.set(xlabel="probability said", ylabel="share that needed a person", title="Reliability")
    points = result["threshold_curve"]
    for name in ("recall", "false_handoff_rate", "exact_turn_rate"):
        curve.plot([row["threshold"] for row in points], [row[name] for row in points], label=name.replace("_", " "))
    curve.axvline(result["threshold"], color="grey", linewidth=1)
    curve.set(xlabel="handed off from probability", title="Other costs")
    curve.legend()
    figure.savefig(path)
