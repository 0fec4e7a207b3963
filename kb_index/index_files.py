"""An index on disk: one folder, one subfolder for each version, and a file that names the current one.

A version is written aside and renamed, then the file `current` is replaced: a reader sees the old version or the new
one, never half of either. Arrays are memory-mapped, so processes share them, and a version that is still open survives
its removal.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.calibration import Calibration
from kb_index.decision import Policy
from kb_index.encoder import Encoder
from kb_index.entries import FaqEntry, Source
from kb_index.errors import StoredIndexError
from kb_index.evidence import Evidence, RowFacts
from kb_index.head import Head
from kb_index.index import FORMAT, Index
from kb_index.lexical import Lexicon, Postings

CURRENT = "current"
META = "index.json"
# The version before stays, for a process that read its name just before the swap.
KEPT_VERSIONS = 2


def save_index(index: Index, folder: Path) -> str:
    """Write the index as the folder's current version."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / index.version
    if not (target / META).is_file():
        made = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        try:
            _write(index, made)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    pointer = folder / f".{CURRENT}-{os.getpid()}"
    pointer.write_text(index.version + "\n", encoding="utf-8")
    os.replace(pointer, folder / CURRENT)
    _remove_old(folder, index.version)
    return index.version


def current_version(folder: Path) -> str:
    """The name of the version to use."""
    try:
        return (folder / CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StoredIndexError(f"{folder} holds no index; make one with: baton faq build") from error


def load_index(folder: Path, encoder: Encoder) -> Index:
    """Open the folder's current version."""
    version = current_version(folder)
    place = folder / version
    try:
        meta = json.loads((place / META).read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise StoredIndexError(f"{place} has format {meta['format']}, expected {FORMAT}; build the index again")
        if meta["encoder"] != encoder.name:
            raise StoredIndexError(f"{place} was made by the encoder {meta['encoder']}, not by {encoder.name}")
        # Still on disk, but seen as plain arrays: each look into a memmap costs more than the arithmetic on it.
        arrays = {
            name: np.asarray(np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in meta["arrays"]
        }
        index = _assemble(meta, arrays, encoder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoredIndexError(f"{place} is damaged ({error}); build the index again") from error
    index.version = version
    return index


def _write(index: Index, place: Path) -> None:
    arrays = evidence_arrays(index.evidence, index.lexicon)
    for name, values in arrays.items():
        np.save(place / f"{name}.npy", values, allow_pickle=False)
    meta = {
        "format": FORMAT,
        "encoder": index.encoder.name,
        "arrays": sorted(arrays),
        "classes": index.evidence.classes,
        "rows": index.evidence.postings.count,
        "calibration": index.calibration.as_dict(),
        "policy": asdict(index.policy),
        "texts": list(index.texts),
        "entries": [entry_as_dict(entry) for entry in index.entries.values()],
    }
    (place / META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")


def evidence_arrays(evidence: Evidence, lexicon: Lexicon) -> dict[str, NDArray[Any]]:
    """Everything that `evidence_from` needs besides two numbers."""
    arrays: dict[str, NDArray[Any]] = {
        "owners": evidence.rows.owners,
        "answer": evidence.rows.answer,
        "vectors": evidence.rows.vectors,
        "feature_hashes": lexicon.hashes,
        "feature_weights": lexicon.weights,
        "posting_starts": evidence.postings.indptr,
        "posting_rows": evidence.postings.rows,
        "posting_values": evidence.postings.values,
    }
    if evidence.head is not None:
        arrays |= {
            "head_dense": evidence.head.dense,
            "head_places": evidence.head.places,
            "head_lexical": evidence.head.lexical,
            "head_bias": evidence.head.bias,
        }
    return arrays


def evidence_from(arrays: Mapping[str, NDArray[Any]], classes: int, rows: int) -> tuple[Evidence, Lexicon]:
    """The reverse of `evidence_arrays`."""
    head = None
    if "head_bias" in arrays:
        head = Head(arrays["head_dense"], arrays["head_places"], arrays["head_lexical"], arrays["head_bias"])
    facts = RowFacts(arrays["owners"], arrays["answer"], arrays["vectors"])
    postings = Postings(arrays["posting_starts"], arrays["posting_rows"], arrays["posting_values"], rows)
    lexicon = Lexicon(arrays["feature_hashes"], arrays["feature_weights"])
    return Evidence(facts, classes, postings, head), lexicon


def _assemble(meta: dict[str, Any], arrays: dict[str, NDArray[Any]], encoder: Encoder) -> Index:
    evidence, lexicon = evidence_from(arrays, int(meta["classes"]), int(meta["rows"]))
    return Index(
        [entry_from_dict(values) for values in meta["entries"]],
        meta["texts"],
        evidence=evidence,
        lexicon=lexicon,
        calibration=Calibration.from_dict(meta["calibration"]),
        policy=Policy(**meta["policy"]),
        encoder=encoder,
    )


def _remove_old(folder: Path, current: str) -> None:
    versions = [path.parent for path in folder.glob(f"*/{META}") if not path.parent.name.startswith(".")]
    versions.sort(key=lambda path: (path.name != current, -path.stat().st_mtime))
    for path in versions[KEPT_VERSIONS:]:
        shutil.rmtree(path, ignore_errors=True)


def entry_as_dict(entry: FaqEntry) -> dict[str, Any]:
    """An entry as JSON."""
    values = asdict(entry)
    values["flags"] = sorted(entry.flags)
    values["source"]["file"] = str(entry.source.file)
    for key in ("valid_from", "valid_until"):
        values[key] = values[key].isoformat() if values[key] else None
    return values


def entry_from_dict(values: dict[str, Any]) -> FaqEntry:
    """The reverse of `entry_as_dict`."""
    source = values["source"]
    lists: dict[str, Sequence[str]] = {key: tuple(values[key]) for key in ("wordings", "links", "follow_ups")}
    days = {key: date.fromisoformat(values[key]) if values[key] else None for key in ("valid_from", "valid_until")}
    made = values | lists | days
    made["flags"] = frozenset(values["flags"])
    made["source"] = Source(Path(source["file"]), source["line"], tuple(source["wording_lines"]))
    return FaqEntry(**made)
