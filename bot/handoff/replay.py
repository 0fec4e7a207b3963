"""A recorded dialogue played again: what the detector saw and decided at each of the contact's messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from bot.handoff.bot_replies import BotReplyReader, pieces
from bot.handoff.decision import Circumstances, HandoffDecision, decide
from bot.handoff.detector import Detector
from bot.handoff.dialogues import Dialogue, DialogueTurn
from bot.handoff.head_fitting import wide_vectors
from bot.handoff.lexical import clause_ends
from bot.handoff.reasons import HandoffAction
from bot.handoff.signal import Signal
from bot.handoff.signals import faqs_tried, read_signals
from bot.handoff.view import UNWORDED, BotAction, BotActionKind, ContactMessage, DialogueView, Exchange, Vector
from bot.handoff.weights import Costs, Weights
from kb_index.encoder import Encoder, encode_in_parts


class Understanding(Protocol):
    """The NLU pipeline: texts of the contact to messages with vector, intent and FAQ match."""

    def understand(self, texts: Sequence[str]) -> list[ContactMessage]: ...


@dataclass(frozen=True)
class VectorsOnly:
    """The pipeline without a trained assistant: just the vectors."""

    encoder: Encoder

    def understand(self, texts: Sequence[str]) -> list[ContactMessage]:
        """Messages without intent or FAQ match."""
        return [bare_message(text, self.encoder) for text in texts]


def bare_message(text: str, encoder: Encoder) -> ContactMessage:
    """A message of which only the vectors are known."""
    return with_vectors(ContactMessage(id="", text=text, vector=UNWORDED), encoder)


def with_vectors(message: ContactMessage, encoder: Encoder) -> ContactMessage:
    """The message with the vectors of its text and of each of its clauses."""
    vectors, wordings = encode_in_parts(encoder, message.text, clause_ends)
    return replace(message, vector=vectors[0], wording=wordings[0], parts=np.hstack([vectors, wordings])[1:])


@dataclass(frozen=True, eq=False)
class Step:
    """One message of the contact, with everything read from it."""

    turn: int
    view: DialogueView
    signals: tuple[Signal, ...]


@dataclass(frozen=True, eq=False)
class Player:
    """Turns dialogues into views and signals. Bot turns are taken as recorded: they were what the contact saw."""

    understanding: Understanding
    encoder: Encoder
    replies: BotReplyReader
    detector: Detector

    def views(self, dialogue: Dialogue) -> list[tuple[int, DialogueView]]:
        """A view for each contact turn, with the index of the turn."""
        contact = dialogue.contact_turns()
        understood = self.understanding.understand([dialogue.turns[index].text for index in contact])
        messages = dict(zip(contact, understood, strict=True))
        spoken = [turn for turn in dialogue.turns if turn.author == "bot"]
        sentences = sorted({piece for turn in spoken for piece in pieces(turn.text)})
        vectors = wide_vectors(self.encoder, sentences)
        found: list[tuple[int, DialogueView]] = []
        exchanges: list[Exchange] = []
        epoch = 0
        for index, turn in enumerate(dialogue.turns):
            if turn.author == "agent":
                epoch += 1
            elif turn.author == "contact":
                message = replace(messages[index], id=f"{dialogue.id}.{index}", epoch=epoch)
                found.append((index, DialogueView(message, tuple(exchanges), dialogue.facts)))
                exchanges.append(Exchange(message))
            elif exchanges:
                last = exchanges[-1]
                actions = (*last.actions, *self._actions(turn, vectors))
                exchanges[-1] = Exchange(last.message, actions, (*last.words, turn.text))
        return found

    def steps(self, dialogue: Dialogue) -> list[Step]:
        """Signals of each contact turn."""
        return [Step(turn, view, read_signals(view, self.detector)) for turn, view in self.views(dialogue)]

    def _actions(self, turn: DialogueTurn, vectors: Mapping[str, Vector]) -> tuple[BotAction, ...]:
        if turn.action is not None:
            return (BotAction(BotActionKind(turn.action), turn.text, faq_id=turn.faq_id),)
        read = self.replies.read(turn.text, vectors)
        return tuple(replace(action, faq_id=turn.faq_id) if turn.faq_id else action for action in read)


@dataclass(frozen=True)
class Outcome:
    """When and why a dialogue was handed off; turn None: it never was."""

    turn: int | None
    decision: HandoffDecision | None


def outcome(steps: Sequence[Step], weights: Weights, costs: Costs) -> Outcome:
    """The first handoff: after it the conversation belongs to people."""
    for step in steps:
        message = step.view.message
        anew = message.answered_by not in (None, *faqs_tried(step.view))
        decision = decide(step.signals, weights, costs, Circumstances(message.id, new_answer=anew))
        if decision.action is HandoffAction.HAND_OFF:
            return Outcome(step.turn, decision)
    return Outcome(None, None)
