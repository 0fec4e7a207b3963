"""Rasa's message processor, except that an action that breaks ends the turn instead of being passed over in silence.

Rasa also copies every event for debug records that nobody reads, and replays the conversation for each action to have a
copy it may spoil; here the records are left out and the copy is a copy.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection, ActionExtractSlots
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_METADATA_FILE, LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import ActionExecutionRejected, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.understanding import Understanding
from bot.errors import TurnFailed
from bot.faq_index import LiveIndex
from bot.graph_runner import SteadyGraphRunner


class ServingStorage(LocalModelStorage):
    """A trained model without the plan of its training, whose parts bring TensorFlow."""

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        stored = json.loads((directory / MODEL_ARCHIVE_METADATA_FILE).read_text("utf-8"))
        return ModelMetadata.from_dict({**stored, "train_schema": {"nodes": {}}})


class TurnProcessor(MessageProcessor):
    """Handles one message; raises TurnFailed where Rasa would go on without the action."""

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with tempfile.TemporaryDirectory() as unpacked:
            metadata, runner = loader.load_predict_graph_runner(
                Path(unpacked), Path(model_path), ServingStorage, SteadyGraphRunner
            )
        return Path(model_path).name, metadata, runner

    @property
    def index(self) -> LiveIndex:
        """The FAQ index of the loaded model."""
        runner: SteadyGraphRunner = self.graph_runner
        return runner.component(Understanding).index

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Nothing: Rasa writes out every slot for a debug line nobody reads, a fifteenth of a turn's time."""

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing: a model knows its domain's intents and entities, and Rasa writes the whole domain out to ask."""

    async def _update_tracker_session(
        self, tracker: DialogueStateTracker, output_channel: OutputChannel, metadata: dict[str, Any] | None = None
    ) -> None:
        """Nothing: the store opens every conversation with a session, and sessions do not expire."""

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill slots from the latest message, as domain.yml maps them."""
        events = await ActionExtractSlots(self.action_endpoint).run(output_channel, self.nlg, tracker, self.domain)
        await self._send_bot_messages(events, tracker, output_channel)
        tracker.update_with_events(events, self.domain)
        return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        seen = twin(tracker)
        seen.update_with_events(prediction.events, self.domain)
        name = str(action.name())
        try:
            events = await action.run(output_channel, nlg, seen, self.domain) or []
        except ActionExecutionRejection:
            tracker.update(ActionExecutionRejected(name, prediction.policy_name, prediction.max_confidence))
            return bool(self.should_predict_another_action(name))
        except Exception as error:
            raise TurnFailed(f"the action {name} failed", code="action_failed") from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            tracker = await self.run_action_extract_slots(output_channel, tracker)
        await self.execute_side_effects(events, tracker, output_channel)
        return bool(self.should_predict_another_action(name))

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: Sequence[Event],
        prediction: PolicyPrediction,
    ) -> None:
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)


def twin(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The same state, to be changed without changing the tracker; the events themselves are shared."""
    made = copy.copy(tracker)
    made.events = tracker.events.copy()
    made.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    made.active_loop = copy.copy(tracker.active_loop)
    return made
