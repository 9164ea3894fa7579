"""The sentence model as an ONNX graph, written from its published weights.

all-MiniLM-L6-v2 is a BERT encoder: the sum of word, position and type embeddings, layers of attention and of
feed-forward each with its residual and layer norm, the mean over the words, and a length of one. The fused operators
of onnxruntime (domain com.microsoft) stand for what would be some forty plain ones a layer.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, load, numpy_helper, save_model
from onnxruntime.quantization import quantize_dynamic
from safetensors.numpy import load_file

WEIGHTS: Final = "model.safetensors"
_FUSED: Final = "com.microsoft"
_OPSETS: Final = (helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1))
_IR: Final = 9  # the ONNX format of opset 17; a newer one would shut older runtimes out
_TYPE_ROWS: Final = "embeddings.token_type_embeddings.weight"

type Weights = Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder, from its config.json."""

    layers: int
    heads: int
    epsilon: float


def write(model: Path, to: Path) -> None:
    """Writes the graph of the model folder to a file, whole or not at all. OSError, or KeyError for other weights."""
    config = json.loads((model / "config.json").read_bytes())
    shape = Shape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])
    draft = to.with_name(f".{to.name}-{os.getpid()}")
    draft.write_bytes(_model(load_file(model / WEIGHTS), shape).SerializeToString())
    draft.replace(to)


def write_light(graph: Path, to: Path, weights: Path) -> None:
    """Writes the graph with weights of a byte each: it is read from memory in a quarter of the time.

    They lie in a file beside it, which is opened in place: half of them are of words that few queries have.
    """
    draft = to.with_name(f".{to.name}-{os.getpid()}")
    weights.unlink(missing_ok=True)  # what a killed build left: it would be added to
    logging.getLogger().disabled, loud = True, logging.getLogger().disabled  # it advises what does not fit here
    try:
        quantize_dynamic(graph, draft, per_channel=True, extra_options={"DefaultTensorType": TensorProto.FLOAT})
    finally:
        logging.getLogger().disabled = loud
    save_model(load(draft), draft, save_as_external_data=True, location=weights.name)
    draft.replace(to)


def _model(weights: Weights, shape: Shape) -> ModelProto:
    graph = _Graph(weights, shape)
    graph.embed()
    for layer in range(shape.layers):
        graph.attend(f"encoder.layer.{layer}.")
        graph.feed_forward(f"encoder.layer.{layer}.")
    graph.pool()
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["text", "word"]) for name in ("ids", "mask")]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["text", "size"])]
    made = helper.make_graph(graph.nodes, "sentence", inputs, outputs, graph.initializers)
    model = helper.make_model(made, opset_imports=_OPSETS, ir_version=_IR, producer_name="codingahead")
    checker.check_model(model)
    return model


class _Graph:
    """The nodes in their order; `self._now` is the name of what the last one gave."""

    def __init__(self, weights: Weights, shape: Shape) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self._weights, self._shape, self._now = weights, shape, ""

    def embed(self) -> None:
        parts = ["word_embeddings.weight", "position_embeddings.weight", "token_type_embeddings.weight"]
        names = [self._give(f"embeddings.{part}") for part in (*parts, "LayerNorm.weight", "LayerNorm.bias")]
        # all words are of one type: the operator takes row 0 where no types are given only in some releases
        self._add("Sub", ["ids", "ids"], "types", domain="")
        given = ["ids", "types", *names]
        self._add("EmbedLayerNormalization", given, "embedded", "lengths", epsilon=self._shape.epsilon)
        self._now = "embedded"

    def attend(self, layer: str) -> None:
        parts = [f"{layer}attention.self.{part}." for part in ("query", "key", "value")]
        packed = np.concatenate([self._weights[f"{part}weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{part}bias"] for part in parts])
        names = [self._keep(f"{layer}packed", packed), self._keep(f"{layer}packed.bias", bias)]
        self._add("Attention", [self._now, *names, "mask"], f"{layer}attended", num_heads=self._shape.heads)
        self._close(f"{layer}attended", f"{layer}attention.output.")

    def feed_forward(self, layer: str) -> None:
        wide = self._multiply(self._now, f"{layer}intermediate.dense.weight")
        bias = self._give(f"{layer}intermediate.dense.bias")
        self._add("BiasGelu", [wide, bias], f"{layer}active")
        self._close(f"{layer}active", f"{layer}output.")

    def pool(self) -> None:
        last = self._keep("axis.last", np.array([2], np.int64))
        words = self._keep("axis.words", np.array([1], np.int64))
        self._add("Cast", ["mask"], "counted", domain="", to=TensorProto.FLOAT)
        self._add("Unsqueeze", ["counted", last], "counted.wide", domain="")
        self._add("Mul", [self._now, "counted.wide"], "masked", domain="")
        # the mean's divisor falls away with the length: only the direction of the sum is kept
        self._add("ReduceSum", ["masked", words], "summed", domain="", keepdims=0)
        self._add("LpNormalization", ["summed"], "vectors", domain="", axis=1, p=2)

    def _close(self, given: str, layer: str) -> None:
        """A dense layer, the residual and the layer norm that end each half of a layer."""
        dense = self._multiply(given, f"{layer}dense.weight")
        names = [self._give(f"{layer}{part}") for part in ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")]
        closed = f"{layer}closed"
        self._add("SkipLayerNormalization", [dense, self._now, *names], closed, epsilon=self._shape.epsilon)
        self._now = closed

    def _multiply(self, given: str, weight: str) -> str:
        turned = self._keep(f"{weight}.turned", np.ascontiguousarray(self._weights[weight].T))
        self._add("MatMul", [given, turned], f"{weight}.product", domain="")
        return f"{weight}.product"

    def _give(self, weight: str) -> str:
        return self._keep(weight, self._weights[weight])

    def _keep(self, name: str, values: np.ndarray[Any, Any]) -> str:
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def _add(self, operator: str, given: list[str], *gives: str, domain: str = _FUSED, **attributes: Any) -> None:  # noqa: ANN401
        self.nodes.append(helper.make_node(operator, given, gives, gives[0], domain=domain, **attributes))
