"""Makes the vectors of what the guides say and has none yet: services/assistant/guides/vectors.npz.

make guides
"""

import tempfile
from pathlib import Path

import numpy as np

from services.assistant.evidence.guides import shipped
from services.assistant.evidence.nearness import FILE, kept, key, read
from services.lookup.meaning import graph
from services.lookup.meaning.encoder import TEXTS, Encoder, folder


def main() -> None:
    """Reads what changed with the model as published, and replaces the file."""
    known = kept(FILE)
    wanted = {key(texts): texts for section in shipped().texts for texts in read(section)}
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / TEXTS
        graph.write(folder(), model)
        encoder = Encoder(model, threads=2)
        made = {one: _mean(encoder, texts) for one, texts in wanted.items() if one not in known}
    keys = sorted(wanted)
    rows = np.array([(known | made)[one] for one in keys], np.float16)
    np.savez_compressed(FILE, keys=np.array(keys, np.uint64), vectors=rows)
    print(f"{len(keys)} vectors, {len(made)} of them new")


def _mean(encoder: Encoder, texts: tuple[str, ...]) -> np.ndarray:
    mean = encoder.encode(texts).mean(axis=0)
    return mean / np.linalg.norm(mean)


if __name__ == "__main__":
    main()
