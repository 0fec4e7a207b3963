"""What the pair reader learns from: each labelled message with the bot's words before it, and authored sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.handoff.dialogues import Dialogue
from bot.handoff.examples import Judged
from bot.handoff.pair_reader import last_words
from bot.handoff.reasons import WEIGHED, HandoffReason


@dataclass(frozen=True)
class Lesson:
    """A message after the bot's words: which of WEIGHED it is passed on for, and how much it says of each."""

    before: str
    text: str
    answers: tuple[bool, ...]
    counted: tuple[float, ...] = (1.0,) * len(WEIGHED)
    lived: bool = True  # `before` is what the bot really said; otherwise nobody knows what came before


def lessons_of(dialogue: Dialogue) -> list[Lesson]:
    """Every labelled message up to the handoff, with the bot's words just before it."""
    end = dialogue.handoff()
    found = []
    for label in dialogue.labels:
        if end is None or label.turn <= end.turn:
            reason = label.reason if label.handoff else None
            answers = tuple(reason is one for one in WEIGHED)
            found.append(Lesson(_before(dialogue, label.turn), dialogue.turns[label.turn].text, answers))
    return found


def lessons_from_examples(examples: Sequence[Judged]) -> list[Lesson]:
    """Sentences that wish for a person, or sound like it: they say nothing of the other reasons."""
    asked = [reason is HandoffReason.ASKED_FOR_HUMAN for reason in WEIGHED]
    return [
        Lesson(
            "",
            item.text,
            tuple(one and item.yes for one in asked),
            tuple(item.weight * one for one in asked),
            lived=False,
        )
        for item in examples
        if item.own
    ]


def _before(dialogue: Dialogue, turn: int) -> str:
    """What the bot said since the contact's last message; a replay has the same in `Exchange.words`."""
    authors = [other.author for other in dialogue.turns[:turn]]
    asked = max((index for index, author in enumerate(authors) if author == "contact"), default=turn)
    said = dialogue.turns[asked + 1 : turn]
    return last_words([other.text for other in said]) if {"bot"} >= {other.author for other in said} else ""
