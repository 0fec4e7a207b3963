"""Why a conversation is passed on: the closed list of reason codes, and the three outcomes of a decision."""

from enum import StrEnum


class HandoffReason(StrEnum):
    """Counted in metrics and shown to agents; the same list as in the bot contract."""

    ASKED_FOR_HUMAN = "asked_for_human"  # wished for a person, in any words
    FRUSTRATED = "frustrated"  # the tone, not the topic
    TOO_COMPLEX = "too_complex"  # several problems at once, a long story, an exception asked for
    NO_ANSWER = "no_answer"  # the answers did not help, or there was none
    SENSITIVE_TOPIC = "sensitive_topic"  # safety, bereavement, legal, fraud, accessibility, privacy
    BOT_UNAVAILABLE = "bot_unavailable"  # decided by the switchboard, never here
    REQUESTED_BY_RULE = "requested_by_rule"  # a mark on an FAQ entry, or a rule, asks for it


# Reasons that are weighed. A certain wish and a certain sensitive topic are acted on before anything is weighed.
WEIGHED = (
    HandoffReason.ASKED_FOR_HUMAN,
    HandoffReason.FRUSTRATED,
    HandoffReason.TOO_COMPLEX,
    HandoffReason.NO_ANSWER,
    HandoffReason.SENSITIVE_TOPIC,
)


class HandoffAction(StrEnum):
    """What to do with this message."""

    CONTINUE = "continue"  # the bot goes on
    OFFER_PERSON = "offer_person"  # the bot goes on, with a "talk to a person" button beside its answer
    HAND_OFF = "hand_off"
