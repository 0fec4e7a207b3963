"""Where we do Rasa's work in less time, the results stay Rasa's. Uses the trained model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHECKOUT = Path(__file__).parents[2]
QUESTIONS = (
    "where is my order MF-204518?",
    "how long do I have to send something back?",
    "I want to talk to a person",
    "thanks!",
    "👋",
)


@pytest.fixture(scope="module")
def rasa_quietly() -> Iterator[None]:
    """Rasa imported, and what its dependencies warn of passed over."""
    from bot.lazy_tensorflow import postpone_tensorflow
    from bot.settings import keep_private

    keep_private()
    postpone_tensorflow()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import rasa.core.processor  # noqa: F401

        yield


@pytest.fixture(scope="module")
def runners(rasa_quietly: None, model: Path) -> tuple[Any, Any, Any]:
    """The model's metadata, and its graph run by Dask and by our runner."""
    from rasa.engine import loader
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    from bot.graph_runner import SteadyGraphRunner

    before = Path.cwd()
    os.chdir(CHECKOUT)
    try:
        made = []
        for kind in (DaskGraphRunner, SteadyGraphRunner):
            with tempfile.TemporaryDirectory() as unpacked:
                metadata, runner = loader.load_predict_graph_runner(Path(unpacked), model, LocalModelStorage, kind)
            made.append(runner)
    finally:
        os.chdir(before)
    return metadata, made[0], made[1]


def test_the_steady_runner_gives_what_dask_gives(runners: tuple[Any, Any, Any]) -> None:
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker

    metadata, dask, steady = runners
    for text in QUESTIONS:
        results = []
        for runner in (dask, steady):
            inputs = {
                PLACEHOLDER_MESSAGE: [UserMessage(text)],
                PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("x", []),
            }
            message = runner.run(inputs=inputs, targets=[metadata.nlu_target])[metadata.nlu_target][0]
            results.append(message.as_dict(only_output_properties=True))
        assert results[0] == results[1]
        assert results[0]["intent"]["name"] in metadata.domain.intents


def test_the_intent_rule_policy_finds_rasas_rules(runners: tuple[Any, Any, Any]) -> None:
    from rasa.core.policies.rule_policy import RulePolicy

    from bot.components.intent_rule_policy import IntentRulePolicy

    _, _, steady = runners
    policy = next(
        component
        for node in steady._instantiated_nodes.values()
        if isinstance(component := node._component, IntentRulePolicy)
    )
    compared = 0
    for lookup in policy.lookup.values():
        if not isinstance(lookup, dict):
            continue
        for key in lookup:
            states = json.loads(key)
            for length in range(1, len(states) + 1):
                ours = policy._get_possible_keys(lookup, states[:length])
                assert ours == RulePolicy._get_possible_keys(policy, lookup, states[:length])
                compared += len(ours)
    assert compared > 100


def talked(domain: Any, turns: int, *more_slots: Any) -> Any:
    """A conversation of so many turns, with a form that was entered and left, and slots that are set in between."""
    from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    tracker = DialogueStateTracker("c1-talk", [*domain.slots, *more_slots])
    events = [ActionExecuted("action_session_start"), SessionStarted()]
    for number in range(turns):
        name = ("faq", "order_status", "talk_to_person")[number % 3]
        events += [
            ActionExecuted("action_listen"),
            UserUttered(f"question {number}", {"name": name, "confidence": 1.0}),
        ]
        if name == "order_status":
            events += [ActionExecuted("return_form"), ActiveLoop("return_form"), SlotSet("requested_slot", "proof")]
        else:
            events += [ActiveLoop(None), SlotSet("requested_slot", None), ActionExecuted("action_answer_faq")]
        events += [SlotSet("decision", {"action": "continue", "turn": number}), BotUttered("an answer")]
        events += [SlotSet(slot.name, number % 2 == 0) for slot in more_slots]
    for event in events:
        tracker.update(event, domain)
    return tracker


@pytest.mark.parametrize("turns", [0, 1, 2, 7])
def test_the_latest_states_are_the_last_of_all_states(runners: tuple[Any, Any, Any], turns: int) -> None:
    from rasa.shared.core.slots import BooleanSlot
    from rasa.shared.core.trackers import EventVerbosity

    from bot.components.intent_rule_policy import latest_states

    domain = runners[0].domain
    for tracker in (talked(domain, turns), talked(domain, turns, BooleanSlot("vip", [], influence_conversation=True))):
        before = tracker.current_state(EventVerbosity.ALL)
        every = tracker.past_states(domain)
        for count in (1, 2, 4, 100):
            assert latest_states(tracker, domain, count) == every[-count:]
        assert tracker.current_state(EventVerbosity.ALL) == before
    assert turns < 2 or any("slots" in state for state in every)


def test_a_twin_has_the_state_and_keeps_changes_to_itself(runners: tuple[Any, Any, Any]) -> None:
    from rasa.shared.core.events import ActiveLoop, SlotSet
    from rasa.shared.core.trackers import EventVerbosity

    from bot.processor import twin

    domain = runners[0].domain
    tracker = talked(domain, 5)
    before = tracker.current_state(EventVerbosity.ALL)
    made = twin(tracker)
    assert made.current_state(EventVerbosity.ALL) == tracker.copy().current_state(EventVerbosity.ALL) == before
    for event in (SlotSet("order_number", "MF-204518"), ActiveLoop("cancel_form")):
        made.update(event, domain)
    assert made.get_slot("order_number") == "MF-204518"
    assert made.active_loop_name == "cancel_form"
    assert tracker.current_state(EventVerbosity.ALL) == before


def test_a_skill_is_told_of_this_turn(runners: tuple[Any, Any, Any]) -> None:
    from rasa.core.actions.action import RemoteAction

    from bot import rasa_shortcuts

    rasa_shortcuts.install()
    domain = runners[0].domain
    tracker = talked(domain, 6)
    tracker.latest_message.parse_data.update(vector="...", wording="...", parts="...", faq={"outcome": "answer"})
    tracker.latest_message.metadata["turn_id"] = "t6"
    call = RemoteAction("action_answer_faq", None)._action_call_format(tracker, domain)
    assert call["next_action"] == "action_answer_faq"
    assert call["tracker"]["slots"] == tracker.current_slot_values()
    assert call["tracker"]["latest_message"]["faq"] == {"outcome": "answer"}
    assert call["tracker"]["latest_message"]["metadata"]["turn_id"] == "t6"
    assert not {"vector", "wording", "parts"} & set(call["tracker"]["latest_message"])
    kinds = [event["event"] for event in call["tracker"]["events"]]
    assert kinds == ["active_loop", "slot", "action", "slot", "bot"]


LOADED = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from bot.lazy_tensorflow import postpone_tensorflow
from bot.settings import keep_private
keep_private()
postpone_tensorflow()
import bot.server
from bot.processor import TurnProcessor
TurnProcessor._load_model(Path(sys.argv[1]))
assert "tensorflow" not in sys.modules
from rasa.utils.train_utils import RasaTrainingLogger
assert "tensorflow" in sys.modules and "Callback" in {base.__name__ for base in RasaTrainingLogger.__mro__}
"""


def test_serving_a_model_leaves_tensorflow_unloaded_until_it_is_used(model: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LOADED, str(model)]
    subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, timeout=200)


def test_events_are_resolved_to_rasas_classes(rasa_quietly: None) -> None:
    from rasa.shared.core.events import Event

    from bot import rasa_shortcuts

    rasa_shortcuts.install()
    for kind in ("user", "bot", "slot", "action", "active_loop", "session_started", "reset_slots"):
        assert Event.resolve_by_type(kind) is rasa_shortcuts._resolve_by_type(kind)
    with pytest.raises(ValueError, match="nonsense"):
        Event.resolve_by_type("nonsense")


def test_a_slots_copy_has_all_of_it_and_keeps_changes_to_itself(runners: tuple[Any, Any, Any]) -> None:
    import copy

    from bot import rasa_shortcuts

    rasa_shortcuts.install()
    for slot in talked(runners[0].domain, 3).slots.values():
        before = dict(vars(slot))
        made = copy.copy(slot)
        assert type(made) is type(slot)
        assert vars(made) == before
        made.value = "another"
        assert vars(slot) == before


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"events": []}, {"events": {}, "responses": []}, {"events": ["x"], "responses": []}]
)
def test_a_malformed_answer_of_the_action_server_is_refused(rasa_quietly: None, answer: Any) -> None:
    from rasa.core.actions.action import RemoteAction

    from bot import rasa_shortcuts

    rasa_shortcuts.install()
    action = RemoteAction("action_inform", None)
    with pytest.raises(ValueError, match="action_inform"):
        action._validate_action_result(answer)
    assert action._validate_action_result({"events": [{"event": "slot"}], "responses": [{"text": "hi"}]})


def test_every_reason_has_its_words_and_every_form_its_questions(runners: tuple[Any, Any, Any]) -> None:
    from bot.handoff.reasons import HandoffReason

    metadata, _, _ = runners
    responses = metadata.domain.responses
    for reason in HandoffReason:
        assert "colleague" in responses[f"utter_handoff_{reason.value}"][0]["text"]
    for form, slots in metadata.domain.forms.items():
        for slot in slots["required_slots"]:
            names = {f"utter_ask_{slot}", f"action_ask_{form}_{slot}"}
            assert names & {*responses, *metadata.domain.action_names_or_texts}


WATCHED = """
import runpy, sys
def watch(event, arguments):
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "localhost", "127.0.0.1", "::1"):
        print("LOOKED UP", arguments[0], flush=True)
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not arguments[1][0].startswith("127."):
        print("CONNECTED", arguments[1], flush=True)
sys.addaudithook(watch)
sys.argv = ["bot.train", "--force", "--models", sys.argv[1]]
runpy.run_module("bot.train", run_name="__main__")
"""


def test_a_failed_training_tells_nobody(tmp_path: Path) -> None:
    """Rasa would report the failure to its makers, with several retries."""
    for name in ("config.yml", "domain.yml"):
        (tmp_path / name).write_text((CHECKOUT / name).read_text())
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    (tmp_path / "data" / "handoff").symlink_to(CHECKOUT / "data" / "handoff")
    (tmp_path / "data" / "nlu" / "broken.yml").write_text("version: '3.1'\nnlu:\n  - intent: [greet\n")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "BATON_DATA_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "models")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert done.returncode == 1
    assert "broken.yml" in done.stderr
    assert "LOOKED UP" not in done.stdout
    assert "CONNECTED" not in done.stdout
    assert "Traceback" not in done.stderr
