"""A BERT sentence encoder on ONNX Runtime: the shipped MiniLM, and what was tuned from it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from kb_index import minilm
from kb_index.adapter import Adapter
from kb_index.encoder import Cut, Vectors, clean, unit_rows
from kb_index.errors import EncoderError

MAX_TOKENS = 128
# Part of the encoder's name: raise it whenever sentence vectors change, and what was made from them is refused.
VECTORS_VERSION = 1
# As many batches are worth starting a thread for each processor.
MANY_BATCHES = 64
# No more than this on average, in whatever is written in words.
CHARACTERS_A_TOKEN = 16


def load(
    name: str, files: minilm.Files, cache: Path, *, quantized: bool, adapter: Adapter | None = None
) -> OnnxEncoder:
    """Verify the files, make the runtime's graph if it is not in the cache, and open it."""
    weights = minilm.verified(files.weights, files.weights_sha256, files.remedy)
    tokenizer = minilm.verified(files.tokenizer, files.tokenizer_sha256, files.remedy)
    graph = minilm.ensure_graph(weights, files.weights_sha256, cache, quantized=quantized, adapter=adapter)
    # int8 scales activations over the whole batch, so only a batch of one gives a text the same vector every time.
    batch_size = 1 if quantized else 32
    return OnnxEncoder.load(
        f"{name}-v{VECTORS_VERSION}", graph, tokenizer, batch_size=batch_size, dimensions=minilm.DIMENSIONS
    )


class OnnxEncoder:
    """Mean pooling, unit length; one thread for a message, all processors for very many texts."""

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
        return self._rows(texts, ("hidden",))[0]

    def encode_with_wording(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """The same rows, and unit rows from an early layer: how a text is worded, more than what it means."""
        found, wording = self._rows(texts, ("hidden", "wording"))
        return found, wording

    def encode_in_parts(self, text: str, cut: Cut) -> tuple[Vectors, Vectors]:
        """The same rows for one text, and below them one for each of several parts: the mean of its tokens there.

        A part without a token, or after the last that is read, has zeros.
        """
        cleaned = clean(text)
        tokenized, ends = self._tokenizer.encode(cleaned), cut(cleaned)
        mask, states = self._states([tokenized.ids], ("hidden", "wording"))
        if len(ends) < 2:
            return _mean(mask, states[0]), _mean(mask, states[1])
        starts = [start for start, _ in tokenized.offsets]
        inside = np.arange(len(ends))[:, None] == np.searchsorted(ends, starts, side="right")
        inside[:, [0, -1]] = False  # the marks around the text are no part's
        meaning, wording = (
            np.vstack([_mean(mask, state), unit_rows(inside.astype(np.float32) @ state[0])]) for state in states
        )
        return meaning, wording

    def encode_pair(self, before: str, text: str, most_before: int) -> Vectors:
        """One vector (dimensions,), not of unit length: the mean over the tokens of `pair_ids`."""
        _, [states] = self._states([pair_ids(self._tokenizer, before, text, most_before)], ("hidden",))
        mean: Vectors = states[0].mean(axis=0)
        return mean

    def _rows(self, texts: Sequence[str], outputs: Sequence[str]) -> list[Vectors]:
        found = [np.empty((len(texts), self.dimensions), dtype=np.float32) for _ in outputs]
        if not texts:
            return found
        cleaned = [clean(text) for text in texts]
        # A batch of one would wait for the tokenizer's threads.
        several = len(texts) > 1
        tokenized = self._tokenizer.encode_batch(cleaned) if several else [self._tokenizer.encode(cleaned[0])]
        ids = [encoding.ids for encoding in tokenized]

        def fill(batch: list[int]) -> None:
            for rows, part in zip(found, self._encode_batch([ids[index] for index in batch], outputs), strict=True):
                rows[batch] = part

        batches = list(self._batches(ids))
        if len(batches) < MANY_BATCHES:
            for batch in batches:
                fill(batch)
            return found
        # Each batch is computed by one thread, as it would be alone: the vectors are the same.
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            for _ in threads.map(fill, batches):
                pass
        return found

    def _batches(self, ids: list[list[int]]) -> Iterator[list[int]]:
        """Neighbours in length, so that little is spent on padding."""
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        for start in range(0, len(order), self._batch_size):
            yield order[start : start + self._batch_size]

    def _encode_batch(self, ids: list[list[int]], outputs: Sequence[str]) -> list[Vectors]:
        mask, states = self._states(ids, outputs)
        return [_mean(mask, state) for state in states]

    def _states(self, ids: list[list[int]], outputs: Sequence[str]) -> tuple[Vectors, list[Any]]:
        """Which tokens are real, and every token's state in each output."""
        longest = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int32)
        for row, values in enumerate(ids):
            tokens[row, : len(values)] = values
            mask[row, : len(values)] = 1
        states = self._session.run(list(outputs), {"input_ids": tokens, "mask": mask})
        return mask.astype(np.float32), states


def pair_ids(tokenizer: Any, before: str, text: str, most_before: int) -> list[int]:
    """Token ids of a text read together with the last `most_before` tokens of what came before it, if anything did."""
    first, *said, last = tokenizer.encode(clean(text)).ids
    # The tokenizer cuts at the end, and here the end is what matters.
    context = tokenizer.encode(clean(before[-CHARACTERS_A_TOKEN * most_before :])).ids[1:-1][-most_before:]
    return [first, *context, *([last] if context else []), *said, last]


def _mean(mask: Vectors, states: Any) -> Vectors:
    return unit_rows(np.einsum("bt,bth->bh", mask, states))
