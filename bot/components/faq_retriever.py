"""Finds the FAQ entries that may answer a message; the index is built at training and kept in the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import payloads
from bot.components.sentence_featurizer import sentence_vector
from bot.encoder import shared_encoder, training_encoder
from bot.faq import KEY, FaqResult
from bot.faq_index import LiveIndex, build_index


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class FaqRetriever(GraphComponent):
    """Sets `faq` on the message: outcome and candidates with their probabilities."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, index: LiveIndex | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._index = index

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`faq`: folder of the entries; `questions`: labelled questions for the calibration, empty for none."""
        return {"encoder": "minilm", "faq": "data/faq", "questions": "data/evaluation/faq_fit.jsonl"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqRetriever:
        """A retriever without an index."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FaqRetriever:
        """The retriever with the index it was trained with, or a newer one from disk."""
        with model_storage.read_from(resource) as folder:
            index = LiveIndex.load(folder, shared_encoder(config["encoder"]))
        return cls(config, model_storage, resource, index)

    def train(self, training_data: TrainingData) -> Resource:
        """Build the index."""
        with self._storage.write_to(self._resource) as folder:
            build_index(
                Path(self._config["faq"]),
                Path(self._config["questions"]) if self._config["questions"] else None,
                training_encoder(self._config["encoder"]),
                folder,
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Search with the vector that is already there."""
        if self._index is None:
            raise ValueError("the FAQ index has not been built")
        for message in messages:
            wish = payloads.read((message.get(METADATA) or {}).get("payload"))
            text = message.get(TEXT) or ""
            found: FaqResult | None = None
            if wish is not None and wish.faq_id is not None:
                found = self._index.chosen(wish.faq_id)
            if found is None:
                found = self._index.search(text, sentence_vector(message))
            message.set(KEY, found.dump(), add_to_output=True)
        return messages
