"""Draws the cost of a message over the length of its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

_SMOOTH = 15  # turns


def draw(ours: Sequence[Sequence[float]], stock: Sequence[Sequence[float]], path: Path) -> None:
    """Write the picture: a thin line for each turn's median, a thick one smoothed."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for conversations, name, colour in ((ours, "Baton", "#0b6e4f"), (stock, "stock Rasa (rasa init)", "#b23a48")):
        each = [median(turn) for turn in zip(*conversations, strict=True)]
        turns = range(1, len(each) + 1)
        smooth = [median(each[max(0, i - _SMOOTH // 2) : i + _SMOOTH // 2 + 1]) for i in range(len(each))]
        axes.plot(turns, each, color=colour, alpha=0.2, linewidth=0.8)
        axes.plot(turns, smooth, color=colour, linewidth=2, label=name)
    axes.set_xlabel("turn of the conversation")
    axes.set_ylabel("sent to reply, ms")
    axes.set_ylim(bottom=0)
    axes.set_title("What a message costs as the conversation grows")
    axes.grid(alpha=0.25)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
