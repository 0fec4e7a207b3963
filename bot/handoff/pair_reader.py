"""A second opinion on a message: read together with what the bot said just before it.

The heads see a message by itself, in vectors that were made for other ends, and cost next to nothing. Where they cannot
rule a handoff out, an encoder tuned on labelled dialogues reads both texts at once (a cross-encoder: Nogueira and Cho,
2019; asked last because it costs most: the cascade of Viola and Jones, 2001). data/handoff/pair_reader.npz is written
by `baton handoff tune`: what was learned beside the shipped encoder, and what readers that had not learned from a
message said of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bot.handoff.errors import HandoffDataError
from bot.handoff.reasons import WEIGHED, HandoffReason
from kb_index import bert, minilm
from kb_index.adapter import Adapter
from kb_index.encoder import clean
from kb_index.settings import encoder_cache

Numbers = NDArray[np.float32]
Scores = Mapping[HandoffReason, float]

FILE = "pair_reader.npz"
# Of the bot's words, as many tokens from their end are read.
TOKENS_BEFORE = 24
REMEDY = "restore it from version control, or run `baton handoff tune`"

# A file serves only with the reasons, the encoder and the number of tokens that it was made for.
ABOUT = [*(reason.value for reason in WEIGHED), minilm.WEIGHTS_SHA256[:16], str(TOKENS_BEFORE)]


class SecondReader(Protocol):
    """Whatever judges a message together with the bot's words before it."""

    def read(self, before: str, text: str) -> Scores:
        """How likely each of WEIGHED is, 0 to 1. `before` is empty where the bot has said nothing yet."""


@dataclass(frozen=True, eq=False)
class PairReader:
    """A tuned encoder, and a logistic output for each of WEIGHED."""

    encoder: bert.OnnxEncoder
    outputs: Numbers  # (reasons, dimensions)
    bias: Numbers  # (reasons,)

    def read(self, before: str, text: str) -> Scores:
        """See `SecondReader`."""
        logits = self.outputs @ self.encoder.encode_pair(before, text, TOKENS_BEFORE) + self.bias
        return dict(zip(WEIGHED, (1.0 / (1.0 + np.exp(-logits.clip(-30, 30)))).tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Stranger:
    """Says of what was learned from what a reader said that had not: what weights are fitted on."""

    known: Mapping[int, Scores]
    reader: SecondReader

    def read(self, before: str, text: str) -> Scores:
        """See `SecondReader`."""
        return self.known.get(key_of(before, text)) or self.reader.read(before, text)


@dataclass(frozen=True, eq=False)
class Learned:
    """What the file holds; `strangers` by `key_of` the pair."""

    adapter: Adapter
    outputs: Numbers
    bias: Numbers
    strangers: Mapping[int, Scores]

    def reader(self, cache: Path | None = None) -> PairReader:
        """The reader itself. The runtime's model file is made on first use and kept in `cache`."""
        folder = cache or encoder_cache()
        encoder = bert.load("pair-reader", minilm.files(), folder, quantized=True, adapter=self.adapter)
        return PairReader(encoder, self.outputs, self.bias)

    def stranger(self, cache: Path | None = None) -> Stranger:
        """The reader as it is on messages it does not know; `cache` as in `reader`."""
        return Stranger(self.strangers, self.reader(cache))

    @classmethod
    def load(cls, path: Path) -> Learned:
        """Read the file."""
        try:
            with np.load(path, allow_pickle=False) as data:
                found = {name: data[name] for name in data.files}
            if _about(found) != ABOUT:
                raise HandoffDataError(f"{path}: made for {_about(found)}, expected {ABOUT}: {REMEDY}")
            weights = [str(name) for name in found["weights"]]
            up, down = (
                {name: found[f"{side}.{name}"].astype(np.float32) for name in weights} for side in ("up", "down")
            )
            outputs, bias = found["outputs"].astype(np.float32), found["bias"].astype(np.float32)
            if outputs.shape != (len(WEIGHED), minilm.DIMENSIONS) or bias.shape != (len(WEIGHED),):
                raise ValueError(f"outputs of shape {outputs.shape} and {bias.shape}")
            rows = [dict(zip(WEIGHED, row, strict=True)) for row in found["strangers"].astype(float).tolist()]
            return cls(
                Adapter(up, down),
                outputs,
                bias,
                dict(zip(found["pairs"].tolist(), rows, strict=True)),
            )
        except FileNotFoundError:
            raise HandoffDataError(f"{path}: no such file: {REMEDY}") from None
        except (KeyError, TypeError, ValueError, BadZipFile) as error:
            raise HandoffDataError(f"{path}: not a pair reader ({error!r}): {REMEDY}") from error

    def save(self, path: Path) -> None:
        """Write the file, in half precision."""
        matrices = {f"up.{name}": matrix for name, matrix in self.adapter.up.items()}
        matrices |= {f"down.{name}": matrix for name, matrix in self.adapter.down.items()}
        rows = np.asarray([[scores[reason] for reason in WEIGHED] for scores in self.strangers.values()])
        matrices |= {"outputs": self.outputs, "bias": self.bias, "strangers": rows.reshape(-1, len(WEIGHED))}
        np.savez_compressed(
            path,
            about=np.asarray(ABOUT),
            weights=np.asarray(sorted(self.adapter.up)),
            pairs=np.asarray(list(self.strangers), dtype=np.uint64),
            **{name: matrix.astype(np.float16) for name, matrix in matrices.items()},
        )


def _about(found: Mapping[str, NDArray[Any]]) -> list[str]:
    return [str(part) for part in found["about"]]


def key_of(before: str, text: str) -> int:
    """A number for the two texts."""
    return int.from_bytes(hashlib.blake2b(clean(f"{before}\0{text}").encode(), digest_size=8).digest(), "little")


def last_words(replies: Sequence[str]) -> str:
    """The bot's last words, as a reader wants them."""
    return " ".join(text for text in replies if text)
