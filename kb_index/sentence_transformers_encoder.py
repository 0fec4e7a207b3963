"""Any model of sentence-transformers behind the Encoder port. Needs the group `train`: torch is several gigabytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kb_index.encoder import Vectors, clean, unit_rows
from kb_index.errors import EncoderError, TrainingGroupMissing

BATCH = 32


class SentenceTransformersEncoder:
    """A model in a folder, run by torch on one thread; nothing is ever fetched from a hub."""

    def __init__(self, name: str, model: Any, dimensions: int) -> None:
        self.name = name
        self.dimensions = dimensions
        self._model = model

    @classmethod
    def load(cls, folder: Path) -> SentenceTransformersEncoder:
        """Open the folder; code that comes with a model is not run."""
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise EncoderError(f"{folder} holds no model: expected modules.json of sentence-transformers")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise TrainingGroupMissing(f"running the model in {folder}") from error
        try:
            model = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, trust_remote_code=False, backend="torch"
            )
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(f"{folder} cannot be opened as a model of sentence-transformers ({error})") from error
        dimensions = int(model.encode(["length"], show_progress_bar=False).shape[1])
        return cls(f"sentence-transformers-{fingerprint(folder)}", model, dimensions)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        found = self._model.encode([clean(text) for text in texts], batch_size=BATCH, show_progress_bar=False)
        return unit_rows(np.asarray(found, dtype=np.float32))


def fingerprint(folder: Path) -> str:
    """Twelve hexadecimal digits over the names and contents of the model's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}={found}\n".encode())
    return digest.hexdigest()[:12]
