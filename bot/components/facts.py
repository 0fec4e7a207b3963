"""Tokens and facts (order numbers, e-mail addresses, postcodes ...) by spaCy's tokenizer and our patterns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message

from bot.facts import FactFinder


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class FactExtractor(GraphComponent):
    """Sets the message's tokens and adds an entity for each fact found."""

    def __init__(self, finder: FactFinder) -> None:
        self._finder = finder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`patterns`: the file with spaCy patterns."""
        return {"patterns": "data/facts/patterns.yml"}

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        """Read the patterns."""
        return cls(FactFinder.load(Path(config["patterns"])))

    def process(self, messages: list[Message]) -> list[Message]:
        """Find facts in each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            tokens, facts = self._finder.read(text)
            message.set(TEXT_TOKENS, [Token(token.text, token.start, token.end) for token in tokens])
            found = [
                {
                    "entity": fact.name,
                    "value": fact.value,
                    "start": fact.start,
                    "end": fact.end,
                    "extractor": "FactExtractor",
                }
                for fact in facts
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
