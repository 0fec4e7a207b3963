"""What the contact wants: a task (intent classifier) or an answer (FAQ index), with calibrated probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import payloads
from bot.arbitration import FAQ, INFORM, Arbitration, Circumstances, Guess, arbitrate
from bot.components.sentence_featurizer import sentence_vector, wording_vector
from bot.dialogue import answered_last
from bot.encoder import shared_encoder, training_encoder
from bot.faq import KEY, FaqResult, Part
from bot.faq_index import LiveIndex
from bot.offered import last_buttons
from bot.payloads import Wish
from bot.several_tasks import tasks_in
from bot.understanding import rank, train
from kb_index.encoder import Encoder, encode_with_wording
from kb_index.intent_files import load_classifier, save_classifier
from kb_index.intents import IntentClassifier
from kb_index.several_questions import pieces_in

RANKING = "intent_ranking"
TASKS = "tasks"
# Forms wait for words, not for a fact, in these slots.
FREE_TEXT = frozenset({"return_item", "return_reason", "new_address"})
_SHOWN = 5
# What a message with several questions is taken for as a whole; a wish for a person or a farewell stays one thing.
_DIVISIBLE = frozenset({FAQ, *payloads.TASKS})
_ARBITRATION = "arbitration.json"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class Understanding(GraphComponent):
    """Sets intent, ranking and `faq` on the message, and `tasks` where it asks for several.

    A pressed button, or a yes or no to one, overrules them.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._intents: IntentClassifier
        self._arbitration: Arbitration
        self._index: LiveIndex
        self._encoder: Encoder

    @property
    def index(self) -> LiveIndex:
        """The FAQ index in use."""
        return self._index

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`faq`: folder of the entries; `questions`: labelled questions for the calibration.

        `wrong_answer_rate`: the share of questions that may get a wrong answer; kb_index's own where it is None.
        """
        return {
            "encoder": "minilm",
            "faq": "data/faq",
            "questions": "data/evaluation/faq_fit.jsonl",
            "wrong_answer_rate": None,
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
            made._encoder = shared_encoder(config["encoder"])
            made._intents = load_classifier(folder, made._encoder)
            made._arbitration = Arbitration.from_dict(json.loads((folder / _ARBITRATION).read_text("utf-8")))
            made._index = LiveIndex.load(folder / "faq", made._encoder)
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Fit classifier, index and arbitration, and keep them with the model."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        with self._storage.write_to(self._resource) as folder:
            trained = train(
                texts=[str(example.get(TEXT)) for example in examples],
                labels=[str(example.get(INTENT)) for example in examples],
                faq=Path(self._config["faq"]),
                questions=Path(self._config["questions"]),
                encoder=training_encoder(self._config["encoder"]),
                folder=folder / "faq",
                wrong_answer_rate=self._config["wrong_answer_rate"],
            )
            save_classifier(trained.intents, folder)
            (folder / _ARBITRATION).write_text(json.dumps(trained.arbitration.as_dict()), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Understand each message."""
        waits_for_text = tracker.active_loop is not None and tracker.get_slot("requested_slot") in FREE_TEXT
        earlier, typed = answered_last(tracker.events), payloads.typed(last_buttons(tracker.events))
        for message in messages:
            text = message.get(TEXT) or ""
            vector = sentence_vector(message)
            pressed = payloads.read((message.get(METADATA) or {}).get("payload"))
            found = self._chosen(pressed) or self._index.search(text, vector, earlier)
            wording = wording_vector(message)
            ranking = rank(self._intents, text, vector, wording) if vector is not None else [Guess(FAQ, 1.0)]
            if pressed is not None:
                intent = Guess(pressed.intent, 1.0)
            else:
                intent = arbitrate(ranking, found, self._arbitration, circumstances(message, waits_for_text))
                meant = typed.get(intent.name)
                if typed and intent.name == INFORM:
                    meant = self._beside_facts(message, typed)
                if meant is not None:
                    found, intent = self._chosen(meant) or found, Guess(meant.intent, intent.confidence)
                elif not waits_for_text and intent.name in _DIVISIBLE and (several := self._several(text, earlier)):
                    found, intent = several, Guess(FAQ, round(several.best_probability, 6))
                elif not waits_for_text and (intent.name in payloads.FORMS or is_open(intent, found)):
                    tasks = tasks_in(text, intent.name, message.get(ENTITIES) or (), self._task)
                    if tasks:
                        intent = Guess(tasks[0].task, intent.confidence)
                        message.set(TASKS, [asdict(asked) for asked in tasks], add_to_output=True)
            message.set(INTENT, as_intent(intent), add_to_output=True)
            message.set(RANKING, [as_intent(guess) for guess in ranking[:_SHOWN]], add_to_output=True)
            message.set(KEY, found.dump(), add_to_output=True)
        return messages

    def _chosen(self, wish: Wish | None) -> FaqResult | None:
        """The entry that a wish names."""
        return self._index.chosen(wish.faq_id) if wish and wish.faq_id else None

    def _beside_facts(self, message: Message, typed: Mapping[str, Wish]) -> Wish | None:
        """What is meant by the yes or no beside a fact: "yes please, MF-204518"."""
        said = (typed.get(self._intent(words)) for words in pieces_in(without_facts(message)))
        return next(filter(None, said), None)

    def _several(self, text: str, earlier: str | None) -> FaqResult | None:
        """The questions of a message that asks several things; one that asks for a task is that task."""
        found = self._index.search_each(text, earlier, lambda words: self._task(words) is not None)
        if found is None:
            return None
        parts = tuple(replace(part, task=self._task(part.text, part)) for part in found.parts)
        return replace(found, parts=parts).led_by_the_answered() if any(part.answered for part in parts) else None

    def _task(self, text: str, part: Part | None = None) -> str | None:
        """The task that a part of a message asks for; `part`: what the index found for it, if it has been asked."""
        wanted = self._intent(text, part)
        return wanted if wanted in payloads.TASKS else None

    def _intent(self, text: str, part: Part | None = None) -> str:
        """What a part of a message is taken for by itself."""
        [vector], [wording] = encode_with_wording(self._encoder, [text])
        found = FaqResult(part.outcome, part.candidates) if part else self._index.search(text, vector)
        words = Circumstances(tuple(text.lower().split()))
        return arbitrate(rank(self._intents, text, vector, wording), found, self._arbitration, words).name


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


def is_open(intent: Guess, found: FaqResult) -> bool:
    """Whether this is a question that no entry is sure to answer."""
    return intent.name == FAQ and found.answered_by is None


def without_facts(message: Message) -> str:
    """The text around the facts."""
    text = message.get(TEXT) or ""
    for fact in sorted(message.get(ENTITIES) or (), key=lambda fact: -fact["start"]):
        text = text[: fact["start"]] + text[fact["end"] :]
    return text


def as_intent(guess: Guess) -> dict[str, Any]:
    """A guess as Rasa writes intents."""
    return {"name": guess.name, "confidence": guess.confidence}
