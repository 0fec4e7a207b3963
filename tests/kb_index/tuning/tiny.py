"""A small labelled set that no bag of words can tell apart: did the customer get the colour they had ordered?

Every colour is in both classes, so an encoder must learn to compare the two that a message names.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from kb_index.questions import Example

COLOURS = ("red", "blue", "green", "white", "black", "yellow")
LEARNED = (
    "I ordered a {} kayak and got a {} one",
    "my order said {} boat, what came is a {} boat",
    "the paddle should be {} and it is {}",
)
OTHERS = (
    "I wanted the {} tent and a {} tent arrived",
    "you promised me a {} canoe, I received a {} canoe",
    "I paid for a {} lantern, you delivered a {} lantern",
)


def examples(frames: Sequence[str], seed: int = 1) -> list[Example]:
    """For each frame every colour twice as ordered, once right and once wrong."""
    drawn = random.Random(seed)
    found = []
    for frame, colour in product(frames, COLOURS):
        other = drawn.choice([each for each in COLOURS if each != colour])
        found += [Example(frame.format(colour, colour), "as_ordered"), Example(frame.format(colour, other), "wrong")]
    return found


def write(file: Path, given: Sequence[Example]) -> Path:
    """As CSV with text,label."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("text", "label"))
        writer.writerows((example.text, example.label or "") for example in given)
    return file
