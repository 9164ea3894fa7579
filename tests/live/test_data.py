"""The reference data on the running platform: an import swaps the editions under load, and everybody is told."""

import json
import subprocess
import sys
import threading

import httpx
import pytest

from tests.unit.lookup.official import GPCI, written

pytestmark = pytest.mark.live


def command(platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "services.cli", "data", *arguments, "--data-dir", str(platform.data_dir)]
    return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=120)


def test_an_import_under_load_fails_no_request_and_is_told_of(platform, tmp_path):
    answers: list[int] = []
    stop = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=platform.base, timeout=10) as client:
            while not stop.is_set():
                answers.append(client.get("/api/v1/codes/icd-10-cm/I10").status_code)

    loading = [threading.Thread(target=load) for _ in range(4)]
    for thread in loading:
        thread.start()
    try:
        done = command(platform, "import", str(written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026))))
        listed = httpx.get(f"{platform.base}/api/v1/editions", timeout=10).json()["editions"]
        told = json.loads((platform.data_dir / "catalog.json").read_text())
    finally:
        stop.set()
        for thread in loading:
            thread.join()
    assert done.returncode == 0, done.stderr
    assert "The running platform serves it." in done.stdout
    assert any(one["name"] == "Medicare Physician Fee Schedule, GPCI" for one in listed)
    assert set(answers) == {200}
    assert told_of(platform, told["generation"])
    assert "is there already" in command(platform, "import", str(tmp_path / "GPCI2026.csv")).stdout
    gone = command(platform, "remove", "pfs-gpci-2026", "--force")
    assert gone.returncode == 0, gone.stderr


def told_of(platform, generation: int) -> bool:
    """Whether the fact was told, as the mark beside the catalog says once the stream has it."""
    import time

    mark = platform.data_dir / ".told-generation"
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if mark.exists() and int(mark.read_text()) >= generation:
            return True
        time.sleep(0.1)
    return False


def test_a_broken_file_is_refused_with_its_place_and_changes_nothing(platform, tmp_path):
    before = (platform.data_dir / "catalog.json").read_bytes()
    path = written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026).replace("0.875", "much"))
    refused = command(platform, "import", str(path))
    assert refused.returncode == 1
    assert "GPCI2026.csv, line 3" in refused.stderr.replace("\n", " ")
    assert (platform.data_dir / "catalog.json").read_bytes() == before
