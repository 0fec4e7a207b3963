"""The vectors of a message, computed once and used by everything after it: its meaning, and how it is worded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder import RememberingEncoder, shared_encoder, training_encoder
from bot.handoff.lexical import clause_ends
from kb_index.encoder import Encoder, encode_in_parts

ORIGIN, WORDING, PARTS = "SentenceFeaturizer", "SentenceFeaturizer.wording", "SentenceFeaturizer.parts"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceFeaturizer(GraphComponent):
    """Adds the encoder's vectors as Rasa's sentence features."""

    def __init__(self, encoder: Encoder, remembering: RememberingEncoder) -> None:
        self._encoder = encoder
        self._remembering = remembering

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`encoder`: the name of an encoder of kb_index."""
        return {"encoder": "minilm"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Load the encoder, or share the one that is loaded."""
        return cls(shared_encoder(config["encoder"]), training_encoder(config["encoder"]))

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode the text of each message."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                vectors, wordings = encode_in_parts(self._encoder, text, clause_ends)
                message.add_features(Features(vectors[:1], FEATURE_TYPE_SENTENCE, TEXT, ORIGIN))
                if wordings.shape[1]:
                    message.add_features(Features(wordings[:1], FEATURE_TYPE_SENTENCE, TEXT, WORDING))
                message.set(PARTS, np.hstack([vectors, wordings])[1:])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode the meaning of every training example."""
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            messages = [message for message in training_data.training_examples if message.get(attribute)]
            vectors = self._remembering.encode([message.get(attribute) for message in messages])
            for message, vector in zip(messages, vectors, strict=True):
                message.add_features(Features(vector[None], FEATURE_TYPE_SENTENCE, attribute, ORIGIN))
        return training_data


def sentence_vector(message: Message) -> NDArray[np.float32] | None:
    """The vector of its meaning that SentenceFeaturizer put on the message."""
    return _vector(message, ORIGIN)


def wording_vector(message: Message) -> NDArray[np.float32] | None:
    """The vector of its wording, where the encoder gives one."""
    return _vector(message, WORDING)


def sentence_parts(message: Message) -> NDArray[np.float32] | None:
    """Both vectors of each clause, side by side, where there are several."""
    parts: NDArray[np.float32] | None = message.get(PARTS)
    return parts if parts is not None and len(parts) > 1 else None


def _vector(message: Message, origin: str) -> NDArray[np.float32] | None:
    # Rasa's own look-up copies what it finds.
    found = (given.features[0] for given in message.features if given.attribute == TEXT and given.origin == origin)
    return next(found, None)
