"""Sentences to unit vectors: the `Encoder` port and the fast default behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kb_index import minilm
from kb_index.errors import EncoderError
from kb_index.settings import encoder_cache

Vectors = NDArray[np.float32]

MAX_TOKENS = 128
# More characters than 128 tokens can use in ordinary text; keeps a pasted book from being tokenized.
MAX_CHARACTERS = 4_000


class Encoder(Protocol):
    """What the index needs from a sentence encoder."""

    @property
    def name(self) -> str:
        """Identifies weights and arithmetic: two encoders of one name give the same vectors."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order; any text at all is fine."""


class OnnxEncoder:
    """A BERT sentence encoder on ONNX Runtime: mean pooling, unit length, one thread."""

    def __init__(self, name: str, session: Any, tokenizer: Any, *, dimensions: int, batch_size: int) -> None:
        self.name = name
        self.dimensions = dimensions
        self._session = session
        self._tokenizer = tokenizer
        self._batch_size = batch_size

    @classmethod
    def load(cls, name: str, graph: Path, tokenizer: bytes, *, batch_size: int, dimensions: int) -> OnnxEncoder:
        """Open the model file on one thread."""
        import onnxruntime
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except (Fail, InvalidGraph, InvalidProtobuf) as error:
            raise EncoderError(f"{graph} cannot be opened ({error}); delete it, it will be made again") from error
        made = Tokenizer.from_str(tokenizer.decode())
        made.no_padding()
        made.enable_truncation(MAX_TOKENS)
        return cls(name, session, made, dimensions=dimensions, batch_size=batch_size)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text, in order."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch([clean(text) for text in texts])]
        for batch in self._batches(ids):
            vectors[batch] = self._encode_batch([ids[index] for index in batch])
        return vectors

    def _batches(self, ids: list[list[int]]) -> Iterator[list[int]]:
        """Neighbours in length, so that little is spent on padding."""
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        for start in range(0, len(order), self._batch_size):
            yield order[start : start + self._batch_size]

    def _encode_batch(self, ids: list[list[int]]) -> Vectors:
        longest = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int32)
        for row, values in enumerate(ids):
            tokens[row, : len(values)] = values
            mask[row, : len(values)] = 1
        hidden = self._session.run(["hidden"], {"input_ids": tokens, "mask": mask})[0]
        pooled = np.einsum("bt,bth->bh", mask.astype(np.float32), hidden)
        return unit_rows(pooled)


def clean(text: str) -> str:
    """What the tokenizer can take: bounded, and without the lone surrogates some clients send."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def unit_rows(values: Vectors) -> Vectors:
    """Each row divided by its length; a row of zeros stays as it is."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    scaled: Vectors = (values / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def load_encoder(name: str = "minilm", cache: Path | None = None) -> Encoder:
    """The encoder of that name: `minilm` (int8, the default) or `minilm-fp32` (exact, three times slower)."""
    if name not in ("minilm", "minilm-fp32"):
        raise EncoderError(f"no encoder is called {name!r}; expected minilm or minilm-fp32")
    quantized = name == "minilm"
    folder = minilm.locate()
    weights = minilm.verified(folder / "model.safetensors", minilm.WEIGHTS_SHA256)
    tokenizer = minilm.verified(folder / "tokenizer.json", minilm.TOKENIZER_SHA256)
    digest = hashlib.sha256(weights).hexdigest()
    graph = minilm.ensure_graph(weights, digest, cache or encoder_cache(), quantized=quantized)
    # int8 scales activations over the whole batch, so only a batch of one gives a text the same vector every time.
    batch_size = 1 if quantized else 32
    return OnnxEncoder.load(
        f"{name}-v{minilm.GRAPH_VERSION}", graph, tokenizer, batch_size=batch_size, dimensions=minilm.DIMENSIONS
    )
