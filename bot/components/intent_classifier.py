"""Which task the message asks for, with a calibrated confidence; questions of the FAQ are one class among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.sentence_featurizer import sentence_vector
from bot.encoder import training_encoder
from bot.intents import Guess, IntentModel
from kb_index.entries import load_entries

RANKING = "intent_ranking"
_SHOWN = 5


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class SentenceIntentClassifier(GraphComponent):
    """Trains on data/nlu and, for the intent of FAQ questions, on the wordings in data/faq."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: IntentModel | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`faq`: folder whose wordings stand for `faq_intent`; empty for none."""
        return {"encoder": "minilm", "faq": "data/faq", "faq_intent": "faq", "strictness": 12.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        """The classifier as it was trained."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples' vectors and keep the weights with the model."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        vectors = [vector for example in examples if (vector := sentence_vector(example)) is not None]
        labels = [str(example.get(INTENT)) for example in examples]
        if self._config["faq"]:
            wordings = [
                wording
                for entry in load_entries(Path(self._config["faq"]))
                for wording in (entry.question, *entry.wordings)
            ]
            vectors.extend(training_encoder(self._config["encoder"]).encode(wordings))
            labels.extend([self._config["faq_intent"]] * len(wordings))
        self._model = IntentModel.fit(np.stack(vectors), labels, strictness=self._config["strictness"])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of each message."""
        if self._model is None:
            raise ValueError("the intent classifier has not been trained")
        for message in messages:
            vector = sentence_vector(message)
            ranking = self._model.rank(vector) if vector is not None else [Guess(self._config["faq_intent"], 0.0)]
            message.set(INTENT, as_intent(ranking[0]), add_to_output=True)
            message.set(RANKING, [as_intent(guess) for guess in ranking[:_SHOWN]], add_to_output=True)
        return messages


def as_intent(guess: Guess) -> dict[str, Any]:
    """A guess as Rasa writes intents."""
    return {"name": guess.name, "confidence": guess.confidence}
