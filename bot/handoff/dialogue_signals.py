"""Signals that only the conversation shows: repeats, failures, trend. Pure functions over readings, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.handoff.detector import Reading
from bot.handoff.lexical import grams, words
from bot.handoff.message_signals import frustration, not_helped, said_before
from bot.handoff.signal import SignalName
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

# Share of the runs of words of two replies from which on one says the other again.
SAID_AGAIN = 0.7

# Letters of a word that is likely to name something.
LONGER = 4

_FAILED = (BotActionKind.ABSTAINED, BotActionKind.FORM_FAILURE)


def likeness(one: Reading, other: Reading) -> float:
    """How far two messages ask the same, 0 to 1; 0 where one of them asks nothing."""
    if not (one.asks and other.asks):
        return 0.0
    cosine = float(one.message.vector @ other.message.vector)
    alike = min(max((cosine - LIKENESS_FROM) / (LIKENESS_FULL - LIKENESS_FROM), 0.0), 1.0)
    return alike * DIFFERENT_ANSWERS if _other_question(one, other) else alike


@dataclass(frozen=True)
class Repeats:
    """How far each earlier message asked the same as the present one."""

    likeness: tuple[float, ...]
    ids: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, now: Reading, earlier: Sequence[Reading]) -> "Repeats":
        """Compare with every earlier message of the contact."""
        return cls(tuple(likeness(now, one) for one in earlier), tuple(one.message.ids for one in earlier))

    def strongest(self) -> tuple[float, tuple[str, ...]]:
        """Likeness to the most similar earlier message (the first of equals), and that message's ids."""
        best = max(self.likeness, default=0.0)
        return (best, self.ids[self.likeness.index(best)]) if best else (0.0, ())

    def count(self) -> float:
        """How many earlier messages asked the same, each counted by its likeness."""
        return sum(self.likeness)

    def proof(self) -> tuple[str, ...]:
        """Ids of the earlier messages that asked the same rather than not."""
        alike = (ids for ids, alike in zip(self.ids, self.likeness, strict=True) if alike >= SAME_REQUEST)
        return tuple(one for ids in alike for one in ids)


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


def same_matter(one: Reading, other: Reading) -> float:
    """Nearness of two messages as vectors, whatever they are: 0 to 1."""
    return max(0.0, float(one.message.vector @ other.message.vector))


def shared_words(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of longer words, of the text that has fewer of them, that both texts have."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def course(
    now: Reading, earlier: Sequence[Reading], actions: Sequence[tuple[BotAction, ...]], failed: Sequence[float]
) -> dict[SignalName, float]:
    """Of the last two exchanges: how far they failed, whether they are about the same, and whether the replies were."""
    found: dict[SignalName, float] = {}
    said = _longer(now.tokens)
    if earlier:
        last = earlier[-1]
        asked = _longer(last.tokens)
        found[SignalName.LAST_FAILED] = failed[-1]
        found[SignalName.SAME_MATTER] = same_matter(now, last)
        found[SignalName.SHARED_WORDS] = shared_words(said, asked)
        found[SignalName.REPLY_BESIDE] = beside(asked, actions[-1])
        offers = [action for action in actions[-1] if action.kind is BotActionKind.OFFERED_PERSON]
        found[SignalName.OFFERED] = float(bool(offers))
        found[SignalName.OFFER_WORDS] = max((offer_words(said, offer) for offer in offers), default=0.0)
    if len(earlier) > 1:
        last, before = earlier[-1], earlier[-2]
        asked = _longer(before.tokens)
        found[SignalName.ONE_BEFORE_FAILED] = failed[-2]
        found[SignalName.SAME_MATTER_BEFORE] = same_matter(last, before)
        found[SignalName.SAME_MATTER_LONG] = same_matter(now, before)
        found[SignalName.SHARED_WORDS_LONG] = shared_words(said, asked)
        found[SignalName.ONE_BEFORE_BESIDE] = beside(asked, actions[-2])
    return found


def beside(asked: frozenset[str], reply: Sequence[BotAction]) -> float:
    """How little a reply takes up of its question's longer words, 0 to 1; 0 where there is nothing to take up."""
    taken_up = frozenset[str]().union(*(_longer_in(action.text) for action in reply))
    spoken = any(action.text for action in reply)
    return 1.0 - shared_words(asked, taken_up) if spoken and asked else 0.0


def offer_words(said: frozenset[str], offer: BotAction) -> float:
    """How far a message is made of an offer's own longer words ("the fitter then"), 0 to 1."""
    offered = frozenset[str]().union(*(_longer_in(text) for text in offer.offered or (offer.text,)))
    return len(said & offered) / max(len(said), 1)


def _longer(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(token for token in tokens if len(token) >= LONGER)


@lru_cache(maxsize=512)
def _longer_in(text: str) -> frozenset[str]:
    """Of a bot's words, which are seen again with every message that follows them, and in many conversations."""
    return _longer(words(text))


def _failed(asked: Reading, after: Reading, reply: tuple[BotAction, ...]) -> float:
    if any(action.kind in _FAILED for action in reply):
        return 1.0
    if all(action.kind is BotActionKind.SMALL_TALK for action in reply):
        return 0.0
    told = max(not_helped(after), said_before(after), likeness(asked, after))
    if any(action.kind is BotActionKind.CLARIFIED for action in reply):
        return max(told, PASSED_OVER) if after.asks else 1.0
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
            before = [how_far for other, how_far in said if _same_runs(runs, other)]
            if before:
                count += max(before) if action.faq_id else 1.0
            said.append((runs, fault))
    return count


def _other_question(one: Reading, other: Reading) -> bool:
    sure = [(item.message.faq_probability or 0.0) >= SURE_ANSWER for item in (one, other)]
    return all(sure) and one.message.faq_id != other.message.faq_id


@lru_cache(maxsize=512)
def _runs(text: str) -> frozenset[str]:
    """A bot's words are seen again with every message that follows them, and in many conversations."""
    return frozenset(grams(words(text)))


def _same_runs(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts have most of their runs in common; where one has many more than the other, they cannot."""
    fewer, more = sorted((len(one), len(other)))
    if fewer / max(more, 1) < SAID_AGAIN:
        return False
    shared = len(one & other)
    return shared / max(fewer + more - shared, 1) >= SAID_AGAIN
