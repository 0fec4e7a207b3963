"""Sentences to unit vectors: the `Encoder` port, and `load_encoder`, which finds one by name or folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kb_index import minilm
from kb_index.errors import EncoderError
from kb_index.settings import encoder_cache

Vectors = NDArray[np.float32]

# Where a text is cut into parts: the place after each of them, in order.
Cut = Callable[[str], Sequence[int]]

# More characters than 128 tokens can use in ordinary text; keeps a pasted book from being tokenized.
MAX_CHARACTERS = 4_000
DEFAULT = "minilm"
MULTILINGUAL = "multilingual"
NAMES = (DEFAULT, "minilm-fp32", MULTILINGUAL)


class Encoder(Protocol):
    """What the index needs from a sentence encoder."""

    @property
    def name(self) -> str:
        """Identifies weights and arithmetic: two encoders of one name give the same vectors."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order; any text at all is fine."""


@runtime_checkable
class WordingEncoder(Protocol):
    """An encoder that gives a second vector in the same pass, from an early layer: how a text is worded."""

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """What `encode` gives, and unit rows of wording."""

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[Vectors, Vectors]:
        """The same for one text, its row first and then one for each of several parts, all from one pass."""


def encode_with_wording(encoder: Encoder, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
    """Sentence vectors and wording vectors; those have no columns where the encoder gives none."""
    if isinstance(encoder, WordingEncoder):
        return encoder.encode_with_wording(texts)
    return encoder.encode(texts), np.empty((len(texts), 0), dtype=np.float32)


def encode_in_parts(encoder: Encoder, text: str, cut: Cut) -> tuple[Vectors, Vectors]:
    """Meaning and wording of a text (first row) and of its parts; no parts where the encoder does not give them."""
    if isinstance(encoder, WordingEncoder):
        return encoder.encode_in_parts(text, cut)
    return encode_with_wording(encoder, [text])


def clean(text: str) -> str:
    """What a tokenizer can take: bounded, and without the lone surrogates some clients send."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def unit_rows(values: Vectors) -> Vectors:
    """Each row divided by its length; a row of zeros stays as it is."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    scaled: Vectors = (values / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def load_encoder(name: str = DEFAULT, cache: Path | None = None) -> Encoder:
    """The encoder of that name, or in that folder.

    `minilm` (int8, the default), `minilm-fp32` (exact, three times slower), `multilingual`; or a folder: one that
    `baton encoder tune` wrote, or any model of sentence-transformers (needs the group `train`).
    """
    from kb_index import bert, tuned

    kept = cache or encoder_cache()
    if name in (DEFAULT, "minilm-fp32"):
        return bert.load(name, minilm.files(), kept, quantized=name == DEFAULT)
    if name == MULTILINGUAL:
        from kb_index.multilingual import MultilingualEncoder

        return MultilingualEncoder.load()
    folder = Path(name)
    if tuned.is_tuned(folder):
        return tuned.load(folder, kept)
    if folder.is_dir():
        from kb_index.sentence_transformers_encoder import SentenceTransformersEncoder

        return SentenceTransformersEncoder.load(folder)
    raise EncoderError(f"no encoder is called {name!r}; expected {', '.join(NAMES)}, or a folder with a model")
