"""Decides between the intent classifier and the FAQ index, and lets a pressed button overrule both."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message

from bot import payloads
from bot.arbitration import arbitrate
from bot.components.intent_classifier import RANKING, as_intent
from bot.faq import FaqResult
from bot.intents import Guess


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class Arbiter(GraphComponent):
    """Sets the intent that the rules see."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Arbiter:
        """Nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Choose the intent of each message."""
        for message in messages:
            message.set(INTENT, as_intent(_choose(message)), add_to_output=True)
        return messages


def _choose(message: Message) -> Guess:
    wish = payloads.read((message.get(METADATA) or {}).get("payload"))
    if wish is not None:
        return Guess(wish.intent, 1.0)
    guesses = [Guess(item["name"], item["confidence"]) for item in message.get(RANKING) or ()]
    entities = message.get(ENTITIES) or []
    covered = [
        token
        for token in message.get(TEXT_TOKENS) or ()
        if any(entity["start"] <= token.start and token.end <= entity["end"] for entity in entities)
    ]
    words = [token for token in message.get(TEXT_TOKENS) or () if any(letter.isalnum() for letter in token.text)]
    return arbitrate(
        guesses,
        FaqResult.read(message.data),
        words_besides_facts=len([token for token in words if token not in covered]),
        has_fact=bool(entities),
    )
