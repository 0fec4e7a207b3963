"""Measures frustration, repetition, wishes for a person and the other signals of a message, and keeps them with it."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.sentence_featurizer import sentence_parts, sentence_vector, wording_vector
from bot.dialogue import contact_message, view_of
from bot.encoder import shared_encoder
from bot.faq import KEY
from bot.handoff.detector import Detector, load_detector
from bot.handoff.signals import faqs_tried, read_signals
from bot.vectors import pack

SIGNALS = "signals"
VECTOR, WORDING, PARTS = "vector", "wording", "parts"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class SignalsComponent(GraphComponent):
    """Sets `signals`, `vector`, `wording` and `parts` on the message; the tracker gives what was said before."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`encoder`: the encoder whose vectors the detector was fitted on."""
        return {"encoder": "minilm"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SignalsComponent:
        """Load the detector."""
        detector = load_detector()
        detector.heads.check_encoder(shared_encoder(config["encoder"]).name)
        return cls(detector)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Measure each message against what came before it."""
        for message in messages:
            vectors = {
                VECTOR: sentence_vector(message),
                WORDING: wording_vector(message),
                PARTS: sentence_parts(message),
            }
            packed = {name: pack(vector) for name, vector in vectors.items() if vector is not None}
            for name, text in packed.items():
                message.set(name, text, add_to_output=True)
            parsed = {name: message.get(name) for name in (INTENT, ENTITIES, KEY)} | packed
            latest = contact_message(
                parsed, message.get(METADATA) or {}, message.get(TEXT) or "", epoch=0, number=len(tracker.events)
            )
            view = view_of(tracker, latest)
            signals = [signal.to_json() for signal in read_signals(view, self._detector)]
            measured = {"earlier": len(view.earlier), "found": signals, "faqs_tried": list(faqs_tried(view))}
            message.set(SIGNALS, measured, add_to_output=True)
        return messages
