"""Learned yes/no questions about one message, each a logistic regression on its vectors and its words.

All heads are scored together: one small matrix product and one look-up per run of words. The file
data/handoff/heads.npz is written by `baton handoff fit` from examples and dialogues; it names the encoder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bot.handoff.errors import HandoffDataError, StaleHeadsError
from bot.handoff.lexical import bounded_grams
from bot.handoff.view import UNWORDED, Vector

Weights = NDArray[np.float32]

# How much the words count beside the vector; chosen by cross-validation over the labelled dialogues.
GRAM_SCALE = 1.7
# Likewise the vector of the wording.
WORDING_SCALE = 2.0
# What one clause of a longer message may say as well as the whole: these heads take the strongest.
IN_ONE_CLAUSE = frozenset({"wish_for_person"})


@dataclass(frozen=True, eq=False)
class Heads:
    """Fitted heads: row i of `dense` and `sparse` columns i belong to names[i]."""

    names: tuple[str, ...]
    encoder: str
    bias: Weights  # (heads,)
    dense: Weights  # (heads, dimensions of meaning + of wording + shape)
    vocabulary: Mapping[str, int]  # run of words -> row of sparse
    idf: Weights  # (grams,)
    sparse: Weights  # (grams, heads)
    examples: str = ""  # fingerprint of the examples they were fitted on

    def scores(
        self, vector: Vector, shape: Sequence[float], tokens: list[str], wording: Vector = UNWORDED
    ) -> dict[str, float]:
        """Probability of yes for each head. A message that came without its vectors has zeros in their place."""
        dense = np.zeros(self.dense.shape[1], dtype=np.float32)
        dense[: len(vector)] = vector
        dense[len(vector) : len(vector) + len(wording)] = WORDING_SCALE * wording
        dense[-len(shape) :] = shape
        logits = self.bias + self.dense @ dense
        known = [row for gram in bounded_grams(tokens) if (row := self.vocabulary.get(gram)) is not None]
        if known:
            known.sort()  # a set has no order, and the sum must be the same every time
            idf = self.idf[known]
            logits = logits + GRAM_SCALE * (idf @ self.sparse[known]) / float(np.sqrt(idf @ idf))
        odds = np.exp(-logits.astype(np.float64))
        return dict(zip(self.names, (1.0 / (1.0 + odds)).tolist(), strict=True))

    @cached_property
    def in_one_clause(self) -> "Heads":
        """Those of IN_ONE_CLAUSE alone: a message has many clauses."""
        rows = [row for row, name in enumerate(self.names) if name in IN_ONE_CLAUSE]
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            bias=self.bias[rows],
            dense=self.dense[rows],
            sparse=self.sparse[:, rows],
        )

    def check_encoder(self, encoder: str) -> None:
        """Refuse vectors of another encoder: they would give numbers that mean nothing."""
        if encoder != self.encoder:
            raise StaleHeadsError(
                f"the handoff heads were fitted on encoder {self.encoder!r}, not {encoder!r}: run `baton handoff fit`"
            )

    @classmethod
    def load(cls, path: Path) -> "Heads":
        """Read a file of heads."""
        try:
            with np.load(path, allow_pickle=False) as data:
                found = {name: data[name] for name in data.files}
            runs = str(found["words"]).split("\n")
            heads = cls(
                names=tuple(map(str, found["names"])),
                encoder=str(found["encoder"]),
                bias=found["bias"].astype(np.float32),
                dense=found["dense"].astype(np.float32),
                vocabulary={run: row for row, run in enumerate(runs)},
                idf=found["idf"].astype(np.float32),
                sparse=found["sparse"].astype(np.float32),
                examples=str(found["examples"]),
            )
        except FileNotFoundError:
            raise HandoffDataError(f"{path}: no such file: run `baton handoff fit`") from None
        except (KeyError, TypeError, ValueError, BadZipFile) as error:
            raise HandoffDataError(f"{path}: not a file of heads ({error!r}): run `baton handoff fit`") from error
        if heads.sparse.shape != (len(runs), len(heads.names)) or len(heads.dense) != len(heads.names):
            raise HandoffDataError(f"{path}: its tables do not fit together: run `baton handoff fit`")
        return heads

    def save(self, path: Path) -> None:
        """Write the heads in half precision; the same heads give the same bytes."""
        np.savez_compressed(
            path,
            names=np.asarray(self.names),
            encoder=np.asarray(self.encoder),
            examples=np.asarray(self.examples),
            bias=self.bias.astype(np.float16),
            dense=self.dense.astype(np.float16),
            words=np.asarray("\n".join(self.vocabulary)),
            idf=self.idf.astype(np.float16),
            sparse=self.sparse.astype(np.float16),
        )
