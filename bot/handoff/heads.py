"""Learned yes/no questions about one message, each a logistic regression on its vector and its words.

All heads are scored together: one small matrix product and one look-up per run of words. The file
data/handoff/heads.json is written by `baton handoff fit` from the authored examples; it names the encoder.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.handoff.errors import HandoffDataError, StaleHeadsError
from bot.handoff.files import read_json
from bot.handoff.lexical import SHAPE_NAMES, grams
from bot.handoff.view import Vector

Weights = NDArray[np.float32]

# How much the words count beside the vector; chosen by cross-validation on the authored examples.
GRAM_SCALE = 1.0


@dataclass(frozen=True, eq=False)
class Heads:
    """Fitted heads: row i of `dense` and `sparse` columns i belong to names[i]."""

    names: tuple[str, ...]
    encoder: str
    bias: Weights  # (heads,)
    dense: Weights  # (heads, dimensions + shape)
    vocabulary: Mapping[str, int]  # run of words -> row of sparse
    idf: Weights  # (grams,)
    sparse: Weights  # (grams, heads)
    examples: str = ""  # fingerprint of the examples they were fitted on

    def scores(self, vector: Vector, shape: Sequence[float], tokens: list[str]) -> dict[str, float]:
        """Probability of yes for each head."""
        dense = np.concatenate([vector.astype(np.float32), np.asarray(shape, dtype=np.float32)])
        logits = self.bias + self.dense @ dense
        known = [row for gram in grams(tokens) if (row := self.vocabulary.get(gram)) is not None]
        if known:
            known.sort()  # a set has no order, and the sum must be the same every time
            idf = self.idf[known]
            logits = logits + GRAM_SCALE * (idf @ self.sparse[known]) / float(np.sqrt(idf @ idf))
        return {name: _probability(float(logit)) for name, logit in zip(self.names, logits, strict=True)}

    def check_encoder(self, encoder: str) -> None:
        """Refuse vectors of another encoder: they would give numbers that mean nothing."""
        if encoder != self.encoder:
            raise StaleHeadsError(
                f"the handoff heads were fitted on encoder {self.encoder!r}, not {encoder!r}: run `baton handoff fit`"
            )

    @classmethod
    def load(cls, path: Path) -> "Heads":
        """Read heads.json."""
        data = read_json(path)
        try:
            names = tuple(data["heads"])
            vocabulary = {gram: row for row, gram in enumerate(data["words"])}
            heads = cls(
                names=names,
                encoder=data["encoder"],
                bias=np.asarray([data["heads"][name]["bias"] for name in names], dtype=np.float32),
                dense=np.asarray(
                    [data["heads"][name]["vector"] + data["heads"][name]["shape"] for name in names], dtype=np.float32
                ),
                vocabulary=vocabulary,
                idf=np.asarray([data["words"][gram][0] for gram in vocabulary], dtype=np.float32),
                sparse=np.asarray([data["words"][gram][1:] for gram in vocabulary], dtype=np.float32),
                examples=data.get("examples", ""),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise HandoffDataError(f"{path}: not a file of heads ({error!r}): run `baton handoff fit`") from error
        if heads.sparse.shape != (len(vocabulary), len(names)):
            raise HandoffDataError(f"{path}: every word needs one weight for each of {len(names)} heads")
        return heads

    def save(self, path: Path) -> None:
        """Write heads.json, one head and one word a line."""
        dimensions = self.dense.shape[1] - len(SHAPE_NAMES)
        lines = []
        for index, name in enumerate(self.names):
            head = {
                "bias": _rounded(self.bias[index]),
                "shape": [_rounded(value) for value in self.dense[index, dimensions:]],
                "vector": [_rounded(value) for value in self.dense[index, :dimensions]],
            }
            lines.append(f"  {json.dumps(name)}: {json.dumps(head)}")
        rows = [
            f"  {json.dumps(gram)}: {json.dumps([_rounded(self.idf[row]), *(_rounded(v) for v in self.sparse[row])])}"
            for gram, row in self.vocabulary.items()
        ]
        path.write_text(
            "{\n"
            f'"encoder": {json.dumps(self.encoder)},\n"examples": {json.dumps(self.examples)},\n'
            f'"shape_names": {json.dumps(SHAPE_NAMES)},\n'
            '"heads": {\n' + ",\n".join(lines) + '\n},\n"words": {\n' + ",\n".join(rows) + "\n}\n}\n",
            encoding="utf-8",
        )


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def _rounded(value: Any) -> float:
    return round(float(value), 4)
