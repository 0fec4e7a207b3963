"""Passes a conversation to people when the decision says so; outranks the rules, inside forms as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.signals import SIGNALS
from bot.dialogue import answered_by, contact_message, latest_place, message_id, messages_before, view_of
from bot.encoder import shared_encoder
from bot.handoff.decision import Circumstances
from bot.handoff.detector import Detector, load_detector
from bot.handoff.reasons import HandoffAction
from bot.handoff.record import Record
from bot.handoff.replay import with_vectors
from bot.handoff.signal import Signal
from bot.handoff.signals import faqs_tried, read_signals
from bot.handoff.view import DialogueView
from bot.handoff.weights import Costs, Weights, load_costs, load_weights
from kb_index.settings import configured_encoder

HAND_OFF = "action_hand_off"
DECISION = "decision"
# After these nothing more is said. Rasa would run its fallback again and again.
_ENDS_THE_TURN = (HAND_OFF, "action_not_understood")


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=False)
class HandoffPolicy(Policy):
    """Decides once for each message, before any other action."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        *,
        detector: Detector,
        weights: Weights,
        costs: Costs,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._detector = detector
        self._weights = weights
        self._costs = costs

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Above RulePolicy, which has 6."""
        return {"priority": 7}

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_AND_RULE_DATA

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> HandoffPolicy:
        """Load detector, weights and costs."""
        return cls(
            config,
            model_storage,
            resource,
            execution_context,
            detector=load_detector(),
            weights=load_weights(),
            costs=load_costs(),
        )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> HandoffPolicy:
        """Nothing of it is in the model: the content team's files are read each time."""
        return cls.create(config, model_storage, resource, execution_context)

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Fitted by `baton handoff fit`, not here."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """`action_hand_off` where it is due, and the end of a turn that no rule ends; otherwise no opinion."""
        if tracker.latest_action_name in _ENDS_THE_TURN:
            return self._predict(ACTION_LISTEN_NAME, domain)
        if tracker.latest_action_name != ACTION_LISTEN_NAME or tracker.latest_message is None:
            return self._no_opinion(domain)
        signals, tried = self._measured(tracker)
        latest = message_id(tracker.latest_message.metadata, latest_place(tracker.events))
        anew = answered_by(tracker.latest_message.parse_data) not in (None, *tried)
        circumstances = Circumstances(latest, filled_form=gave_what_was_asked(tracker), new_answer=anew)
        record = Record.of(signals, circumstances, self._weights, self._costs, tried)
        events = [SlotSet(DECISION, record.to_json())]
        if record.decision.action is HandoffAction.HAND_OFF:
            return self._predict(HAND_OFF, domain, events)
        return self._no_opinion(domain, events)

    def _measured(self, tracker: DialogueStateTracker) -> tuple[Sequence[Signal], Sequence[str]]:
        """Signals and FAQs tried, as measured with the message.

        They are measured again where the pipeline did not see the conversation: `rasa test` gives its policies texts.
        """
        latest = tracker.latest_message
        stored = latest.parse_data.get(SIGNALS)
        if isinstance(stored, dict) and stored.get("earlier") == messages_before(tracker.events):
            return [Signal.from_json(item) for item in stored["found"]], stored["faqs_tried"]
        place = latest_place(tracker.events)
        message = contact_message(latest.parse_data, latest.metadata or {}, latest.text or "", epoch=0, number=place)
        view = view_of(tracker, message)
        if not message.vector.any():
            view = _with_vectors(view)
        return read_signals(view, self._detector), faqs_tried(view)

    def _predict(self, action: str, domain: Domain, events: list[Event] | None = None) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, events=events or [], is_no_user_prediction=True)

    def _no_opinion(self, domain: Domain, events: list[Event] | None = None) -> PolicyPrediction:
        return self._prediction(self._default_predictions(domain), events=events or [])


def _with_vectors(view: DialogueView) -> DialogueView:
    encoder = shared_encoder(configured_encoder())
    earlier = (replace(one, message=with_vectors(one.message, encoder)) for one in view.earlier)
    return replace(view, message=with_vectors(view.message, encoder), earlier=tuple(earlier))


def gave_what_was_asked(tracker: DialogueStateTracker) -> bool:
    """Whether the latest message filled the slot a form waits for: "don't like it" is then a reason, not a verdict."""
    wanted = tracker.get_slot(REQUESTED_SLOT)
    if tracker.active_loop is None or wanted is None:
        return False
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == wanted:
            return event.value is not None
        if isinstance(event, UserUttered):
            return False
    return False
