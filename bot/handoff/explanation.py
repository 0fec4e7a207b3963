"""One sentence for the agent, built from the signals that decided."""

from collections.abc import Sequence

from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import Signal, SignalName

MAX_PHRASES = 3

_COUNTS = {1: "once", 2: "twice", 3: "three times", 4: "four times"}

_TOPICS = {
    SignalName.SENSITIVE_SAFETY: "a product that may be unsafe or has hurt somebody",
    SignalName.SENSITIVE_BEREAVEMENT: "a death in the family",
    SignalName.SENSITIVE_LEGAL: "legal steps or a formal complaint",
    SignalName.SENSITIVE_FRAUD: "fraud or somebody else's use of the account or card",
    SignalName.SENSITIVE_ACCESSIBILITY: "a disability or access need",
    SignalName.SENSITIVE_PRIVACY: "personal data",
}

_PLAIN = {
    SignalName.FRUSTRATION: "sounds frustrated",
    SignalName.STRONG_WORDS: "uses strong words",
    SignalName.SAID_BEFORE: "says this was said before",
    SignalName.RESIGNATION: "is giving up",
    SignalName.SARCASM: "answers with sarcasm",
    SignalName.EXCEPTION_ASKED: "asks for something outside the rules",
    SignalName.SEVERAL_PROBLEMS: "brings several problems at once",
    SignalName.LONG_NARRATIVE: "tells a long story",
    SignalName.FIGURES: "names amounts or dates",
    SignalName.LIKE_ASKED_FOR_HUMAN: "seems to want a person",
    SignalName.LIKE_FRUSTRATED: "sounds frustrated",
    SignalName.LIKE_TOO_COMPLEX: "brings a matter that takes a person",
    SignalName.LIKE_NO_ANSWER: "still has no answer",
    SignalName.LIKE_SENSITIVE_TOPIC: "speaks of something sensitive",
    SignalName.UNANSWERED: "no FAQ entry fits",
    SignalName.FRUSTRATION_BEFORE: "was annoyed before",
    SignalName.FRUSTRATION_TREND: "tone rising",
    SignalName.REPETITION: "comes back to the same thing",
    SignalName.SAME_MATTER: "comes back to the same thing",
    SignalName.SAME_MATTER_BEFORE: "comes back to the same thing",
    SignalName.SAME_MATTER_LONG: "comes back to the same thing",
    SignalName.SHARED_WORDS: "comes back to the same thing",
    SignalName.SHARED_WORDS_LONG: "comes back to the same thing",
    SignalName.OFFER_WORDS: "takes up the offer of a person",
    SignalName.BOT_REPETITION: "the bot repeated itself",
    SignalName.VALUE_MARK: "is marked as a valued customer",
}

SAME_THING = (
    SignalName.REPEATS,
    SignalName.REPETITION,
    SignalName.SAME_MATTER,
    SignalName.SAME_MATTER_BEFORE,
    SignalName.SAME_MATTER_LONG,
    SignalName.SHARED_WORDS,
    SignalName.SHARED_WORDS_LONG,
)
LAST_REPLIES = (
    SignalName.LAST_FAILED,
    SignalName.ONE_BEFORE_FAILED,
    SignalName.REPLY_BESIDE,
    SignalName.ONE_BEFORE_BESIDE,
)
_FAILURES = (SignalName.NOT_HELPED, SignalName.FAILED_ANSWERS, SignalName.FAILURES_BEFORE, *LAST_REPLIES)
_TONE = (SignalName.FRUSTRATION, SignalName.STRONG_WORDS, SignalName.FRUSTRATION_TREND, SignalName.FRUSTRATION_BEFORE)


def explain(reason: HandoffReason, signals: Sequence[Signal]) -> str:
    """A sentence; signals come strongest first, and of those that say the same only the first is told."""
    if reason is HandoffReason.ASKED_FOR_HUMAN:
        return "Asked for a person."
    if reason is HandoffReason.REQUESTED_BY_RULE:
        asked = next((signal.text for signal in signals if signal.name is SignalName.MARKED_ENTRY), None)
        return f"Asked '{asked}', which always goes to a person." if asked else "A rule asks for a person here."
    phrases: list[str] = []
    told: set[SignalName] = set()
    for signal in signals:
        group = next((kin for kin in (SAME_THING, _FAILURES) if signal.name in kin), (signal.name,))
        told_tone = signal.name in _TONE[:2] and any(name in told for name in _TONE[:2])
        if told_tone or any(name in told for name in group):
            continue
        phrase = _phrase(signal)
        if phrase and phrase not in phrases:
            phrases.append(phrase)
            told.add(signal.name)
    if not phrases:
        return "A person is needed."
    sentence = "; ".join(phrases[:MAX_PHRASES])
    return sentence[0].upper() + sentence[1:] + "."


def _phrase(signal: Signal) -> str:
    if signal.name in _TOPICS:
        return f"speaks of {_TOPICS[signal.name]}"
    if signal.name is SignalName.REPEATS:
        return f"asked the same thing {_times(round(signal.value) + 1)}" if signal.value >= 0.5 else ""
    if signal.name is SignalName.FORM_FAILURES:
        return f"the form failed {_times(signal.value)}"
    if signal.name in _FAILURES:
        return _failure(signal)
    return _PLAIN.get(signal.name, "")


def _failure(signal: Signal) -> str:
    if signal.text:
        return f"the answer '{signal.text}' did not help"
    if signal.name in (SignalName.NOT_HELPED, *LAST_REPLIES):
        return "the last reply did not help"
    return f"the bot had no good answer {_times(max(1.0, signal.value))}"


def _times(count: float) -> str:
    return _COUNTS.get(round(count), f"{round(count)} times")
