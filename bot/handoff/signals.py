"""From a view of the conversation to every signal in it."""

from collections.abc import Mapping

from bot.handoff import dialogue_signals as dialogue
from bot.handoff import message_signals as single
from bot.handoff.detector import Detector, Reading
from bot.handoff.lexical import plain
from bot.handoff.pair_reader import Scores, last_words
from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import LIKE, SENSITIVE, Signal, SignalName
from bot.handoff.view import BotAction, BotActionKind, ContactMessage, DialogueView, Exchange

# Earlier exchanges that are looked at: older ones no longer say anything about now, and the cost stays flat.
REMEMBERED = 8
# Signals weaker than this are not worth storing.
NOTICEABLE = 0.02
# After these a short answer may mean a person, whatever it says by itself.
_MAY_OFFER = (
    BotActionKind.OFFERED_PERSON,
    BotActionKind.ABSTAINED,
    BotActionKind.CLARIFIED,
    BotActionKind.FORM_FAILURE,
)
MAX_EVIDENCE = 160
# Between these a message may or may not be one to pass on, and is worth a second reading; chosen on labelled dialogues.
DOUBT_FROM = 0.08
DOUBT_UNTIL = 0.998
# A reply that failed at least this far is named in the explanation.
FAILED_FROM = 0.4

_VALUE_FACTS = {"vip": ("true", "yes", "1"), "tier": ("vip", "gold", "platinum"), "value_mark": ("true", "yes", "1")}


def read_signals(view: DialogueView, detector: Detector) -> tuple[Signal, ...]:
    """All noticeable signals, in the order of SignalName. Pure: the same view gives the same signals, to the bit."""
    past = view.current()[-REMEMBERED:]
    now = detector.read(view.message)
    earlier = [detector.read(exchange.message) for exchange in past]
    actions = [exchange.actions for exchange in past]
    last = actions[-1] if actions else ()

    repeats = dialogue.Repeats.of(now, earlier)
    alike, alike_ids = repeats.strongest()
    failed = dialogue.failed_replies(now, earlier, actions)
    tried = _question_of_last_failure(actions, failed)
    own, text = view.message.ids, _text(view.message)
    again = _second_reading(now, past[-1] if past else None, detector)
    wish = single.wish_for_person(now, last, again.get(HandoffReason.ASKED_FOR_HUMAN))
    found: dict[SignalName, tuple[float, tuple[str, ...], str | None]] = {
        SignalName.WISH_FOR_PERSON: (wish, *_told(now, "wish_for_person")),
        SignalName.FRUSTRATION: (single.frustration(now), own, text),
        SignalName.STRONG_WORDS: (single.strong_words(now), own, text),
        SignalName.SAID_BEFORE: (single.said_before(now), *_told(now, "said_before")),
        SignalName.NOT_HELPED: (single.not_helped(now) if last else 0.0, own, tried),
        SignalName.RESIGNATION: (single.resignation(now), *_told(now, "resignation")),
        SignalName.SARCASM: (single.sarcasm(now, after_reply=bool(last)), own, text),
        SignalName.EXCEPTION_ASKED: (single.exception_asked(now), own, text),
        SignalName.SEVERAL_PROBLEMS: (single.several_problems(now), *_told(now, "several_problems")),
        SignalName.LONG_NARRATIVE: (single.long_narrative(now), own, None),
        SignalName.FIGURES: (single.figures(now), own, None),
        SignalName.LENGTH: (single.length(now), own, None),
        SignalName.SATISFIED: (single.satisfied(now), own, text),
        SignalName.UNANSWERED: (single.unanswered(now), own, None),
        SignalName.MARKED_ENTRY: (float(view.message.marked_entry is not None), own, view.message.marked_entry),
        SignalName.FRUSTRATION_BEFORE: (dialogue.frustration_before(earlier), _angriest(earlier), None),
        SignalName.FRUSTRATION_TREND: (dialogue.frustration_trend(now, earlier), own, None),
        SignalName.REPETITION: (alike, alike_ids, None),
        SignalName.REPEATS: (repeats.count(), (*alike_ids, *repeats.proof()), None),
        SignalName.BOT_REPETITION: (dialogue.bot_repetition(actions, failed), own, None),
        SignalName.FAILED_ANSWERS: (dialogue.failed_in_a_row(failed), own, tried),
        SignalName.FAILURES_BEFORE: (sum(failed), own, tried),
        SignalName.FORM_FAILURES: (dialogue.form_failures(actions), own, None),
        SignalName.REPLIES: (dialogue.replies(actions), own, None),
        SignalName.VALUE_MARK: (value_mark(view.facts), (), None),
    }
    found |= {
        name: (value, own, tried if name is SignalName.LAST_FAILED else None)
        for name, value in dialogue.course(now, earlier, actions, failed).items()
    }
    for reason, name in LIKE.items():
        found[name] = (single.agreed(now.score(name.value), again.get(reason)), own, text)
    for name in SENSITIVE:
        found[name] = (single.sensitive(now, name.value), *_told(now, name.value))
    return tuple(
        Signal.seen(name, round(found[name][0], 4), *found[name][1:])
        for name in SignalName
        if name in found and round(found[name][0], 4) >= NOTICEABLE
    )


def _second_reading(now: Reading, before: Exchange | None, detector: Detector) -> Scores:
    """What the second reader says; nothing where the first is sure, or a button was pressed."""
    actions, words = (before.actions, before.words) if before else ((), ())
    noticed = max(single.wish_for_person(now, actions), *(now.score(name.value) for name in LIKE.values()))
    asked = any(action.kind in _MAY_OFFER for action in actions)
    sure = noticed >= DOUBT_UNTIL or (noticed < DOUBT_FROM and not asked)
    if detector.second is None or now.message.payload is not None or sure:
        return {}
    return detector.second.read(last_words(words), now.message.text)


def value_mark(facts: Mapping[str, str]) -> float:
    """1 when the contact's facts carry a mark such as VIP."""
    marked = any(str(facts.get(name, "")).strip().lower() in values for name, values in _VALUE_FACTS.items())
    return 1.0 if marked else 0.0


def faqs_tried(view: DialogueView) -> tuple[str, ...]:
    """FAQ entries already given as answers in this epoch, in order, each once."""
    given = [action.faq_id for exchange in view.current() for action in exchange.actions if action.faq_id]
    return tuple(dict.fromkeys(given))


def _question_of_last_failure(actions: list[tuple[BotAction, ...]], failed: list[float]) -> str | None:
    for reply, fault in zip(reversed(actions), reversed(failed), strict=True):
        if fault < FAILED_FROM:
            return None
        for action in reply:
            if action.kind is BotActionKind.ANSWERED and (action.question or action.faq_id):
                return action.question or action.faq_id
    return None


def _angriest(earlier: list[Reading]) -> tuple[str, ...]:
    return max(earlier, key=single.frustration).message.ids if earlier else ()


def _told(now: Reading, pattern: str) -> tuple[tuple[str, ...], str]:
    """The messages that hold the words of a pattern, and those words; everything where the pattern does not match."""
    words = now.matched.get(pattern)
    if words is None:
        return now.message.ids, _text(now.message)
    holding = tuple(message_id for message_id, text in now.message.together if words in plain(text))
    return holding or now.message.ids, words


def _text(message: ContactMessage) -> str:
    text = " ".join(message.text.split())
    return text if len(text) <= MAX_EVIDENCE else text[: MAX_EVIDENCE - 1] + "…"
