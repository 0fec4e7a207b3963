"""What the detector sees of a conversation: the message to judge and everything before it, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
UNWORDED: Vector = np.empty(0, dtype=np.float32)  # of an encoder that gives no second vector
UNPARTED: Vector = np.empty((0, 0), dtype=np.float32)  # of one that gives no vectors of sentences


class BotActionKind(StrEnum):
    """What the bot did with a message."""

    ANSWERED = "answered"  # gave an FAQ answer or the result of a task
    CLARIFIED = "clarified"  # offered the likely questions, or asked what was meant
    ABSTAINED = "abstained"  # said that it does not know
    ASKED_SLOT = "asked_slot"  # asked for something a form needs
    FORM_FAILURE = "form_failure"  # refused what was given to a form, or a task failed
    OFFERED_PERSON = "offered_person"  # asked whether a person should take over
    SMALL_TALK = "small_talk"  # greeting, thanks, goodbye


@dataclass(frozen=True)
class BotAction:
    """One thing the bot said after a message."""

    kind: BotActionKind
    text: str = ""
    faq_id: str | None = None
    question: str | None = None  # the FAQ entry's question, for the explanation
    offered: tuple[str, ...] = ()  # the sentences or options that offer a person, where they were read


@dataclass(frozen=True)
class Entity:
    """Something named in a message: `name` is amount, date, order_number, product ..."""

    name: str
    value: str


@dataclass(frozen=True, eq=False)
class ContactMessage:
    """One message (or several that came together) of the contact, as the NLU pipeline understood it."""

    id: str
    text: str
    vector: Vector  # the unit sentence vector the pipeline already computed
    wording: Vector = field(default_factory=lambda: UNWORDED)  # and the one of how it is worded
    parts: Vector = field(default_factory=lambda: UNPARTED)  # (clauses, both): those of each clause, side by side
    epoch: int = 0
    agrees: bool = False  # it is a yes, whatever to
    faq_id: str | None = None  # best FAQ match
    faq_probability: float | None = None  # its calibrated probability; None: no FAQ index was asked
    answered_by: str | None = None  # the entry that the FAQ index is sure enough of to give as the answer
    marked_entry: str | None = None  # the question of that entry, where the content team wants a person to take it
    entities: tuple[Entity, ...] = ()
    payload: str | None = None  # of a pressed button, as in the bot contract
    together: tuple[tuple[str, str], ...] = ()  # id and text of each, where several came together; `id` is the last's

    @property
    def ids(self) -> tuple[str, ...]:
        """The message's id, or those of all that came together, oldest first."""
        return tuple(message_id for message_id, _ in self.together) or (self.id,)


@dataclass(frozen=True, eq=False)
class Exchange:
    """A past message of the contact, what the bot did with it, and those of its words that the next may refer to."""

    message: ContactMessage
    actions: tuple[BotAction, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DialogueView:
    """Everything a decision may look at. Exchanges of older epochs may be passed in; they are spent."""

    message: ContactMessage
    earlier: tuple[Exchange, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)  # of the contact: tier, order_number ...

    def current(self) -> tuple[Exchange, ...]:
        """The earlier exchanges that still count: those since the bot last got the conversation."""
        return tuple(exchange for exchange in self.earlier if exchange.message.epoch == self.message.epoch)
