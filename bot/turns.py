"""Runs one turn: recall, ask Rasa, make the reply, store everything in one write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot import keys
from bot.components.handoff_policy import DECISION
from bot.contract import Button, Fact, Reply, TurnReply, TurnRequest
from bot.dialogue import order_in_hand
from bot.errors import StaleEpoch, TurnError, TurnFailed
from bot.faq import FaqResult
from bot.faq_index import LiveIndex
from bot.handoff.reasons import HandoffAction
from bot.output import TurnOutput
from bot.processor import TurnProcessor
from bot.question import Question
from bot.tracker_store import RedisTrackerStore

# Facts a form asks for: what the switchboard knows already is not asked again. And a mark on the contact.
KNOWN_FACTS = ("order_number", "email", "postcode", "tier")
PERSON = Button("Talk to a person", "human")


class Turns:
    """One conversation's turns run one after another; different conversations do not wait for each other."""

    def __init__(self, processor: TurnProcessor, store: RedisTrackerStore) -> None:
        self._processor = processor
        self._store = store
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def model(self) -> str:
        """The name of the loaded model."""
        return str(self._processor.model_filename)

    @property
    def index(self) -> LiveIndex:
        """The FAQ index that turns are answered from."""
        return self._processor.index

    async def run(self, request: TurnRequest) -> Mapping[str, Any]:
        """The reply to a turn; the stored one if this turn has been answered before."""
        keys.memory(request.conversation_id)
        lock = self._locks.setdefault(request.conversation_id, asyncio.Lock())
        async with lock:
            return await self._run_alone(request)

    async def _run_alone(self, request: TurnRequest) -> Mapping[str, Any]:
        recalled = await self._store.recall(request.conversation_id)
        memory = recalled.memory
        if memory is not None:
            if memory.turn_id == request.turn_id:
                return memory.reply
            if request.epoch < memory.epoch:
                raise StaleEpoch(f"this conversation is in epoch {memory.epoch}, the turn is of epoch {request.epoch}")
            # A person had the conversation in between: what was going on before is over. Another encoder's vectors
            # cannot be compared with new ones.
            if request.epoch > memory.epoch or memory.encoder != self.index.encoder:
                recalled = replace(recalled, memory=None)
        tracker = self._store.open(request.conversation_id, recalled.memory)
        reply = await self._answer(request, tracker)
        await self._store.commit(
            tracker,
            recalled,
            turn_id=request.turn_id,
            epoch=request.epoch,
            encoder=self.index.encoder,
            reply=reply,
        )
        return reply

    async def _answer(self, request: TurnRequest, tracker: DialogueStateTracker) -> Mapping[str, Any]:
        began = time.perf_counter()
        question = Question.join(request.messages)
        for name in KNOWN_FACTS:
            if request.facts.get(name) and tracker.get_slot(name) is None:
                tracker.update(SlotSet(name, request.facts[name]), self._processor.domain)
        output = TurnOutput()
        message = UserMessage(
            text=question.text,
            output_channel=output,
            sender_id=request.conversation_id,
            input_channel=output.name(),
            metadata={
                "turn_id": request.turn_id,
                "message_id": request.messages[-1].id,
                "messages": [[span.message_id, span.start, span.end] for span in question.spans],
                "order_in_hand": order_in_hand(tracker),
                **({"payload": question.payload} if question.payload else {}),
                **({"brief": True} if request.brief else {}),
            },
        )
        seen = len(tracker.events)
        try:
            await self._processor.handle_message(message)
        except TurnError:
            raise
        except Exception as error:
            # Rasa wraps whatever its components raise; the switchboard asks again, nothing has been stored.
            raise TurnFailed("the assistant failed on this turn") from error
        reply = _reply(output, tracker, question, seen)
        if not reply.replies:
            raise TurnFailed("the assistant had nothing to say", code="empty_reply")
        spent = round((time.perf_counter() - began) * 1000, 1)
        return replace(reply, trace={**reply.trace, "ms": spent, "model": self.model}).as_json()


def _reply(output: TurnOutput, tracker: DialogueStateTracker, question: Question, seen: int) -> TurnReply:
    decision = tracker.get_slot(DECISION) or {}
    replies = output.replies()
    handoff = output.handoff()
    if handoff is None and decision.get("action") == HandoffAction.OFFER_PERSON.value:
        replies = with_person_offered(replies)
    latest = tracker.latest_message
    parsed = latest.parse_data if latest is not None else {}
    found = FaqResult.read(parsed)
    return TurnReply(
        replies=replies,
        handoff=handoff,
        signals=tuple(decision.get("signals") or ()),
        facts=facts_in(parsed.get("entities") or (), question),
        trace={
            "intent": parsed.get("intent"),
            "faq": found.remembered() if found else None,
            # The signals go with the reply; together with this they are all that the decision was made of.
            "decision": {name: value for name, value in decision.items() if name != "signals"},
            "actions": [
                event.action_name
                for event in list(tracker.events)[seen:]
                if isinstance(event, ActionExecuted) and event.action_name != "action_listen"
            ],
        },
    )


def with_person_offered(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """The same replies, with a way to a person below the last one."""
    if not replies or any(button.payload == PERSON.payload for reply in replies for button in reply.buttons):
        return tuple(replies)
    *others, last = replies
    return (*others, replace(last, buttons=(*last.buttons, PERSON)))


def facts_in(entities: Sequence[Mapping[str, Any]], question: Question) -> tuple[Fact, ...]:
    """Each fact once, with the message that gave it."""
    found = {
        (str(entity["entity"]), str(entity["value"])): question.message_at(int(entity.get("start", 0)))
        for entity in reversed(entities)
    }
    return tuple(Fact(name, value, message_id) for (name, value), message_id in reversed(found.items()))
