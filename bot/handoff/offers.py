"""Offers of a person in a bot's words, and which of several options a short reply picks. Pure."""

import re
from collections.abc import Iterable, Sequence

from bot.handoff.lexical import sentences, words

# An offer names who is offered or says that you are passed on; "would you like a refund or a new one?" does neither.
SOMEBODY = re.compile(
    r"\b(?:person|people|human|agents?|advis[eo]rs?|operator|representative|colleagues?|team|staff|somebody|someone|"
    r"(?:speak|talk) (?:to|with) (?:an?|our|the|us)|"
    r"(?:pass|put|hand|connect|transfer) you (?:on|over|through|to|with))\b",
    re.IGNORECASE,
)

# A yes to this says that all is well, whatever else is offered for a no.
ASKS_IF_IT_HELPED = re.compile(
    r"\b(?:did|does|has|was) (?:this|that|it)\b[^.?!]{0,20}\b(?:help|helped|helpful|answer|answered|solve|solved)\b",
    re.IGNORECASE,
)

# [A] [B], "a" or "b"; the assistant's own menus have a line for each.
_MARKED = (re.compile(r"\[([^\]]+)\]"), re.compile(r'"([^"]+)"'))
# 1 A 2 B, (1) A (2) B, A) this b) that
_LABEL = r"(?:\(?\d[).:]?|\(?[A-Da-d][).:])"
_LISTED = re.compile(rf"(?:^|(?<=\s))(\(?)(\d|[A-Da-d](?=[).:]))[).:]? (.+?)(?=,? {_LABEL} |[.?](?:\s|$)|\n|$)")
_BULLET = re.compile(rf"^(?:[-*•]|{_LABEL})\s+")
_SLASHES = re.compile(r"[^.?!:/]+ (?:/ [^/:?!]+)+")
_PLACES = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1,
    "1st": 0, "2nd": 1, "3rd": 2, "1": 0, "2": 1, "3": 2, "4": 3, "a": 0, "b": 1, "c": 2, "d": 3,
}  # fmt: skip
# Words of a reply that picks and says no more.
SHORT = 4
_THANKS = {"thanks", "thank", "ta", "cheers"}


def options_in(reply: str) -> tuple[str, ...]:
    """The options a bot's reply lists, or puts with an "or", in order and without their numbers."""
    lines = tuple(_BULLET.sub("", line) for line in reply.splitlines() if line.strip())
    for found in (lines[1:], *(tuple(marked.findall(reply)) for marked in _MARKED)):
        if len(found) > 1:
            return lines if found == lines[1:] and _BULLET.match(reply.strip()) else found
    listed = [(number.lower(), option) for _, number, option in _LISTED.findall(reply)]
    if len(listed) > 1 and [_PLACES.get(number) for number, _ in listed] == list(range(len(listed))):
        return tuple(option.strip() for _, option in listed)
    slashed = _SLASHES.findall(reply)
    if slashed:
        return tuple(option.strip(" .") for option in slashed[-1].split(" / "))
    either = [sentence for sentence in sentences(reply) if ", or " in sentence]
    return tuple(either[-1].split(", or ")) if either else ()


def picked(tokens: Sequence[str], reply: str) -> str | None:
    """The option that a short reply ("the second one", "2", "b", an option's own words) picks, if it picks one."""
    options = options_in(reply) if 0 < len(tokens) <= SHORT else ()
    places = [_PLACES[token] for token in tokens if token in _PLACES and (token != "a" or len(tokens) == 1)]
    if len(places) == 1 and options:
        return next(iter(options[places[0] : places[0] + 1 or None]), None)
    return next((option for option in options if words(option)[-len(tokens) :] == list(tokens)), None)


def says_yes_to_somebody(tokens: Sequence[str], offers: Iterable[str]) -> bool:
    """Does a short yes answer the question whether somebody is wanted? With thanks, it may be a polite goodbye."""
    short = 0 < len(tokens) <= SHORT and not _THANKS & set(tokens)
    return short and any(is_somebody(offer) and offer.endswith("?") for offer in offers)


def is_somebody(option: str) -> bool:
    """Does an option name a person, or say that you are passed on?"""
    return SOMEBODY.search(option) is not None
