"""Dialogues in parts, so that each can be judged by what was fitted on the others."""

from collections import Counter
from collections.abc import Sequence

from bot.handoff.dialogues import Dialogue

FOLDS = 4


def folds_of(dialogues: Sequence[Dialogue]) -> dict[str, int]:
    """The fold of each dialogue, by id. Those of one source are in one fold: whoever writes next is somebody new.

    The source is what an id begins with, up to a hyphen. Where there are fewer than FOLDS of them, dialogues that begin
    with the same words (variants of one) stay together instead.
    """
    source = {dialogue.id: dialogue.id.split("-")[0] for dialogue in dialogues}
    if len(set(source.values())) < FOLDS:
        source = {item.id: item.turns[item.contact_turns()[0]].text.lower() for item in dialogues}
    sizes, folds = [0] * FOLDS, dict[str, int]()
    for name, size in Counter(source.values()).most_common():  # the largest first, each where there is most room
        folds[name] = sizes.index(min(sizes))
        sizes[folds[name]] += size
    return {identity: folds[name] for identity, name in source.items()}
