"""Signals that only the conversation shows: repeats, failures, trend. Pure functions over readings, oldest first."""

from collections.abc import Sequence
from functools import lru_cache

from bot.handoff.detector import Reading
from bot.handoff.lexical import grams, words
from bot.handoff.message_signals import frustration, not_helped, said_before
from bot.handoff.view import BotAction, BotActionKind

# Cosine at which two messages begin to be, and certainly are, the same request in other words (MiniLM scale).
LIKENESS_FROM, LIKENESS_FULL = 0.45, 0.85

# From this likeness on a message proves that the contact has asked before.
SAME_REQUEST = 0.5

# Two questions that the FAQ answers, each with its own entry, are two questions however alike they sound
# ("how long does delivery take", "how long does express delivery take").
SURE_ANSWER = 0.6
DIFFERENT_ANSWERS = 0.5

# A menu that the contact passes over, with another question instead of a choice, failed only half.
PASSED_OVER = 0.5

_FAILED = (BotActionKind.ABSTAINED, BotActionKind.FORM_FAILURE)


def likeness(one: Reading, other: Reading) -> float:
    """How far two messages ask the same, 0 to 1. Short replies to the bot ("yes", an order number) ask nothing."""
    if not (_asks(one) and _asks(other)):
        return 0.0
    cosine = float(one.message.vector @ other.message.vector)
    alike = min(max((cosine - LIKENESS_FROM) / (LIKENESS_FULL - LIKENESS_FROM), 0.0), 1.0)
    return alike * DIFFERENT_ANSWERS if _other_question(one, other) else alike


def repetition(now: Reading, earlier: Sequence[Reading]) -> tuple[float, str | None]:
    """Likeness to the most similar earlier message of the contact, and that message's id."""
    best, where = 0.0, None
    for reading in earlier:
        alike = likeness(now, reading)
        if alike > best:
            best, where = alike, reading.message.id
    return best, where


def repeats(now: Reading, earlier: Sequence[Reading]) -> float:
    """How many earlier messages asked the same, each counted by its likeness."""
    return sum(likeness(now, reading) for reading in earlier)


def repeated(now: Reading, earlier: Sequence[Reading]) -> tuple[str, ...]:
    """Ids of the earlier messages that asked the same rather than not."""
    return tuple(reading.message.id for reading in earlier if likeness(now, reading) >= SAME_REQUEST)


def frustration_before(earlier: Sequence[Reading]) -> float:
    """The angriest earlier message."""
    return max((frustration(reading) for reading in earlier), default=0.0)


def frustration_trend(now: Reading, earlier: Sequence[Reading]) -> float:
    """How far the tone has risen above the calmest earlier message."""
    if not earlier:
        return 0.0
    return max(0.0, frustration(now) - min(frustration(reading) for reading in earlier))


def failed_replies(now: Reading, earlier: Sequence[Reading], actions: Sequence[tuple[BotAction, ...]]) -> list[float]:
    """For each earlier exchange, how far the bot's reply failed, 0 to 1.

    By its own account (it abstained, asked back in vain, refused), or because of what the contact says next: that it
    did not help, that it was said before, or the same request in other words.
    """
    following = [*earlier, now][1:]
    return [
        _failed(asked, after, reply) if reply else 0.0
        for asked, after, reply in zip(earlier, following, actions, strict=True)
    ]


def failed_in_a_row(failed: Sequence[float]) -> float:
    """Failures at the end of the conversation so far; one that half failed counts half, and so does all before it."""
    count, still = 0.0, 1.0
    for fault in reversed(failed):
        still *= fault
        count += still
    return count


def _failed(asked: Reading, after: Reading, reply: tuple[BotAction, ...]) -> float:
    if any(action.kind in _FAILED for action in reply):
        return 1.0
    if all(action.kind is BotActionKind.SMALL_TALK for action in reply):
        return 0.0
    told = max(not_helped(after), said_before(after), likeness(asked, after))
    if any(action.kind is BotActionKind.CLARIFIED for action in reply):
        return max(told, PASSED_OVER) if _asks(after) else 1.0
    return told


def form_failures(actions: Sequence[tuple[BotAction, ...]]) -> float:
    """Refused form inputs and failed tasks."""
    return float(sum(1 for reply in actions for action in reply if action.kind is BotActionKind.FORM_FAILURE))


def replies(actions: Sequence[tuple[BotAction, ...]]) -> float:
    """Messages to which the bot said more than a greeting or thanks."""
    return float(sum(any(action.kind is not BotActionKind.SMALL_TALK for action in reply) for reply in actions))


def bot_repetition(actions: Sequence[tuple[BotAction, ...]], failed: Sequence[float]) -> float:
    """How many times the bot said again what it had said before; of an FAQ answer, as far as it had failed then.

    An answer that also holds for the next question ("and to France?") is given again because it is asked for.
    """
    said: list[tuple[frozenset[str], float]] = []
    count = 0.0
    for reply, fault in zip(actions, failed, strict=True):
        for action in reply:
            if action.kind is BotActionKind.SMALL_TALK or not action.text:
                continue
            runs = _runs(action.text)
            before = [how_far for other, how_far in said if _overlap(runs, other) >= 0.7]
            if before:
                count += max(before) if action.faq_id else 1.0
            said.append((runs, fault))
    return count


def _other_question(one: Reading, other: Reading) -> bool:
    sure = [(item.message.faq_probability or 0.0) >= SURE_ANSWER for item in (one, other)]
    return all(sure) and one.message.faq_id != other.message.faq_id


def _asks(reading: Reading) -> bool:
    content = [token for token in reading.tokens if token.isalpha()]
    return len(content) >= 3 and "acknowledges" not in reading.matched


@lru_cache(maxsize=512)
def _runs(text: str) -> frozenset[str]:
    """A bot's words are seen again with every message that follows them, and in many conversations."""
    return frozenset(grams(words(text)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / max(len(one) + len(other) - shared, 1)
