"""From Rasa's events to what the handoff decision looks at: who said what, and what the bot did with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.arbitration import FAQ
from bot.faq import FaqResult
from bot.handoff.lexical import sentences
from bot.handoff.offers import is_somebody
from bot.handoff.view import (
    UNPARTED,
    UNWORDED,
    BotAction,
    BotActionKind,
    ContactMessage,
    DialogueView,
    Entity,
    Exchange,
)
from bot.vectors import unpack

# Rasa's own number of a message where no switchboard gave one (rasa shell, rasa test).
_UNKNOWN = "message"
_DIMENSIONS = 384
# So many messages of the contact later nobody refers to an answer by "it".
_REFERRED_TO = 2
# So many messages of the contact later an order is no longer what is talked about.
_STILL_IN_HAND = 2
_AGREES = "affirm"
# Which order the other thing is about is not said, unless by "it".
_TURNS_TO_ANOTHER = "utter_ask_other_task"
_IT = re.compile(r"\bit\b", re.IGNORECASE)
_HUMAN = "human"
# Payloads of what a menu lets choose, unlike a yes, a no and the ways out.
_CHOSEN = ("faq:", "task:")
# A reply of these kinds may offer a person beside whatever else it says.
_UNANSWERED = (BotActionKind.ABSTAINED, BotActionKind.CLARIFIED)
_SMALL_TALK = frozenset(
    {"utter_greet", "utter_goodbye", "utter_thanks", "utter_affirm", "utter_bot_challenge", "utter_smalltalk"}
    | {"utter_deny", "utter_glad", "utter_stopped"}
)


def view_of(tracker: DialogueStateTracker, latest: ContactMessage) -> DialogueView:
    """The view on `latest`, with everything the tracker has from before it."""
    earlier = exchanges(tracker.events, latest.epoch)
    if earlier and isinstance(tracker.latest_message, UserUttered) and earlier[-1].message.id == latest.id:
        earlier.pop()
    if earlier and latest.agrees:
        earlier[-1] = _offering(earlier[-1], _last_replies(tracker.events))
    facts = {name: str(slot.value) for name, slot in tracker.slots.items() if isinstance(slot.value, str)}
    return DialogueView(message=latest, earlier=tuple(earlier), facts=facts)


def exchanges(events: Iterable[Any], epoch: int) -> list[Exchange]:
    """Every message of the contact with what the bot said after it."""
    found: list[tuple[ContactMessage, list[BotAction], list[str]]] = []
    for number, event in enumerate(events):
        if isinstance(event, UserUttered) and event.text:
            metadata = event.metadata or {}
            found.append((contact_message(event.parse_data, metadata, event.text, epoch, number), [], []))
        elif isinstance(event, BotUttered) and found:
            _, actions, said = found[-1]
            said.append(words_of(event))
            action = bot_action(event)
            # A form that asks again after an answer in between reminds; it does not repeat itself.
            if not (actions and action.kind is BotActionKind.ASKED_SLOT):
                actions.append(action)
    return [Exchange(message, tuple(actions), tuple(said)) for message, actions, said in found]


def _last_replies(events: Sequence[Any]) -> list[BotUttered]:
    """What the bot said last, whether or not the contact's answer to it is among the events."""
    found: list[BotUttered] = []
    for event in reversed(events):
        if isinstance(event, BotUttered):
            found.insert(0, event)
        elif isinstance(event, UserUttered) and found:
            break
    return found


def _offering(exchange: Exchange, replies: Sequence[BotUttered]) -> Exchange:
    """The exchange with what was offered in passing: only who agrees to something means that."""
    offered = tuple(sentence for reply in replies for sentence in offers_beside(reply))
    if not offered:
        return exchange
    action = BotAction(BotActionKind.OFFERED_PERSON, offered=offered)
    return replace(exchange, actions=(*exchange.actions, action), words=(*exchange.words, *offered))


def answered_last(events: Sequence[Any]) -> str | None:
    """The FAQ entry given as an answer in the last exchange, or in the one before ("thanks"); what `it` refers to."""
    messages = 0
    for event in reversed(events):
        if isinstance(event, UserUttered):
            messages += 1
            if messages == _REFERRED_TO:
                return None
        elif isinstance(event, BotUttered):
            entry_id = ((event.data or {}).get("custom") or {}).get("faq_id")
            if entry_id:
                return str(entry_id)
    return None


def order_in_hand(tracker: DialogueStateTracker) -> str | None:
    """The known order number, where the last words of either side name it."""
    number = tracker.get_slot("order_number")
    messages = 0
    for event in reversed(tracker.events) if number else ():
        if isinstance(event, BotUttered | UserUttered) and number in named_in(event) and not _doubts(event):
            return str(number)
        if isinstance(event, BotUttered) and _turns_to_another(event):
            return None
        if isinstance(event, UserUttered):
            messages += 1
            if messages == _STILL_IN_HAND:
                return None
    return None


def _doubts(event: BotUttered | UserUttered) -> bool:
    """Whether this only asks if it is still that order."""
    return isinstance(event, BotUttered) and _response(event) == "utter_ask_order_confirmed"


def _turns_to_another(event: BotUttered) -> bool:
    """Whether this offers another task, for whatever order."""
    asked = ((event.data or {}).get("custom") or {}).get("asked")
    return _response(event) == _TURNS_TO_ANOTHER and not _IT.search(asked or "")


def _response(event: BotUttered) -> str:
    """The response of domain.yml that this is, if it is one."""
    return str((event.metadata or {}).get("utter_action") or "")


def named_in(event: BotUttered | UserUttered) -> str:
    """The words of an event, with the facts of the contact's messages in their normal form."""
    facts = (str(entity.get("value")) for entity in event.entities) if isinstance(event, UserUttered) else ()
    return " ".join((event.text or "", *facts))


def message_id(metadata: Mapping[str, Any] | None, number: int) -> str:
    """The switchboard's id of a message, or one made of its place among the events."""
    return str((metadata or {}).get("message_id") or f"{_UNKNOWN}-{number}")


def latest_place(events: Sequence[Any]) -> int:
    """The place of the contact's latest message."""
    places = reversed(range(len(events)))
    return next((place for place in places if isinstance(events[place], UserUttered)), len(events))


def messages_before(events: Iterable[Any]) -> int:
    """How many messages the contact has sent before the latest."""
    return max(0, sum(isinstance(event, UserUttered) and bool(event.text) for event in events) - 1)


def contact_message(
    parsed: Mapping[str, Any], metadata: Mapping[str, Any], text: str, epoch: int, number: int = 0
) -> ContactMessage:
    """One turn's question as the pipeline understood it."""
    intent = parsed.get("intent") or {}
    # The index is searched for every message, but only a question is answered by it: "yes" is not an unanswered one.
    found = FaqResult.read(parsed) if intent.get("name") == FAQ else None
    packed, wording, parts = parsed.get("vector"), parsed.get("wording"), parsed.get("parts")
    vector = unpack(packed) if packed else np.zeros(_DIMENSIONS, dtype=np.float32)
    worded = unpack(wording) if wording else UNWORDED
    together = tuple((str(name), text[start:end]) for name, start, end in metadata.get("messages") or ())
    return ContactMessage(
        id=message_id(metadata, number),
        text=text,
        vector=vector,
        wording=worded,
        parts=unpack(parts).reshape(-1, len(vector) + len(worded)) if parts else UNPARTED,
        epoch=epoch,
        agrees=intent.get("name") == _AGREES,
        faq_id=found.best_id if found else None,
        faq_probability=found.best_probability if found else None,
        answered_by=found.answered_by if found else None,
        marked_entry=found.marked if found else None,
        entities=tuple(
            Entity(str(item.get("entity")), str(item.get("value"))) for item in parsed.get("entities") or ()
        ),
        payload=metadata.get("payload"),
        together=together if len(together) > 1 else (),
    )


def answered_by(parsed: Mapping[str, Any]) -> str | None:
    """The FAQ entry that a message gets as its answer, if it is a question and one is sure enough."""
    found = FaqResult.read(parsed)
    asks = (parsed.get("intent") or {}).get("name") == FAQ
    return found.answered_by if found is not None and asks else None


def bot_action(event: BotUttered) -> BotAction:
    """What one reply was."""
    data: Mapping[str, Any] = event.data or {}
    custom: Mapping[str, Any] = data.get("custom") or {}
    kind = _kind(custom.get("kind"), _response(event))
    # A menu is what it offers: two that ask "which of these?" about different things are no repetition.
    offered = data.get("buttons") or () if kind in _UNANSWERED else ()
    return BotAction(
        kind=kind,
        text="\n".join([event.text or "", *(str(button.get("title") or "") for button in offered)]),
        faq_id=custom.get("faq_id"),
        question=custom.get("question"),
    )


def offers_beside(event: BotUttered) -> tuple[str, ...]:
    """The sentences in which a reply without an answer says that it can pass on to a person."""
    payloads = {button.get("payload") for button in (event.data or {}).get("buttons") or ()}
    if bot_action(event).kind not in _UNANSWERED or _HUMAN not in payloads:
        return ()
    return tuple(sentence for sentence in sentences(event.text or "") if is_somebody(sentence))


def words_of(event: BotUttered) -> str:
    """What a reply asks: from its last question on, with what a menu lets choose; nothing where it asks nothing.

    The questions offered below an answer, and the ways out that every menu has, are left out: what a message means that
    does not answer them does not depend on them.
    """
    said = sentences(event.text or "")
    last = max((place for place, sentence in enumerate(said) if sentence.endswith("?")), default=len(said))
    buttons = (event.data or {}).get("buttons") or () if last < len(said) else ()
    titles = [str(button.get("title") or "") for button in buttons if str(button.get("payload")).startswith(_CHOSEN)]
    return " ".join(filter(None, [*said[last:], " / ".join(titles)]))


def _kind(said: str | None, utter_action: str) -> BotActionKind:
    if said:
        return BotActionKind(said)
    if utter_action.startswith("utter_ask"):
        return BotActionKind.ASKED_SLOT
    return BotActionKind.SMALL_TALK if utter_action in _SMALL_TALK else BotActionKind.ANSWERED
