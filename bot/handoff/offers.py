"""Offers of a person in a bot's words, and which of several options a short reply picks. Pure."""

import re
from collections.abc import Sequence

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
# 1 A 2 B, (1) A (2) B
_NUMBERED = re.compile(r"(?:^|\s)\(?(\d)[).:]? ([^\d()]+?)(?=\s\(?\d[).:]? |[.?]|$)")
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "1": 0, "2": 1, "3": 2, "4": 3}
# Words of a reply that picks and says no more.
SHORT = 4


def options_in(reply: str) -> tuple[str, ...]:
    """The options a bot's reply lists, or puts with an "or", in order."""
    for found in (tuple(reply.splitlines()[1:]), *(tuple(marked.findall(reply)) for marked in _MARKED)):
        if len(found) > 1:
            return found
    numbered = _NUMBERED.findall(reply)
    if len(numbered) > 1 and [int(number) for number, _ in numbered] == list(range(1, len(numbered) + 1)):
        return tuple(option.strip() for _, option in numbered)
    either = [sentence for sentence in sentences(reply) if ", or " in sentence]
    return tuple(either[-1].split(", or ")) if either else ()


def picks_a_person(tokens: Sequence[str], reply: str) -> bool:
    """Does a short reply ("the second one", "2", an option's own words) pick the option that is a person?"""
    options = options_in(reply) if 0 < len(tokens) <= SHORT else ()
    places = [_PLACES[token] for token in tokens if token in _PLACES]
    if len(places) == 1 and options:
        named = options[places[0] : places[0] + 1 or None]
    else:
        named = tuple(option for option in options if words(option)[-len(tokens) :] == list(tokens))
    return any(SOMEBODY.search(option) for option in named)
