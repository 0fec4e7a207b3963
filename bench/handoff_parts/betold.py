"""BETOLD: real calls of which only intents are published. No head can read them; the dialogue signals can."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from bot.handoff.dialogue_signals import bot_repetition, failed_in_a_row, form_failures, replies
from bot.handoff.view import BotAction, BotActionKind

_CAN_NOT = (
    "asked_date_too_far", "date_schedule_no_longer_exists", "fail_retrieve_user_info", "failed_schedule_warning",
    "no_dates_available", "no_dates_available_try_new_transportation_type", "no_more_schedule_appointments",
    "time_asked_unavailable_propose_new", "transportation_type_unavailable",
)  # fmt: skip
_KINDS = dict.fromkeys(_CAN_NOT, BotActionKind.FORM_FAILURE) | {"did_not_understand": BotActionKind.ABSTAINED}
_ACKNOWLEDGES = ("confirm", "negate", "salutation", "noise")


def betold(path: Path) -> dict[str, Any]:
    """Calls that end in a hang-up or with a person: five folds of the validation file.

    Beside the signals: the intents, and pairs of them that follow each other.
    """
    calls = json.loads(path.read_text("utf-8"))
    truth = np.asarray([call["LUHF"] == "luhf" for call in calls])
    spoken = [" ".join([*(_intent(item) for item in call["utterances_annotations"]), "end"]) for call in calls]
    pairs = CountVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2).fit_transform(spoken).astype(float)
    signals = csr_matrix([_signals(call["utterances_annotations"]) for call in calls])
    return {
        "calls": len(calls),
        "ended_early": int(truth.sum()),
        "intents_and_pairs": _judged(pairs, truth),
        "failure_and_repetition_signals": _judged(signals, truth),
        "both": _judged(hstack([pairs, signals]).tocsr(), truth),
    }


def _intent(item: dict[str, Any]) -> str:
    return f"{item['caller_name']}.{item['intent']}"


def _signals(items: list[dict[str, Any]]) -> list[float]:
    """What our signals see of a call. A reply failed where it refuses, or the caller then says the same again."""
    asked: list[str] = []
    actions: list[tuple[BotAction, ...]] = []
    for item in items:
        if item["caller_name"] == "nlu":
            asked.append(item["intent"])
            actions.append(())
        elif asked:
            kind = _KINDS.get(item["intent"], BotActionKind.ASKED_SLOT)
            actions[-1] = (*actions[-1], BotAction(kind, item["intent"].replace("_", " ")))
    again = [one == following and one not in _ACKNOWLEDGES for one, following in pairwise([*asked, ""])]
    refused = [any(action.kind in _KINDS.values() for action in reply) for reply in actions]
    failed = [float(one or other) for one, other in zip(again, refused, strict=True)]
    requests = [intent for intent in asked if intent not in _ACKNOWLEDGES]
    return [
        bot_repetition(actions, [1.0] * len(actions)),
        failed_in_a_row(failed),
        sum(failed),
        form_failures(actions),
        replies(actions),
        float(len(requests) - len(set(requests))),
        float("transfer_agent" in asked),
        float(asked.count("negate")),
    ]


def _judged(matrix: Any, truth: Any) -> dict[str, float]:
    model = make_pipeline(MaxAbsScaler(), LogisticRegression(C=0.3, class_weight="balanced", max_iter=3000))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(model, matrix, truth, cv=folds, method="predict_proba")[:, 1]
    return {
        "macro_f1": float(f1_score(truth, scores >= 0.5, average="macro")),
        "auroc": float(roc_auc_score(truth, scores)),
    }
