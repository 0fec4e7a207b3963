"""What the contact wants: a task (intent classifier) or an answer (FAQ index), with calibrated probabilities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import payloads
from bot.arbitration import FAQ, Arbitration, Circumstances, arbitrate
from bot.components.sentence_featurizer import sentence_vector
from bot.encoder import shared_encoder, training_encoder
from bot.faq import KEY
from bot.faq_index import LiveIndex
from bot.intents import Guess, IntentModel
from bot.understanding import train

RANKING = "intent_ranking"
# Forms wait for words, not for a fact, in these slots.
FREE_TEXT = frozenset({"return_item", "return_reason", "new_address"})
_SHOWN = 5
_ARBITRATION = "arbitration.json"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class Understanding(GraphComponent):
    """Sets intent, ranking and `faq` on the message; a pressed button overrules all of them."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._intents: IntentModel
        self._arbitration: Arbitration
        self._index: LiveIndex

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`faq`: folder of the entries; `questions`: labelled questions for the calibration."""
        return {
            "encoder": "minilm",
            "faq": "data/faq",
            "questions": "data/evaluation/faq_fit.jsonl",
            "strictness": 12.0,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Understanding:
        """Ready to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Understanding:
        """As it was trained; the FAQ index may be a newer one from disk."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._intents = IntentModel.load(folder)
            made._arbitration = Arbitration.from_dict(json.loads((folder / _ARBITRATION).read_text("utf-8")))
            made._index = LiveIndex.load(folder / "faq", shared_encoder(config["encoder"]))
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Fit classifier, index and arbitration, and keep them with the model."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        vectors = [vector for example in examples if (vector := sentence_vector(example)) is not None]
        with self._storage.write_to(self._resource) as folder:
            trained = train(
                texts=[str(example.get(TEXT)) for example in examples],
                vectors=np.stack(vectors),
                labels=[str(example.get(INTENT)) for example in examples],
                faq=Path(self._config["faq"]),
                questions=Path(self._config["questions"]),
                encoder=training_encoder(self._config["encoder"]),
                strictness=self._config["strictness"],
                folder=folder / "faq",
            )
            trained.intents.save(folder)
            (folder / _ARBITRATION).write_text(json.dumps(trained.arbitration.as_dict()), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Understand each message."""
        waits_for_text = tracker.active_loop is not None and tracker.get_slot("requested_slot") in FREE_TEXT
        for message in messages:
            text = message.get(TEXT) or ""
            vector = sentence_vector(message)
            wish = payloads.read((message.get(METADATA) or {}).get("payload"))
            chosen = self._index.chosen(wish.faq_id) if wish and wish.faq_id else None
            found = chosen or self._index.search(text, vector)
            ranking = self._intents.rank(text, vector) if vector is not None else [Guess(FAQ, 1.0)]
            if wish is not None:
                intent = Guess(wish.intent, 1.0)
            else:
                intent = arbitrate(ranking, found, self._arbitration, circumstances(message, waits_for_text))
            message.set(INTENT, as_intent(intent), add_to_output=True)
            message.set(RANKING, [as_intent(guess) for guess in ranking[:_SHOWN]], add_to_output=True)
            message.set(KEY, found.dump(), add_to_output=True)
        return messages


def circumstances(message: Message, waits_for_text: bool) -> Circumstances:
    """The words that are no facts, and whether there are facts."""
    entities = message.get(ENTITIES) or []
    words = [
        token.text.lower()
        for token in message.get(TEXT_TOKENS) or ()
        if not any(entity["start"] <= token.start and token.end <= entity["end"] for entity in entities)
        and (token.text == "?" or any(letter.isalnum() for letter in token.text))
    ]
    return Circumstances(tuple(words), has_fact=bool(entities), waits_for_text=waits_for_text)


def as_intent(guess: Guess) -> dict[str, Any]:
    """A guess as Rasa writes intents."""
    return {"name": guess.name, "confidence": guess.confidence}
