"""Who may change the owner of a conversation, from what to what: the one table of moves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handoff_api.conversations.events import EventKind
from handoff_api.conversations.model import HandoffState, Owner


class Verb(StrEnum):
    """What can be done to the ownership of a conversation after it began."""

    HAND_OFF = "hand_off"  # bot or contact -> queue
    CLAIM = "claim"  # an agent takes it, from the queue, the bot, or a closed one
    RELEASE = "release"  # its agent puts it back into the queue, where it was
    TRANSFER = "transfer"  # its agent gives it to another agent
    RETURN = "return"  # its agent gives it back to the bot
    RESOLVE = "resolve"  # its agent closes it
    EXPIRE = "expire"  # its agent vanished: back into the queue, ahead of newer ones


@dataclass(frozen=True)
class Move:
    """``by_holder``: only the agent who holds the conversation may do it."""

    sources: frozenset[Owner]
    target: Owner
    kind: EventKind
    handoff_state: HandoffState
    by_holder: bool = False


MOVES: dict[Verb, Move] = {
    Verb.HAND_OFF: Move(
        frozenset({Owner.BOT, Owner.CLOSED}), Owner.QUEUE, EventKind.HANDOFF_REQUESTED, HandoffState.QUEUED
    ),
    Verb.CLAIM: Move(
        frozenset({Owner.QUEUE, Owner.BOT, Owner.CLOSED}),
        Owner.AGENT,
        EventKind.CONVERSATION_CLAIMED,
        HandoffState.ASSIGNED,
    ),
    Verb.RELEASE: Move(
        frozenset({Owner.AGENT}), Owner.QUEUE, EventKind.CONVERSATION_RELEASED, HandoffState.QUEUED, by_holder=True
    ),
    Verb.TRANSFER: Move(
        frozenset({Owner.AGENT}), Owner.AGENT, EventKind.CONVERSATION_TRANSFERRED, HandoffState.ASSIGNED, by_holder=True
    ),
    Verb.RETURN: Move(
        frozenset({Owner.AGENT}), Owner.BOT, EventKind.CONVERSATION_RETURNED, HandoffState.RETURNED, by_holder=True
    ),
    Verb.RESOLVE: Move(
        frozenset({Owner.AGENT}), Owner.CLOSED, EventKind.CONVERSATION_RESOLVED, HandoffState.RESOLVED, by_holder=True
    ),
    Verb.EXPIRE: Move(
        frozenset({Owner.AGENT}), Owner.QUEUE, EventKind.CONVERSATION_QUEUED, HandoffState.QUEUED, by_holder=True
    ),
}
