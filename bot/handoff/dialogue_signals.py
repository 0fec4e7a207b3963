"""Signals that only the conversation shows: repeats, failures, trend. Pure functions over readings, oldest first."""

from collections.abc import Sequence

from bot.handoff.detector import Reading
from bot.handoff.lexical import grams, words
from bot.handoff.message_signals import frustration, not_helped
from bot.handoff.view import BotAction, BotActionKind

# Cosine at which two messages begin to be, and certainly are, the same request in other words (MiniLM scale).
LIKENESS_FROM, LIKENESS_FULL = 0.45, 0.85
SAME_REQUEST = 0.5  # on the 0 to 1 scale between those two

_FAILED = (BotActionKind.ABSTAINED, BotActionKind.CLARIFIED, BotActionKind.FORM_FAILURE)


def likeness(one: Reading, other: Reading) -> float:
    """How far two messages ask the same, 0 to 1. Short replies to the bot ("yes", an order number) ask nothing."""
    if not (_asks(one) and _asks(other)):
        return 0.0
    cosine = float(one.message.vector @ other.message.vector)
    return min(max((cosine - LIKENESS_FROM) / (LIKENESS_FULL - LIKENESS_FROM), 0.0), 1.0)


def repetition(now: Reading, earlier: Sequence[Reading]) -> tuple[float, str | None]:
    """Likeness to the most similar earlier message of the contact, and that message's id."""
    best, where = 0.0, None
    for reading in earlier:
        alike = likeness(now, reading)
        if alike > best:
            best, where = alike, reading.message.id
    return best, where


def repeats(now: Reading, earlier: Sequence[Reading]) -> float:
    """How many earlier messages asked the same."""
    return float(sum(1 for reading in earlier if likeness(now, reading) >= SAME_REQUEST))


def frustration_before(earlier: Sequence[Reading]) -> float:
    """The angriest earlier message."""
    return max((frustration(reading) for reading in earlier), default=0.0)


def frustration_trend(now: Reading, earlier: Sequence[Reading]) -> float:
    """How far the tone has risen above the calmest earlier message."""
    if not earlier:
        return 0.0
    return max(0.0, frustration(now) - min(frustration(reading) for reading in earlier))


def failed_replies(now: Reading, earlier: Sequence[Reading], actions: Sequence[tuple[BotAction, ...]]) -> list[bool]:
    """For each earlier exchange: did the bot's reply fail? By its own account, or because the contact says so next."""
    following = [*earlier, now][1:]
    return [
        bool(reply) and (any(action.kind in _FAILED for action in reply) or not_helped(after) >= 0.5)
        for reply, after in zip(actions, following, strict=True)
    ]


def failed_in_a_row(failed: Sequence[bool]) -> float:
    """Failures at the end of the conversation so far."""
    count = 0
    for fault in reversed(failed):
        if not fault:
            break
        count += 1
    return float(count)


def form_failures(actions: Sequence[tuple[BotAction, ...]]) -> float:
    """Refused form inputs and failed tasks."""
    return float(sum(1 for reply in actions for action in reply if action.kind is BotActionKind.FORM_FAILURE))


def bot_repetition(actions: Sequence[tuple[BotAction, ...]]) -> float:
    """How many times the bot said again what it had said before."""
    said: list[set[str]] = []
    count = 0
    for reply in actions:
        for action in reply:
            if action.kind is BotActionKind.SMALL_TALK or not action.text:
                continue
            runs = grams(words(action.text))
            if any(_overlap(runs, other) >= 0.7 for other in said):
                count += 1
            said.append(runs)
    return float(count)


def _asks(reading: Reading) -> bool:
    content = [token for token in reading.tokens if token.isalpha()]
    return len(content) >= 3 and "acknowledges" not in reading.matched


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
