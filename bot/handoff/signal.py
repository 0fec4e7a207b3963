"""One measured input to the decision: its name, value and where it was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import WEIGHED


class SignalName(StrEnum):
    """Every signal. Probabilities and shares run from 0 to 1; counts are marked, with the count that means 'full'."""

    # of this message
    WISH_FOR_PERSON = "wish_for_person"
    FRUSTRATION = "frustration"
    STRONG_WORDS = "strong_words"  # capitals, exclamation marks, insults, intensity
    SAID_BEFORE = "said_before"  # "as I already told you"
    NOT_HELPED = "not_helped"  # "that didn't help", "not what I asked"
    RESIGNATION = "resignation"  # "never mind, forget it"
    SARCASM = "sarcasm"  # "oh great, very helpful", after the bot has spoken
    EXCEPTION_ASKED = "exception_asked"  # goodwill, a dispute, something the rules do not give
    SEVERAL_PROBLEMS = "several_problems"
    LONG_NARRATIVE = "long_narrative"
    FIGURES = "figures"  # count: amounts of money and dates
    SATISFIED = "satisfied"  # thanks, solved: speaks against a handoff
    SENSITIVE_SAFETY = "sensitive_safety"
    SENSITIVE_BEREAVEMENT = "sensitive_bereavement"
    SENSITIVE_LEGAL = "sensitive_legal"
    SENSITIVE_FRAUD = "sensitive_fraud"
    SENSITIVE_ACCESSIBILITY = "sensitive_accessibility"
    SENSITIVE_PRIVACY = "sensitive_privacy"
    LENGTH = "length"  # words, full at 60
    # how far this message is like those at which the labelled dialogues were passed on
    LIKE_ASKED_FOR_HUMAN = "like_asked_for_human"
    LIKE_FRUSTRATED = "like_frustrated"
    LIKE_TOO_COMPLEX = "like_too_complex"
    LIKE_NO_ANSWER = "like_no_answer"
    LIKE_SENSITIVE_TOPIC = "like_sensitive_topic"
    UNANSWERED = "unanswered"  # 1 - probability that the best FAQ entry answers this message
    MARKED_ENTRY = "marked_entry"  # the FAQ entry that answers this message always goes to a person
    # of the conversation since the bot last got it
    FRUSTRATION_BEFORE = "frustration_before"  # highest of the earlier messages
    FRUSTRATION_TREND = "frustration_trend"  # how far this message is above the calmest earlier one
    REPETITION = "repetition"  # likeness to the contact's own most similar earlier message
    REPEATS = "repeats"  # count: earlier messages that asked the same, by likeness
    BOT_REPETITION = "bot_repetition"  # count: replies the bot gave again
    FAILED_ANSWERS = "failed_answers"  # count: replies in a row that did not help, up to now
    FAILURES_BEFORE = "failures_before"  # count: all replies that did not help
    LAST_FAILED = "last_failed"  # how far the last reply failed
    ONE_BEFORE_FAILED = "one_before_failed"  # and the one before it
    SAME_MATTER = "same_matter"  # how near this message is to the one before, as vectors
    SAME_MATTER_BEFORE = "same_matter_before"  # and that one to the one before it
    SAME_MATTER_LONG = "same_matter_long"  # this one to the one before the last
    SHARED_WORDS = "shared_words"  # share of this message's longer words that the message before had
    SHARED_WORDS_LONG = "shared_words_long"  # or the one before that
    REPLY_BESIDE = "reply_beside"  # share of the last question's longer words that the reply did not take up
    ONE_BEFORE_BESIDE = "one_before_beside"  # likewise the reply before it
    OFFERED = "offered"  # the last reply offered a person
    OFFER_WORDS = "offer_words"  # share of this message's longer words that the offer had
    FORM_FAILURES = "form_failures"  # count: refused form inputs and failed tasks
    REPLIES = "replies"  # count: everything the bot has said but small talk, failed or not
    # of the contact
    VALUE_MARK = "value_mark"  # VIP and the like, from the contact's facts: `tier` is the website's word


# What a count must reach to weigh fully.
FULL_COUNT: Mapping[SignalName, float] = {
    SignalName.FIGURES: 3,
    SignalName.REPEATS: 2,
    SignalName.BOT_REPETITION: 2,
    SignalName.FAILED_ANSWERS: 3,
    SignalName.FAILURES_BEFORE: 4,
    SignalName.FORM_FAILURES: 3,
    SignalName.REPLIES: 2,
}

# How much a message resembles those that were passed on for a reason.
LIKE = {reason: SignalName(f"like_{reason.value}") for reason in WEIGHED}
# Neither for nor against a handoff by themselves: they only make others count more or less.
CIRCUMSTANCES = (SignalName.LENGTH, SignalName.REPLIES, SignalName.OFFERED)
SENSITIVE = tuple(name for name in SignalName if name.value.startswith("sensitive_"))


@dataclass(frozen=True)
class Signal:
    """A value, the message it came from (and others that show it), and the words."""

    name: SignalName
    value: float
    message_id: str | None = None
    text: str | None = None
    also: tuple[str, ...] = ()  # further messages that show it

    @classmethod
    def seen(cls, name: SignalName, value: float, ids: Sequence[str], text: str | None) -> "Signal":
        """A value with the ids of all messages that show it, the foremost first."""
        each = tuple(dict.fromkeys(ids))
        return cls(name, value, next(iter(each), None), text, each[1:])

    def strength(self) -> float:
        """The value on a scale of 0 to 1."""
        full = FULL_COUNT.get(self.name, 1.0)
        return min(max(self.value, 0.0), full) / full

    def to_json(self) -> dict[str, Any]:
        """The signal as the bot contract writes it."""
        written: dict[str, Any] = {"name": self.name.value, "value": self.value}
        if self.message_id is not None:
            written["message_id"] = self.message_id
        if self.text is not None:
            written["text"] = self.text
        if self.also:
            written["also"] = list(self.also)
        return written

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Signal":
        """The inverse of `to_json`."""
        try:
            name, value, also = SignalName(data["name"]), float(data["value"]), tuple(data.get("also") or ())
            return cls(name, value, data.get("message_id"), data.get("text"), also)
        except (KeyError, TypeError, ValueError) as error:
            raise HandoffDataError(f"not a signal: {data!r} ({error})") from error
