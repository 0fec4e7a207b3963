"""Takes turns from the stream, asks the bot, commits; tells the customer the truth while the bot is away."""

from __future__ import annotations

import asyncio
import logging
import time

from handoff_api import wording
from handoff_api.bot_contract import TurnReply
from handoff_api.conversations.events import SYSTEM, EventKind, NewEvent
from handoff_api.conversations.model import HandoffReason, Owner
from handoff_api.conversations.switchboard import Switchboard
from handoff_api.settings import Settings
from handoff_api.storage.conversations import BegunTurn, Guard
from handoff_api.storage.desk import DeskStore
from handoff_api.storage.streams import Work
from handoff_api.turns.bot import Bot, BotAway, BotDied, BotFailed, BotRefused
from handoff_api.turns.breaker import Breaker
from handoff_api.turns.decision import Decision, decision_of, handoff_for, request_of

logger = logging.getLogger(__name__)

# Waits before asking again on a turn the bot failed on; together longer than its own parts need to start again. After
# the last a person gets it.
_FAILURE_WAITS = (0.4, 1.0, 2.0, 4.0)
_AWAY_WAIT_S = 0.2
_RECONSIDER_S = 5.0  # how often a turn beyond its patience asks whether it may be handed off


class TurnWorker:
    """One turn at a time per conversation, many conversations at once."""

    def __init__(
        self, switchboard: Switchboard, desk: DeskStore, bot: Bot, breaker: Breaker, settings: Settings
    ) -> None:
        self._switchboard, self._desk, self._bot, self._breaker = switchboard, desk, bot, breaker
        self._settings = settings
        self._at_once = asyncio.Semaphore(settings.bot_concurrency)

    async def handle(self, work: Work) -> None:
        """Carry one turn to its end."""
        store = self._switchboard.store
        turn = await store.begin_turn(work.conversation_id, work.entry)
        if turn is None:
            return
        decision = await self._decide(turn)
        audit = NewEvent(EventKind.TURN_REFUSED, SYSTEM, data={"turn_id": turn.id, "epoch": turn.epoch})
        written = await store.commit_turn(
            turn, decision.events, audit, transfer=decision.transfer, fields=decision.fields
        )
        if written.result == "ok" and decision.reason:
            await self._desk.count("handoffs", decision.reason)
        if written.result == "refused":
            await self._desk.count("turns", "refused")
            logger.info("turn.refused", extra={"conversation": work.conversation_id, "owner": str(written.owner)})

    async def _decide(self, turn: BegunTurn) -> Decision:
        """The bot's decision; or, beyond the patience, a person."""
        asked = time.time() - _first_message_at(turn) / 1000
        ask = asyncio.create_task(self._ask(turn))
        try:
            await asyncio.wait({ask}, timeout=max(0.0, self._settings.bot_notice_s - asked))
            if not ask.done():
                await self._say_it_is_slow(turn)
                await asyncio.wait({ask}, timeout=max(0.0, self._settings.bot_patience_s - asked))
            while not ask.done() and not await self._may_hand_off():
                await asyncio.wait({ask}, timeout=_RECONSIDER_S)
            if not ask.done():
                note = wording.NOTE_BOT_AWAY.format(seconds=round(self._settings.bot_patience_s))
                return handoff_for(turn, note, await self._switchboard.absence())
            reply = ask.result()
        finally:
            ask.cancel()
        if reply is None:
            return handoff_for(turn, wording.NOTE_BOT_FAILED, await self._switchboard.absence())
        absence = await self._switchboard.absence() if reply.handoff else []
        return decision_of(turn, reply, absence)

    async def _ask(self, turn: BegunTurn) -> TurnReply | None:
        """The bot's reply, however long it takes; None where it cannot work on this turn."""
        request = request_of(turn)
        failures = 0
        while True:
            wait = _AWAY_WAIT_S
            async with self._at_once:
                await self._breaker.admit()
                try:
                    reply = await self._bot.ask(request)
                    self._breaker.succeeded()
                    return reply
                except BotAway as error:
                    self._breaker.failed()
                    if isinstance(error, BotDied):  # it may be this very turn that kills it
                        failures += 1
                        wait = _FAILURE_WAITS[min(failures, len(_FAILURE_WAITS)) - 1]
                    logger.warning("bot.away", extra={"why": str(error), "conversation": turn.conversation.id})
                except BotFailed as error:
                    self._breaker.succeeded()
                    failures += 1
                    wait = _FAILURE_WAITS[min(failures, len(_FAILURE_WAITS)) - 1]
                    logger.warning("bot.failed", extra={"why": str(error), "conversation": turn.conversation.id})
                except BotRefused as error:
                    self._breaker.succeeded()
                    logger.error("bot.refused", extra={"why": str(error), "conversation": turn.conversation.id})
                    return None
                except asyncio.CancelledError:
                    self._breaker.gave_up()
                    raise
            if failures > len(_FAILURE_WAITS) and await self._may_hand_off():
                return None
            await asyncio.sleep(wait)

    async def _say_it_is_slow(self, turn: BegunTurn) -> None:
        event = NewEvent(EventKind.MESSAGE_SENT, SYSTEM, wording.BOT_SLOW, [wording.TALK_TO_PERSON])
        guard = Guard(epoch=turn.epoch, owners=frozenset({Owner.BOT}))
        await self._switchboard.store.write(turn.conversation.id, [event], key=f"slow:{turn.id}", guard=guard)

    async def _may_hand_off(self) -> bool:
        most = self._settings.outage_handoffs_per_minute
        return await self._desk.allow("outage", HandoffReason.BOT_UNAVAILABLE, most, 60)


def _first_message_at(turn: BegunTurn) -> int:
    return next(event.at for event in turn.events if event.is_contact_message())
