"""The memory of the lookup process on the running platform: after its start, and after heavy use of all its parts."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.bench.pages import pss
from tests.live.running import Platform

TODAY = ""
TRIES = 10
SEARCHED = (TODAY, "2025-03-01", "2018-06-01", "2019-06-01", "2024-11-15")  # days that other editions speak for
WORDS = ("diabetes neuropathy", "fracture of wrist", "copd", "chest pain", "wheelchair", "insulin pump", "appendectomy")
CASE = (
    "62 year old woman with type 2 diabetes and diabetic polyneuropathy, essential hypertension and chronic kidney "
    "disease, stage 3. She fell and has pain of the left wrist. No chest pain. History of breast cancer. "
)
CODES = (
    *("cpt/11042", "cpt/45378", "cpt/99213", "cpt/20701", "hcpcs/J1885", "hcpcs/E0601"),
    *("icd-10-cm/E11.42", "icd-10-cm/S52.501A", "icd-10-cm/C50.911", "icd-10-pcs/0DTJ4ZZ"),
)


def measured(folder: Path) -> Iterator[tuple[str, float]]:
    """When, and megabytes."""
    platform = Platform(folder, with_vectors=(folder / "vectors").is_dir())
    try:
        yield "at its start", pss(platform)["lookup"]
        member, _ = platform.member()
        for day in SEARCHED:
            search(member, day)
        yield f"after searches on {len(SEARCHED)} dates", pss(platform)["lookup"]
        for number in range(5):
            case = {"text": CASE * (number + 1), "care_setting": "outpatient"}
            member.post("/api/v1/case2code", json=case).raise_for_status()
        yield "after cases", pss(platform)["lookup"]
        browse(member)
        yield "after pages", pss(platform)["lookup"]
    finally:
        platform.stop()


def search(member: httpx.Client, day: str) -> None:
    for words in WORDS:
        answered(member, "/api/v1/search", {"q": words, "as_of": day})
        answered(member, "/api/v1/suggest", {"q": words[:5]})


def answered(member: httpx.Client, path: str, asked: dict[str, str]) -> None:
    """Asks until it is answered: on a busy machine the first search of a date may outlast its deadline."""
    for _ in range(TRIES):
        if (answer := member.get(path, params=asked)).status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(1)
    answer.raise_for_status()


def browse(member: httpx.Client) -> None:
    """Pages of some codes and their neighbours; those that a plan does not grant are made all the same, and locked."""
    for code in CODES:
        for day in SEARCHED:
            member.get(f"/api/v1/codes/{code}", params={"as_of": day})
    for system, code in (one.split("/") for one in CODES):
        below = member.get(f"/api/v1/browse/{system}/{code[:3]}")
        children = below.json().get("children", ()) if below.is_success else ()
        for child in children[:50]:
            member.get(f"/api/v1/codes/{system}/{child['code']}")
