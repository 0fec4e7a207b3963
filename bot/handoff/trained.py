"""The trained assistant's NLU pipeline as the `Understanding` of a replay. The one module here that imports Rasa."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import contact_message
from bot.graph_runner import SteadyGraphRunner
from bot.handoff.view import ContactMessage
from bot.models import find_model


@dataclass(frozen=True, eq=False)
class TrainedPipeline:
    """Every message goes through the model's whole NLU graph: vector, intent, FAQ match, entities."""

    runner: Any
    target: str
    model: str

    @classmethod
    def load(cls, path: Path) -> TrainedPipeline:
        """A model file, or the newest of a folder."""
        model = find_model(path)
        with tempfile.TemporaryDirectory() as unpacked:
            metadata, runner = loader.load_predict_graph_runner(
                Path(unpacked), model, LocalModelStorage, SteadyGraphRunner
            )
        return cls(runner, metadata.nlu_target, model.name)

    def understand(self, texts: Sequence[str]) -> list[ContactMessage]:
        """Messages as the running assistant sees them."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> ContactMessage:
        inputs = {
            PLACEHOLDER_MESSAGE: [UserMessage(text)],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("replay", []),
        }
        message = self.runner.run(inputs=inputs, targets=[self.target])[self.target][0]
        return contact_message(message.as_dict(only_output_properties=True), {}, text, epoch=0)
