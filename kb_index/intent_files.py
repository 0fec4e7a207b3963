"""A trained intent classifier on disk: one file of arrays, one of numbers and names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kb_index.calibration import Calibration
from kb_index.encoder import Encoder
from kb_index.errors import StoredIndexError
from kb_index.index import FORMAT
from kb_index.index_files import evidence_arrays, evidence_from
from kb_index.intents import IntentClassifier

ARRAYS, META = "intents.npz", "intents.json"


def save_classifier(classifier: IntentClassifier, folder: Path) -> None:
    """Write it into the folder, over one that is there."""
    np.savez(folder / ARRAYS, **evidence_arrays(classifier.evidence, classifier.lexicon))
    meta = {
        "format": FORMAT,
        "encoder": classifier.encoder.name,
        "labels": list(classifier.labels),
        "rows": classifier.evidence.postings.count,
        "calibration": classifier.calibration.as_dict(),
        "threshold": classifier.threshold,
    }
    (folder / META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")


def load_classifier(folder: Path, encoder: Encoder) -> IntentClassifier:
    """Read what `save_classifier` wrote."""
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if (meta["format"], meta["encoder"]) != (FORMAT, encoder.name):
            raise StoredIndexError(f"{folder} holds intents of another version or encoder; train again")
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            evidence, lexicon = evidence_from(dict(stored), len(meta["labels"]), int(meta["rows"]))
        return IntentClassifier(
            meta["labels"],
            encoder=encoder,
            lexicon=lexicon,
            evidence=evidence,
            calibration=Calibration.from_dict(meta["calibration"]),
            threshold=float(meta["threshold"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoredIndexError(f"{folder} holds no intents that can be read ({error}); train again") from error
