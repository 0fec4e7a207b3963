"""Signals that one message carries by itself. Each function is pure and returns one value in its documented range."""

import math
from collections.abc import Iterable, Sequence

from bot.handoff.detector import Reading
from bot.handoff.lexical import SHAPE_NAMES, amounts, dates, sentences, words
from bot.handoff.offers import is_somebody, options_in, picked, says_yes_to_somebody
from bot.handoff.signal import SENSITIVE, SignalName
from bot.handoff.view import BotAction, BotActionKind

# A pattern is written for precision: what it matches counts at least this much in the first reading.
PATTERN_VALUE = 0.95
# Unless the head is sure of the contrary ("my router has died"): then the head is believed.
CONTRARY = 0.1
# What the second reading, which knows what was said before, counts of both; chosen on labelled dialogues.
AGAIN = 0.65
# No reading is surer than this.
NEVER = 1e-6
# Words of a message that is no longer short.
LONG = 60

# The heads that are asked; accepts_offer is a part of the wish for a person, the others are signals.
HEADS = (
    "accepts_offer",
    SignalName.WISH_FOR_PERSON.value,
    SignalName.FRUSTRATION.value,
    SignalName.SAID_BEFORE.value,
    SignalName.NOT_HELPED.value,
    SignalName.RESIGNATION.value,
    SignalName.SARCASM.value,
    SignalName.EXCEPTION_ASKED.value,
    SignalName.SEVERAL_PROBLEMS.value,
    SignalName.SATISFIED.value,
    *(name.value for name in SENSITIVE),
)

_SHAPE = {name: index for index, name in enumerate(SHAPE_NAMES)}


def wish_for_person(reading: Reading, last_actions: tuple[BotAction, ...] = (), again: float | None = None) -> float:
    """Asks for a person: by button, by accepting or picking an offer, by pattern, or in the head's judgement.

    `again` is what a second reading says, if there was one: see `agreed`.
    """
    if reading.message.payload == "human":
        return 1.0
    if "wish_in_another_language" in reading.matched:
        return PATTERN_VALUE
    chosen = [option for action in last_actions if (option := picked(reading.tokens, action.text)) is not None]
    read = {option for action in last_actions for option in action.offered}
    if any(option in read or is_somebody(option) for option in chosen) or _says_yes(reading, read):
        return PATTERN_VALUE
    offered = any(action.kind is BotActionKind.OFFERED_PERSON for action in last_actions)
    if offered and "declines" in reading.matched:
        return 0.0
    accepted = _either(reading, "accepts_offer") if offered and not _other_option(chosen, last_actions) else 0.0
    denied, wished = reading.matched.get("wish_denied"), reading.matched.get("wish_for_person")
    if denied is not None and (wished is None or _same_words(denied, wished)):
        return agreed(accepted, again)
    return agreed(max(accepted, _either(reading, "wish_for_person")), again)


def agreed(first: float, again: float | None) -> float:
    """Two readings that err in different ways: their log-odds, weighted (Genest and Zidek, 1986)."""
    if again is None:
        return first
    return 1.0 / (1.0 + math.exp(-(1 - AGAIN) * _log_odds(first) - AGAIN * _log_odds(again)))


def frustration(reading: Reading) -> float:
    """The tone of this message, from its vector, words and form."""
    return reading.score("frustration")


def strong_words(reading: Reading) -> float:
    """Capitals, exclamation marks, insults and intensity, whatever they are about."""
    form = reading.shape
    loud = 0.35 * form[_SHAPE["capitals"]] + 0.2 * form[_SHAPE["exclamation"]] + 0.2 * form[_SHAPE["question_runs"]]
    return min(1.0, loud + 0.7 * form[_SHAPE["insults"]] + 0.5 * form[_SHAPE["intensity"]])


def said_before(reading: Reading) -> float:
    """Says that this was said or asked before."""
    return _either(reading, "said_before")


def not_helped(reading: Reading) -> float:
    """Says that the last reply did not help, by button or in words."""
    if reading.message.payload in ("helped:no", "none_of_these"):
        return 1.0
    if reading.message.payload == "helped:yes":
        return 0.0
    return _either(reading, "not_helped")


def resignation(reading: Reading) -> float:
    """Gives up on the bot."""
    return _either(reading, "resignation")


def sarcasm(reading: Reading, after_reply: bool) -> float:
    """Praise that is none. Praise before the bot has said anything is just praise."""
    return reading.score("sarcasm") if after_reply else 0.0


def exception_asked(reading: Reading) -> float:
    """Asks for what the rules do not give: goodwill, a dispute, special terms."""
    return reading.score("exception_asked")


def several_problems(reading: Reading) -> float:
    """Brings more than one matter at once."""
    return _either(reading, "several_problems")


def long_narrative(reading: Reading) -> float:
    """A story: rises from 35 words on, full at 110."""
    length = sum(1 for token in reading.tokens if token not in "!?")
    share = (length - 35) / 75
    return min(max(share, 0.0), 1.0) if len(sentences(reading.message.text)) > 1 else min(max(share, 0.0), 0.5)


def length(reading: Reading) -> float:
    """Words, full at 60: what a short reply seems to say is less certain."""
    return min(len(reading.tokens), LONG) / LONG


def figures(reading: Reading) -> float:
    """How many amounts of money and dates are named."""
    named = {entity.value.lower() for entity in reading.message.entities if entity.name in ("amount", "date", "money")}
    written = {value.lower() for value in (*amounts(reading.message.text), *dates(reading.message.text))}
    return float(max(len(named), len(written)))


def satisfied(reading: Reading) -> float:
    """Thanks, or says that it is solved."""
    if reading.message.payload == "helped:yes":
        return 1.0
    return reading.score("satisfied")


def sensitive(reading: Reading, topic: str) -> float:
    """Speaks of a topic that always goes to a person; `topic` is the signal's name."""
    return _either(reading, topic)


def unanswered(reading: Reading) -> float:
    """How unlikely it is that the best FAQ entry answers this message; 0 when no index was asked."""
    probability = reading.message.faq_probability
    return 0.0 if probability is None else 1.0 - probability


def _says_yes(reading: Reading, offers: Iterable[str]) -> bool:
    return "accepts_offer" in reading.matched and says_yes_to_somebody(reading.tokens, offers)


def _other_option(chosen: Sequence[str], last_actions: Sequence[BotAction]) -> bool:
    """Was another option picked than the person that was among them?"""
    beside = {option for action in last_actions for option in options_in(action.text)}
    return bool(chosen) and any(option in beside for action in last_actions for option in action.offered)


def _log_odds(probability: float) -> float:
    sure = min(max(probability, NEVER), 1 - NEVER)
    return math.log(sure / (1 - sure))


def _same_words(denied: str, wished: str) -> bool:
    """Is the wish part of what is denied ("don't transfer me to an agent"), not a second sentence?"""
    return bool(set(words(denied)) & set(words(wished)) - {"to", "a", "an", "the", "me", "i"})


def _either(reading: Reading, name: str) -> float:
    score = reading.score(name)
    if name not in reading.matched:
        return score
    return score if score < CONTRARY else max(score, PATTERN_VALUE)
