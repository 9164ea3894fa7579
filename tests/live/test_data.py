"""The reference data on the running platform: editions are swapped under load, a killed import leaves nothing, another
platform pulls them, and one that a receipt rests on stays.
"""

import json
import shutil
import subprocess
import sys
import threading

import httpx
import pytest

from tests.live.running import Platform
from tests.unit.lookup.official import GPCI, MUE, PTP, PTP_HEADING, written

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


def test_an_importer_that_is_killed_while_it_builds_leaves_what_is_published_and_the_next_one_works(platform, tmp_path):
    path = written(tmp_path, "ccipra-v322r0-f1.txt", PTP)
    before = (platform.data_dir / "catalog.json").read_bytes()
    lay = sorted(one.name for name in ("editions", "sources") for one in (platform.data_dir / name).glob("*"))
    importer = [sys.executable, "-m", "services.lookup.importers", "--data-dir", str(platform.data_dir), "import"]
    process = subprocess.Popen([*importer, str(path)], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if json.loads(line).get("stage", "").endswith(": pairs"):  # the bundle is half written
            process.kill()
            break
    process.wait()
    process.stdout.close()
    assert (platform.data_dir / "catalog.json").read_bytes() == before
    assert httpx.get(f"{platform.base}/api/v1/codes/icd-10-cm/I10", timeout=10).status_code == 200
    assert command(platform, "import", str(path)).returncode == 0
    removed = command(platform, "remove", "ncci-ptp-practitioner-2026-07-01", "--force")
    assert removed.returncode == 0, removed.stderr
    assert command(platform, "rollback").returncode == 1, "its files were deleted"
    assert command(platform, "import", str(written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026)))).returncode == 0
    assert command(platform, "remove", "pfs-gpci-2026", "--force").returncode == 0
    left = sorted(one.name for name in ("editions", "sources") for one in (platform.data_dir / name).glob("*"))
    assert not {name for name in left if name.startswith(".building")}
    assert set(lay) <= set(left)


def test_an_edition_that_a_receipt_rests_on_stays_and_another_goes(platform, tmp_path):
    limits = written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE)
    indices = written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026))
    assert command(platform, "import", str(limits), str(indices)).returncode == 0
    asked = {"question": "What is the MUE of 11042?", "as_of": "2026-05-01"}
    answer = platform.visitor().post("/api/v1/ask", json=asked).json()
    assert any("MUE" in one["title"] for one in answer["citations"]), answer
    refused = command(platform, "remove", "ncci-mue-practitioner")
    assert refused.returncode == 1
    assert "rests on ncci-mue-practitioner-2026-04-01" in refused.stderr
    assert command(platform, "remove", "pfs-gpci-2026").returncode == 0
    assert command(platform, "rollback").returncode == 0, "without --force its files stay"
    assert command(platform, "remove", "pfs-gpci-2026", "--force").returncode == 0
    assert command(platform, "remove", "ncci-mue-practitioner", "--force").returncode == 0


def test_a_second_platform_pulls_what_the_first_has_published(platform, tmp_path):
    rows = PTP_HEADING + "99213\t11042\t\t20200101\t*\t1\tOne more\n"
    assert command(platform, "import", str(written(tmp_path, "ccioph-v322r0-f1.txt", rows))).returncode == 0
    folder = tmp_path / "second"
    shutil.copytree(platform.data_dir / "editions", folder / "editions")  # what ships need not be built once more
    for one in (folder / "editions").glob("ncci-*"):
        shutil.rmtree(one)
    second = Platform(folder)
    try:
        pulled = command(second, "sync", platform.base)
        assert pulled.returncode == 0, pulled.stderr
        assert "The running platform serves it." in pulled.stdout
        told = httpx.get(f"{second.base}/api/v1/codes/cpt/11042", params={"as_of": "2026-08-01"}, timeout=10).json()
        assert told["edition"]["system"] == "ncci-ptp-outpatient"
        assert "0 editions pulled" in command(second, "sync", platform.base).stdout
    finally:
        assert second.stop() == 0
        assert command(platform, "remove", "ncci-ptp-outpatient", "--force").returncode == 0
