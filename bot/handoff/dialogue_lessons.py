"""What the messages of labelled dialogues teach the heads, beside the authored examples."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from bot.handoff.dialogues import Dialogue, Label
from bot.handoff.examples import Judged
from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import LIKE

# Heads that learn from dialogues alone: which messages were passed on, for which reason.
LIKED = frozenset(name.value for name in LIKE.values())
FRUSTRATED_FROM, MILD = 2, 1


def is_topic(head: str) -> bool:
    """Is it the head of a sensitive topic?"""
    return head.startswith("sensitive_")


def lessons_from(
    dialogues: Sequence[Dialogue],
    heads: Sequence[str],
    topic_of: Callable[[str], str | None],
    offers: Callable[[str], bool],
) -> Mapping[str, list[Judged]]:
    """Lessons by head, from every labelled message up to the handoff.

    `heads` are those with authored examples, `topic_of` names the sensitive topic a message speaks of, and `offers`
    says whether a bot's reply offers a person.
    """
    topics = [head for head in heads if is_topic(head)]
    found: dict[str, list[Judged]] = defaultdict(list)
    for dialogue in dialogues:
        end = dialogue.handoff()
        for label in dialogue.labels:
            if end is not None and label.turn > end.turn:
                break
            text = dialogue.turns[label.turn].text
            reason = label.reason if label.handoff else None
            wished = reason is HandoffReason.ASKED_FOR_HUMAN
            if label.turn and (end is None or end.reason is HandoffReason.NO_ANSWER):
                # Where no answer helped in the end, none did before; where the bot could go on, it may have.
                found["not_helped"].append(Judged(text, end is not None, 0.5, own=True))
            if _after_an_offer(dialogue, label.turn, offers):
                found["accepts_offer"].append(Judged(text, wished, 1.0, own=True))
                if wished:
                    continue  # "yes please", "the third one, if you would": by itself it is no wish
            for reason_of, name in LIKE.items():
                found[name.value].append(Judged(text, reason is reason_of, 1.0, own=True))
            _tone(found["frustration"], text, label)
            found["wish_for_person"].append(Judged(text, wished, 1.0, own=True))
            if reason is HandoffReason.SENSITIVE_TOPIC:
                topic = topic_of(text)
                if topic is not None:
                    found[topic].append(Judged(text, True, 1.0, own=True))
            else:
                for topic in topics:
                    found[topic].append(Judged(text, False, 1.0, own=True))
    return {head: items for head, items in found.items() if head in heads or head in LIKED}


def _after_an_offer(dialogue: Dialogue, turn: int, offers: Callable[[str], bool]) -> bool:
    before = dialogue.turns[turn - 1] if turn else None
    return before is not None and before.author == "bot" and offers(before.text)


def _tone(found: list[Judged], text: str, label: Label) -> None:
    if label.frustration == MILD:
        found += [Judged(text, True, 0.5, own=True), Judged(text, False, 0.5, own=True)]
    else:
        found.append(Judged(text, label.frustration >= FRUSTRATED_FROM, 1.0, own=True))
