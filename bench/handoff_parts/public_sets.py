"""The public sets: read from a folder outside the repository, fitted on their training part, measured once."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict

from bench.handoff_parts.baselines import Sentiment
from bot.handoff.decision import decide
from bot.handoff.detector import Detector
from bot.handoff.dialogue_signals import likeness
from bot.handoff.head_fitting import STRENGTH, Features, wide_vectors
from bot.handoff.lexical import grams, words
from bot.handoff.message_signals import frustration, not_helped, said_before
from bot.handoff.reasons import HandoffAction
from bot.handoff.replay import bare_message
from bot.handoff.signal import SignalName
from bot.handoff.signals import read_signals
from bot.handoff.view import ContactMessage, DialogueView
from bot.handoff.weights import Costs, Weights
from kb_index.encoder import Encoder

Array = NDArray[np.float64]
Labelled = tuple[list[str], NDArray[np.bool_]]  # texts, and what is true of each

# GoEmotions: what an angry or let down customer would be labelled with, and how many training texts are learned from.
DISCONTENT = ("anger", "annoyance", "disappointment")
EMOTION_TEXTS = 4000


def nlupp(folder: Path, encoder: Encoder, detector: Detector, costs: Costs) -> dict[str, Any]:
    """`handoff` of NLU++ banking: each fold judged by a head fitted on the other 19.

    Ours says yes from the probability at which the costs hand off, the text-only head from what is best for it in folds
    of those 19.
    """
    folds = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("fold*.json"))]
    texts = [[item["text"] for item in fold] for fold in folds]
    truths = [np.asarray(["handoff" in item.get("intents", ()) for item in fold]) for fold in folds]
    known = np.concatenate(truths)
    baseline, baseline_said, ours, shipped = [], [], [], []
    for index in range(len(folds)):
        train = [text for other, fold in enumerate(texts) if other != index for text in fold]
        truth = np.concatenate([found for other, found in enumerate(truths) if other != index])
        simple, vectors = LogisticRegression(C=10.0, max_iter=3000, class_weight="balanced"), encoder.encode(train)
        unseen = cross_val_predict(simple, vectors, truth, cv=StratifiedKFold(4), method="predict_proba")[:, 1]
        baseline.append(simple.fit(vectors, truth).predict_proba(encoder.encode(texts[index]))[:, 1])
        baseline_said.append(baseline[-1] >= _best_threshold(truth, unseen))
        ours.append(head_scores(train, truth, texts[index], encoder, detector, prior=True))
        shipped.append(np.asarray([wish(text, encoder, detector) for text in texts[index]]))
    own, wished = np.concatenate(ours), np.concatenate(shipped)
    return {
        "sentences": len(known),
        "positives": int(known.sum()),
        "text_only_head": _decided(known, np.concatenate(baseline), np.concatenate(baseline_said)),
        "ours": _decided(known, own, own >= costs.hand_off_from),
        "ours_as_shipped_untrained": _decided(known, wished, wished >= costs.hand_off_from),
    }


def convabuse(folder: Path, encoder: Encoder, detector: Detector, vader: Sentiment | None) -> dict[str, Any]:
    """Abusive or not (mean of the raters below 0): fitted on the training file, measured on the validation file."""
    train, train_truth = _abuse(folder / "ConvAbuseEMNLPtrain.csv")
    valid, truth = _abuse(folder / "ConvAbuseEMNLPvalid.csv")
    counts = {"train": len(train), "validation": len(valid), "abusive": int(truth.sum())}
    return counts | _ranked_by_each((train, train_truth), (valid, truth), encoder, detector, vader)


def goemotions(folder: Path, encoder: Encoder, detector: Detector, vader: Sentiment | None) -> dict[str, Any]:
    """Anger, annoyance or disappointment among 28 emotions: learned from training texts, measured on the dev file."""
    names = (folder / "labels.txt").read_text("utf-8").split()
    train, train_truth = _emotions(folder / "train.tsv", names, EMOTION_TEXTS)
    dev, truth = _emotions(folder / "dev.tsv", names)
    counts = {"train": len(train), "dev": len(dev), "discontent": int(truth.sum())}
    return counts | _ranked_by_each((train, train_truth), (dev, truth), encoder, detector, vader)


def _ranked_by_each(
    learned: Labelled, unseen: Labelled, encoder: Encoder, detector: Detector, vader: Sentiment | None
) -> dict[str, Any]:
    """How a text-only head, our head, our head as shipped and VADER rank the unseen texts."""
    (train, train_truth), (texts, truth) = learned, unseen
    simple = LogisticRegression(C=10.0, max_iter=3000).fit(encoder.encode(train), train_truth)
    result: dict[str, Any] = {
        "text_only_head": _ranked(truth, simple.predict_proba(encoder.encode(texts))[:, 1]),
        "ours": _ranked(truth, head_scores(train, train_truth, texts, encoder, detector)),
        "ours_as_shipped_untrained": _ranked(truth, [_tone(text, encoder, detector) for text in texts]),
    }
    if vader is not None:
        result["vader"] = _ranked(truth, [-vader.polarity_scores(text)["compound"] for text in texts])
    return result


def dbdc3(path: Path, encoder: Encoder, detector: Detector) -> dict[str, Any]:
    """Breakdowns (X is the most frequent vote) at the bot's turns, five folds by dialogue."""
    dialogues = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    texts, dialogue_features, after, truths, groups = [], [], [], [], []
    for number, dialogue in enumerate(dialogues):
        turns = dialogue["turns"]
        for index, turn in enumerate(turns):
            if turn["speaker"] != "S" or turn["O"] + turn["T"] + turn["X"] == 0:
                continue
            texts.append(turn["text"])
            dialogue_features.append(_breakdown(turns, index, encoder, detector))
            after.append(_reaction(turns, index, encoder, detector))
            truths.append(turn["X"] > turn["O"] and turn["X"] > turn["T"])
            groups.append(number)
    vectors, truth = encoder.encode(texts), np.asarray(truths)
    signals = np.asarray(dialogue_features)
    return {
        "bot_turns": len(texts),
        "breakdowns": int(truth.sum()),
        "text_only_head": _ranked(truth, _folds(vectors, truth, groups, 1.0)),
        "repetition_and_failure_signals": _ranked(truth, _folds(signals, truth, groups, 1.0)),
        "text_and_signals": _ranked(truth, _folds(np.hstack([vectors, signals]), truth, groups, 0.3)),
        "with_the_next_message": _ranked(
            truth, _folds(np.hstack([vectors, signals, np.asarray(after)]), truth, groups, 0.3)
        ),
    }


def calm(
    folders: dict[str, Path], encoder: Encoder, detector: Detector, weights: Weights, costs: Costs,
    vader: Sentiment | None,
) -> dict[str, Any]:  # fmt: skip
    """Questions of other fields as first messages: how many are handed off, and why."""
    result: dict[str, Any] = {}
    for name, path in folders.items():
        with path.open(encoding="utf-8", newline="") as file:
            texts = [row["text"] for row in csv.DictReader(file)]
        reasons: dict[str, int] = {}
        for text in texts:
            view = DialogueView(message(text, encoder))
            decision = decide(read_signals(view, detector), weights, costs)
            if decision.action is HandoffAction.HAND_OFF and decision.reason is not None:
                reasons[decision.reason.value] = reasons.get(decision.reason.value, 0) + 1
        result[name] = {
            "texts": len(texts),
            "handed_off": sum(reasons.values()) / len(texts),
            "for_frustration": reasons.get("frustrated", 0) / len(texts),
            "reasons": reasons,
        }
        if vader is not None:
            negative = sum(vader.polarity_scores(text)["compound"] <= -0.05 for text in texts)
            result[name]["vader_negative"] = negative / len(texts)
    return result


def head_scores(
    train: Sequence[str], truth: NDArray[np.bool_], test: Sequence[str], encoder: Encoder, detector: Detector,
    prior: bool = False,
) -> Array:  # fmt: skip
    """Our head fitted on other data. With `prior`, whatever the shipped readings say of a text is an input as well."""
    everything = list(dict.fromkeys([*train, *test]))
    vectors = wide_vectors(encoder, everything)
    features = Features.of(list(dict.fromkeys(train)), vectors, detector.lexicon)
    seen, unseen = (features.project(texts, vectors, detector.lexicon) for texts in (train, test))
    if prior:
        seen = np.hstack([seen, _opinions(train, encoder, detector)])
        unseen = np.hstack([unseen, _opinions(test, encoder, detector)])
    # Positives are weighted as in our own fit; the strength comes from folds of the training part alone.
    weight = np.where(truth, np.sqrt((~truth).sum() / truth.sum()), 1.0)
    model = _regression(seen, truth, weight, STRENGTH if prior else _strength(seen, truth, weight))
    scores: Array = model.predict_proba(unseen)[:, 1]
    return scores


def _opinions(texts: Sequence[str], encoder: Encoder, detector: Detector) -> Array:
    values = np.asarray([_readings(text, encoder, detector) for text in texts])
    return np.log((values + 1e-3) / (1 - values + 1e-3)) / 3


@cache
def _readings(text: str, encoder: Encoder, detector: Detector) -> list[float]:
    """The score of every head, in the order of their names, and those of the second reading."""
    scores = detector.read(message(text, encoder)).scores
    again = detector.second.read("", text).values() if detector.second is not None else ()
    return [*(scores[head] for head in sorted(scores)), *again]


def _strength(matrix: Any, truth: NDArray[np.bool_], weight: Array) -> float:
    quality = {}
    for strength in (1.0, 3.0, STRENGTH):
        scores = np.zeros(len(truth))
        for train, test in StratifiedKFold(3).split(matrix, truth):
            model = _regression(matrix[train], truth[train], weight[train], strength)
            scores[test] = model.predict_proba(matrix[test])[:, 1]
        quality[strength] = roc_auc_score(truth, scores)
    return max(quality, key=lambda strength: quality[strength])


def _regression(matrix: Any, truth: NDArray[np.bool_], weight: Array, strength: float) -> Any:
    return LogisticRegression(C=strength, max_iter=2000).fit(matrix, truth, sample_weight=weight)


def message(text: str, encoder: Encoder, number: int = 0) -> ContactMessage:
    """A message with nothing but its vectors."""
    return replace(bare_message(text, encoder), id=str(number))


@cache
def wish(text: str, encoder: Encoder, detector: Detector) -> float:
    """The shipped wish signal, never shown these data."""
    found = read_signals(DialogueView(message(text, encoder)), detector)
    return next((signal.value for signal in found if signal.name is SignalName.WISH_FOR_PERSON), 0.0)


def _tone(text: str, encoder: Encoder, detector: Detector) -> float:
    return frustration(detector.read(message(text, encoder)))


def _breakdown(turns: list[dict[str, Any]], index: int, encoder: Encoder, detector: Detector) -> list[float]:
    """How the bot's turn fits what was said before: relevance, repeated replies, the contact's repeats."""
    said = turns[index]["text"]
    vector = encoder.encode([said])[0]
    bot = [turn["text"] for turn in turns[:index] if turn["speaker"] == "S"]
    contact = [turn["text"] for turn in turns[:index] if turn["speaker"] == "U"]
    runs = grams(words(said))
    overlap = [len(runs & (o := grams(words(text)))) / max(len(runs | o), 1) for text in bot]
    alike = [float(vector @ encoder.encode([text])[0]) for text in bot]
    readings = [detector.read(message(text, encoder)) for text in contact]
    last = readings[-1] if readings else None
    own = [likeness(last, other) for other in readings[:-1]] if last else []
    return [
        float(vector @ last.message.vector) if last else 0.0,
        max((float(vector @ r.message.vector) for r in readings[-4:-1]), default=0.0),
        len(runs & grams(words(contact[-1]))) / max(len(runs), 1) if contact else 0.0,
        max(overlap, default=0.0),
        max(alike, default=0.0),
        alike[-1] if alike else 0.0,
        max(own, default=0.0),
        frustration(last) if last else 0.0,
        not_helped(last) if last else 0.0,
        said_before(last) if last else 0.0,
        min(len(runs), 60) / 60,
        1.0 if said.rstrip().endswith("?") else 0.0,
        1.0 if contact and contact[-1].rstrip().endswith("?") else 0.0,
        min(index, 20) / 20,
    ]


def _reaction(turns: list[dict[str, Any]], index: int, encoder: Encoder, detector: Detector) -> list[float]:
    """What the contact says next, as the running decision sees it one message later."""
    if index + 1 >= len(turns):
        return [0.0] * 5
    reading = detector.read(message(turns[index + 1]["text"], encoder))
    before = [turn["text"] for turn in turns[:index] if turn["speaker"] == "U"]
    repeated = likeness(reading, detector.read(message(before[-1], encoder))) if before else 0.0
    return [
        frustration(reading),
        not_helped(reading),
        said_before(reading),
        repeated,
        1.0 if reading.message.text.rstrip().endswith("?") else 0.0,
    ]


def _folds(
    matrix: Array | NDArray[np.float32], truth: NDArray[np.bool_], groups: Sequence[int], strength: float
) -> Array:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = np.zeros(len(truth))
    for train, test in GroupKFold(5).split(matrix, truth, groups):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength * 0.003, max_iter=3000))
        model.fit(matrix[train], truth[train])
        scores[test] = model.predict_proba(matrix[test])[:, 1]
    return scores


def _emotions(path: Path, names: Sequence[str], most: int | None = None) -> Labelled:
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()[:most]]
    wanted = {str(names.index(name)) for name in DISCONTENT}
    return [line[0] for line in lines], np.asarray([bool(wanted & set(line[1].split(","))) for line in lines])


def _abuse(path: Path) -> Labelled:
    texts, truths = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            votes = [
                int(name.rsplit(".", 1)[1])
                for name, value in row.items()
                if "_is_abuse." in name and value in ("1", "1.0")
            ]
            if votes and row["user"].strip():
                texts.append(row["user"])
                truths.append(float(np.mean(votes)) < 0)
    return texts, np.asarray(truths)


def _best_threshold(truth: NDArray[np.bool_], scores: Array) -> float:
    """Where F1 is highest."""
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[f1[:-1].argmax()])


def _decided(truth: NDArray[np.bool_], scores: Array, said: NDArray[np.bool_]) -> dict[str, float]:
    return {
        "f1": float(f1_score(truth, said)),
        "recall": float(recall_score(truth, said)),
        "precision": float(precision_score(truth, said, zero_division=0)),
        "auroc": float(roc_auc_score(truth, scores)),
    }


def _ranked(truth: NDArray[np.bool_], scores: Any) -> dict[str, float]:
    return {
        "auroc": float(roc_auc_score(truth, scores)),
        "average_precision": float(average_precision_score(truth, scores)),
    }
