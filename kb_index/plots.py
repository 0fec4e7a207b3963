"""A picture of an evaluation: how true the probabilities are, and what each share of answers would cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kb_index.evaluation import Report
from kb_index.metrics import BINS


def draw(report: Report, file: Path) -> None:
    """Write the picture; the file's ending gives its format."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
    place = np.clip((report.probabilities * BINS).astype(int), 0, BINS - 1)
    used = [number for number in range(BINS) if (place == number).any()]
    stated = [report.probabilities[place == number].mean() for number in used]
    true = [report.right[place == number].mean() for number in used]
    left.plot([0, 1], [0, 1], color="grey", linewidth=1)
    left.plot(stated, true, marker="o")
    left.set(xlabel="stated probability", ylabel="share right", title="Reliability")
    order = np.argsort(-report.probabilities, kind="stable")
    count = np.arange(1, len(order) + 1)
    right.plot(count / len(order), np.cumsum(~report.right[order]) / count)
    right.set(xlabel="share answered, surest first", ylabel="share of answers wrong", title="Risk and coverage")
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)
