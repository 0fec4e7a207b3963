"""Ten examples a class, with the encoder tuned on these very examples and nothing else.

It runs in the training group's environment, `.venv-train/bin/python -m bench.answers_parts.tuned DATA`, and prints
the result as JSON; `in_training_group` starts it there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.answers_parts.baseline import Baseline
from bench.answers_parts.measures import Result, Row, calibration_row, span
from bench.answers_parts.speed import ROOT, TRAIN_PYTHON
from kb_index import tuned
from kb_index.encoder import Encoder, load_encoder
from kb_index.evaluation import evaluate_intents
from kb_index.intents import IntentClassifier
from kb_index.questions import load_examples
from kb_index.tuning import trial

# Test file, what must be reached, and what was published.
SETS = {
    "banking77": ("banking77/test.csv", 87.0, "CPFT 87.2"),
    "clinc150": ("clinc150/full_test.csv", 92.5, "CPFT 94.2"),
    "hwu64": ("few_shot/hwu64_test.csv", 85.5, "CPFT 87.1"),
}


def in_training_group(data: Path) -> Result:
    """Measure there; what it says meanwhile goes to standard error."""
    done = subprocess.run(
        [TRAIN_PYTHON, "-m", "bench.answers_parts.tuned", data.resolve()],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    return Result([Row(**row) for row in found["rows"]], found["details"])


def few_shot_tuned(data: Path, shipped: Encoder) -> Result:
    """Tune, export to the runtime, train the classifier on the same examples, and ask the test file once."""
    result = Result()
    for name, (file, must, published) in SETS.items():
        train, test = load_examples(data / "few_shot" / f"{name}_train_10.csv"), load_examples(data / file)
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            trial.make(train, Path(folder) / "encoder")
            tuning = time.perf_counter() - started
            encoder = tuned.load(Path(folder) / "encoder", Path(folder) / "cache")
            started = time.perf_counter()
            classifier = IntentClassifier.train(train, encoder)
            training = time.perf_counter() - started
            report = evaluate_intents(classifier, test)
        title = f"{name.upper()}, 10 examples, tuned on them"
        value = 100 * report.figures["accuracy_in_scope"]
        base = 100 * Baseline(train, shipped).guess(test).accuracy
        ours = f"{value:.1f}{span(report, 'accuracy_in_scope', 100)}"
        note = "baseline: the encoder as shipped, logistic regression"
        result.rows.append(Row(f"{title}, accuracy", ours, f"{base:.1f}", published, str(must), value >= must, note))
        result.rows.append(calibration_row(title, report))
        result.details[title] = {"ours": report.as_dict(), "tuning_seconds": tuning, "train_seconds": training}
    return result


if __name__ == "__main__":
    print(json.dumps(asdict(few_shot_tuned(Path(sys.argv[1]), load_encoder()))))
