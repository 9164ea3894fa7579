"""The sentence model against the reference, and the store of its vectors."""

import json
from pathlib import Path

import numpy as np
import pytest

from services.lookup.meaning import graph
from services.lookup.meaning.encoder import QUERIES, SIZE, TEXTS, WEIGHTS, Encoder, folder
from services.lookup.meaning.keys import key
from services.lookup.meaning.store import Store
from tests.unit.lookup.test_real_files import DATA

REFERENCE = DATA / "search" / "minilm_reference.json"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    path = tmp_path_factory.mktemp("model") / TEXTS
    graph.write(folder(), path)
    return Encoder(path, threads=1)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference vectors are not beside the project")
def test_vectors_equal_those_of_the_reference_implementation(encoder: Encoder) -> None:
    told = json.loads(REFERENCE.read_bytes())
    made = encoder.encode(told["texts"])
    assert np.abs(made - np.array(told["vectors"])).max() < 2e-6


def test_a_text_has_the_same_vector_alone_and_beside_longer_ones(encoder: Encoder) -> None:
    alone = encoder.encode(["Broken wrist"])
    beside = encoder.encode(["displaced fracture of the lower end of the left radius, sequela", "broken wrist"])
    assert np.abs(alone[0] - beside[1]).max() < 1e-5
    assert np.linalg.norm(alone[0]) == pytest.approx(1, abs=1e-5)


def test_the_lighter_model_says_nearly_the_same_and_is_written_again_over_what_a_killed_build_left(
    tmp_path: Path,
) -> None:
    graph.write(folder(), tmp_path / TEXTS)
    (tmp_path / WEIGHTS).write_bytes(b"half of it")
    graph.write_light(tmp_path / TEXTS, tmp_path / QUERIES, tmp_path / WEIGHTS)
    texts = ["broken wrist", "type 2 diabetes with kidney disease"]
    exact = Encoder(tmp_path / TEXTS, threads=1).encode(texts)
    light = Encoder(tmp_path / QUERIES, threads=1).encode(texts)
    assert (exact * light).sum(1).min() > 0.98
    assert (tmp_path / QUERIES).stat().st_size * 10 < (tmp_path / WEIGHTS).stat().st_size


def test_a_text_of_any_length_and_script_has_a_vector(encoder: Encoder) -> None:
    made = encoder.encode(["", "x" * 100_000, "fever " * 5_000, "Fièvre \x00 Лихорадка 発熱 🤒"])
    assert made.shape == (4, SIZE)
    assert np.isfinite(made).all()


def test_the_nearest_text_is_the_one_that_means_the_same(encoder: Encoder, tmp_path: Path) -> None:
    texts = ["Fracture of wrist", "Acute kidney failure", "Diabetes mellitus", "Common cold"]
    store = Store(tmp_path, "icd-10-cm", read_only=False)
    store.add([key(text) for text in texts], encoder.encode(texts))
    store.save()
    opened = Store(tmp_path, "icd-10-cm", read_only=True)
    asked = encoder.encode(["broken wrist"])[0]
    near = opened.nearest(asked, 2)
    best = int(near.keys[0])
    assert best == key("FRACTURE OF WRIST")
    exact = float(encoder.encode(["fracture of wrist"])[0] @ asked)
    assert opened.cosines(asked, np.array([7, best], np.uint64)).tolist() == [0, pytest.approx(exact, abs=2e-3)]
    assert near.cosines[0] == pytest.approx(exact, abs=2e-3)
    assert opened.lacks([best, 7]) == [7]


def test_an_empty_store_finds_nothing_and_a_broken_one_says_how_to_mend_it(encoder: Encoder, tmp_path: Path) -> None:
    asked = encoder.encode(["broken wrist"])[0]
    assert Store(tmp_path, "cpt", read_only=True).nearest(asked, 5).keys.tolist() == []
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "cpt.v2.usearch").write_bytes(b"not an index")
    with pytest.raises(ValueError, match=r"cpt\.v2\.usearch.*delete .*cpt\.v2\.arrays"):
        Store(tmp_path, "cpt", read_only=True)
