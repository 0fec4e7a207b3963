"""Ten examples a class, with the encoder tuned on these very examples and nothing else."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.answers_parts.baseline import Baseline
from bench.answers_parts.measures import Result, Row, calibration_row, span
from kb_index import tuned
from kb_index.encoder import Encoder
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
