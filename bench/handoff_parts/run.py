"""bench/handoff: the whole table from one command."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bench.handoff_parts import public_sets
from bench.handoff_parts.baselines import (
    DialogueFeatures,
    KeywordRule,
    LastMessageSentiment,
    Scorer,
    Sentiment,
    TextHead,
    cheapest_threshold,
    judge_with,
    load_vader,
    recall_at,
    unseen_scores,
)
from bench.handoff_parts.betold import betold
from bench.handoff_parts.report import as_markdown
from bench.handoff_parts.targets import ALLOWED_FALSE, targets
from bot.encoder import training_encoder
from bot.handoff.bot_replies import BotReplyReader
from bot.handoff.detector import load_detector
from bot.handoff.dialogues import read_dialogues
from bot.handoff.evaluation import Judgement, Played, evaluate, figures, intervals, judge, play, shipped
from bot.handoff.replay import Player, VectorsOnly
from bot.handoff.signals import read_signals
from bot.handoff.weights import Costs, Weights, load_costs, load_weights
from kb_index.encoder import DEFAULT

ROOT = Path(__file__).parents[2]
DIALOGUES = ROOT / "data" / "handoff"


PUBLIC = ("nlupp_banking", "convabuse", "goemotions", "dbdc3", "betold", "calm_questions")


def main() -> None:
    """Measure, print, and write bench/results/handoff-<date>.{json,md}."""
    parser = argparse.ArgumentParser(prog="bench/handoff", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", choices=["dialogues", *PUBLIC], help="measure only these (nothing is written)"
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the public sets")
    parser.add_argument("--dialogues", type=Path, default=DIALOGUES / "dialogues_test.jsonl", help="held-out dialogues")
    parser.add_argument(
        "--fit", type=Path, default=DIALOGUES / "dialogues_fit.jsonl", help="dialogues that the baselines learn from"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="where the results are kept")
    given = parser.parse_args()

    vader = load_vader()
    skipped: list[str] = []
    if vader is None:
        skipped.append("VADER is not installed (pip install vaderSentiment): its rows are missing")
    encoder, detector = training_encoder(DEFAULT), load_detector()
    detector.heads.check_encoder(encoder.name)
    weights, costs = load_weights(), load_costs()
    player = Player(VectorsOnly(encoder), encoder, BotReplyReader.load(), detector)
    fit, test = list[Played](), list[Played]()
    if given.only is None or "dialogues" in given.only:
        if given.dialogues.is_file():
            fit, test = (play(read_dialogues(path), player) for path in (given.fit, given.dialogues))
        else:
            skipped.append(f"{given.dialogues.name} is not there: no figures on held-out dialogues, baselines and cost")

    result: dict[str, Any] = {
        "date": date.today().isoformat(),
        "commit": _commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, {platform.python_version()}",
        "weights": weights.fingerprint,
        "learned_from": len(fit),
        "dialogues": against_baselines(fit, test, weights, costs, vader) if test else {},
        "decision": evaluate(test, weights, costs) if test else {},
        "signals_ms": signals_cost(test, player) if test else {},
        "public": {},
        "skipped": skipped,
    }
    sets: dict[str, Callable[[], dict[str, Any]]] = {
        "nlupp_banking": lambda: public_sets.nlupp(given.data / "nlupp_banking", encoder, detector, costs),
        "convabuse": lambda: public_sets.convabuse(given.data / "convabuse", encoder, detector, vader),
        "goemotions": lambda: public_sets.goemotions(given.data / "goemotions", encoder, detector, vader),
        "dbdc3": lambda: public_sets.dbdc3(given.data / "dbdc3" / "dbdc3_revised_en_dev.jsonl", encoder, detector),
        "betold": lambda: betold(given.data / "betold" / "BETOLD_valid.json"),
        "calm_questions": lambda: public_sets.calm(_calm_files(given.data), encoder, detector, weights, costs, vader),
    }
    for name in PUBLIC:
        if given.only is not None and name not in given.only:
            continue
        if not _present(given.data, name):
            skipped.append(f"{name} is not in {given.data.name}: not measured")
            continue
        print(f"{name} ...", file=sys.stderr)
        result["public"][name] = sets[name]()
    result["targets"] = [asdict(target) for target in targets(result)]
    text = as_markdown(result)
    print(text)
    for line in skipped:
        print(f"SKIPPED: {line}", file=sys.stderr)
    if given.only is None:
        given.out.mkdir(parents=True, exist_ok=True)
        file = given.out / f"handoff-{result['date']}"
        file.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        file.with_suffix(".md").write_text(text, encoding="utf-8")


def against_baselines(
    fit: list[Played], test: list[Played], weights: Weights, costs: Costs, vader: Sentiment | None
) -> dict[str, Any]:
    """Ours and every baseline on the held-out dialogues, with intervals of the difference in F1."""
    ours = judge(test, shipped(weights, costs))
    baselines: dict[str, Callable[[Sequence[Played]], Scorer]] = {"keyword rule": lambda _: KeywordRule()}
    if vader is not None:
        baselines["VADER on the message"] = lambda _: LastMessageSentiment(vader)
    baselines["text-only head"] = TextHead.fit
    baselines["dialogue features (IBM, Telepathy)"] = lambda played: DialogueFeatures.fit(played, vader)
    table: dict[str, Any] = {"Baton": {**figures(ours), "intervals": intervals(ours)}}
    for name, build in baselines.items():
        threshold = cheapest_threshold(unseen_scores(build, fit), fit, costs)
        scorer = build(fit)
        scores = {item.dialogue.id: scorer.scores(item.steps) for item in test}
        theirs = judge_with(scores, threshold, test)
        table[name] = {
            **figures(theirs),
            "recall_at_most_allowed_false": recall_at(ALLOWED_FALSE, scores, test),
            "intervals": intervals(theirs),
            "f1_behind_baton": difference(ours, theirs),
        }
    return table


def difference(ours: list[Judgement], theirs: list[Judgement], resamples: int = 1000) -> tuple[float, float]:
    """95 % interval of our F1 minus theirs, dialogues drawn together."""
    generator = np.random.default_rng(11)
    gaps = []
    for _ in range(resamples):
        drawn = generator.integers(0, len(ours), len(ours))
        gaps.append(figures([ours[i] for i in drawn])["f1"] - figures([theirs[i] for i in drawn])["f1"])
    return float(np.percentile(gaps, 2.5)), float(np.percentile(gaps, 97.5))


def signals_cost(played: list[Played], player: Player) -> dict[str, float]:
    """Milliseconds for all signals of a message, the sentence vector given; each is new, those before it are known."""
    views = [step.view for item in played for step in item.steps]
    times = []
    for _ in range(3):
        detector = player.detector.anew()
        for view in views:
            started = time.perf_counter()
            read_signals(view, detector)
            times.append((time.perf_counter() - started) * 1000)
    return {
        "median": float(np.median(times)),
        "mean": float(np.mean(times)),
        "p95": float(np.percentile(times, 95)),
        "messages": len(views),
    }


def _calm_files(data: Path) -> dict[str, Path]:
    return {
        "banking77": data / "banking77" / "test.csv",
        "clinc150": data / "clinc150" / "full_test.csv",
        "hwu64": data / "few_shot" / "hwu64_test.csv",
    }


def _present(data: Path, name: str) -> bool:
    if name == "calm_questions":
        return all(path.is_file() for path in _calm_files(data).values())
    return (data / name).is_dir()


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
