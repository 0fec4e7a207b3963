"""What bench/handoff makes of scores and figures: thresholds by hand, and no missed target without its mark."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.handoff_parts.baselines import DialogueFeatures, cheapest_threshold, judge_with, recall_at, unseen_scores
from bench.handoff_parts.betold import betold
from bench.handoff_parts.report import as_markdown
from bench.handoff_parts.targets import targets
from bot.handoff.dialogues import Dialogue, DialogueTurn, Label
from bot.handoff.evaluation import Played, figures
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import Step
from bot.handoff.view import ContactMessage, DialogueView, Exchange
from bot.handoff.weights import Costs

SCORES = {"a-1": [0.1, 0.9], "a-2": [0.6], "b-1": [0.7, 0.2], "b-2": [0.3]}
NEEDED = {"a-1": 1, "a-2": 0}  # the turn at which a person is needed


def played(name: str, needed: int | None, messages: int, direction: int = 0) -> Played:
    """A dialogue of the contact alone; where a person is needed, the message points in its own direction."""
    labels = [Label(i, i == needed, HandoffReason.ASKED_FOR_HUMAN if i == needed else None, 0) for i in range(messages)]
    vectors = np.eye(4, dtype=np.float32)
    said = [
        ContactMessage(id=f"{name}.{i}", text=f"message {i}", vector=vectors[3 if i == needed else direction])
        for i in range(messages)
    ]
    turns = tuple(DialogueTurn("contact", one.text) for one in said)
    steps = tuple(Step(i, DialogueView(one, tuple(map(Exchange, said[:i]))), ()) for i, one in enumerate(said))
    return Played(Dialogue(name, turns, tuple(labels), "k"), steps)


DIALOGUES = [played(name, NEEDED.get(name), len(values)) for name, values in SCORES.items()]


@pytest.mark.parametrize(
    ("missed", "false", "threshold"),
    [(1.0, 1.0, 0.9), (3.0, 1.0, 0.6), (1.0, 3.0, 0.9)],
)
def test_the_threshold_follows_the_costs(missed: float, false: float, threshold: float) -> None:
    assert cheapest_threshold(SCORES, DIALOGUES, Costs(missed, false)) == threshold


def test_what_knows_nothing_hands_off_everything_or_nothing() -> None:
    scores = {name: [0.5] * len(values) for name, values in SCORES.items()}
    for costs, handed_off in ((Costs(2, 1), 1.0), (Costs(1, 2), 0.0)):
        found = figures(judge_with(scores, cheapest_threshold(scores, DIALOGUES, costs), DIALOGUES))
        assert (found["recall"], found["false_handoff_rate"]) == (handed_off, handed_off)


def test_the_best_recall_that_few_false_handoffs_allow() -> None:
    assert [recall_at(false, SCORES, DIALOGUES) for false in (0.0, 0.49, 0.5, 1.0)] == [0.5, 0.5, 1.0, 1.0]


def test_dialogue_features_learn_a_wish_from_other_authors() -> None:
    known = [
        played(f"{author}-{number}", 1 if number % 2 else None, 2, direction=number % 3)
        for author in "abcdefgh"
        for number in range(8)
    ]
    known = [with_anger(item) if item.dialogue.id.endswith("7") else item for item in known]
    scores = unseen_scores(lambda some: DialogueFeatures.fit(some, None), known)
    assert recall_at(0.0, scores, known) == 1.0


def with_anger(item: Played) -> Played:
    """The same, the last message said in anger: the emotion has to be learned from something."""
    *rest, last = item.dialogue.labels
    labels = (*rest, Label(last.turn, last.handoff, last.reason, 3))
    return Played(Dialogue(item.dialogue.id, item.dialogue.turns, labels, "k"), item.steps)


def test_calls_without_words_are_read_by_their_refusals(tmp_path: Path) -> None:
    def call(refusals: int) -> dict[str, Any]:
        asked = [("nlu", "user_proposed_date"), ("nlg", "time_asked_unavailable_propose_new")] * refusals
        spoken = [("nlu", "schedule"), ("nlg", "propose_date"), *asked, ("nlu", "confirm")]
        items = [{"caller_name": caller, "intent": intent, "entities": []} for caller, intent in spoken]
        return {"LUHF": "luhf" if refusals > 1 else "not_luhf", "utterances_annotations": items}

    path = tmp_path / "calls.json"
    path.write_text(json.dumps([call(number % 4) for number in range(40)]), encoding="utf-8")
    found = betold(path)
    assert (found["calls"], found["ended_early"]) == (40, 20)
    assert found["failure_and_repetition_signals"]["auroc"] == 1.0


def test_every_missed_target_is_marked() -> None:
    public = {
        "nlupp_banking": {"ours": {"f1": 0.91, "recall": 0.91}},
        "dbdc3": {
            "text_only_head": {"auroc": 0.7},
            "repetition_and_failure_signals": {"auroc": 0.65},
            "text_and_signals": {"auroc": 0.72},
        },
        "calm_questions": {"banking77": {"for_frustration": 0.02}, "hwu64": {"for_frustration": 0.0}},
    }
    result: dict[str, Any] = {"dialogues": {}, "public": public, "skipped": ["convabuse is not in data"]}
    found = targets(result)
    assert [target.reached for target in found] == [True, False, True, False, True, False, True]
    about = {"date": "2026-11-26", "commit": "abc", "machine": "m", "weights": "w"}
    text = as_markdown({**about, **result, "targets": [vars(target) for target in found]})
    assert text.count("**missed**") == 3
    assert "| NLU++ banking, handoff: recall | at least 0.92 | 0.910 | **missed** |" in text
    assert "- convabuse is not in data" in text
