"""Saved lists on the running platform: one letter a publishing, whatever dies, and nothing left afterwards."""

import time

import pytest

from tests.live.running import PASSWORD
from tests.live.test_data import command
from tests.unit.lookup.official import MUE, written

pytestmark = pytest.mark.live
QUARTERS = {"04-01-2026": "1", "07-01-2026": "3"}


@pytest.fixture
def limits(platform, tmp_path):
    """Publishes the MUE table of a quarter; takes all of them away in the end."""

    def publish(quarter: str) -> None:
        name = f"MCR_MUE_PractitionerServices_Eff_{quarter}.csv"
        table = MUE.replace("11042,1,2", f"11042,{QUARTERS[quarter]},2")
        done = command(platform, "import", str(written(tmp_path, name, table)))
        assert done.returncode == 0, done.stderr

    yield publish
    for edition in command(platform, "list").stdout.split():
        if edition.startswith("ncci-mue-practitioner-2026"):
            assert command(platform, "remove", edition, "--force").returncode == 0


def saved(client, name: str) -> list[dict]:
    return client.get(f"/api/v1/me/lists/{name}").json()["codes"]


def test_a_changed_code_makes_one_letter_though_lookup_and_gateway_die(platform, limits):
    limits("04-01-2026")
    client, address = platform.member()
    stranger, unverified = platform.member(verified=False)
    for name in ("Wounds", "Clinic"):
        codes = [{"system": "cpt", "code": "11042", "note": "private"}, {"system": "icd-10-cm", "code": "I10"}]
        for person in (client, stranger):
            assert person.put(f"/api/v1/me/lists/{name}", json={"codes": codes}).status_code == 200
    limits("07-01-2026")
    for child in ("lookup", "gateway"):
        platform.kill(child)
    platform.wait_ready()
    letters = platform.letters(address, 2)
    assert len(letters) == 2
    assert letters[1]["subject"] == "1 of your saved codes has changed"
    assert "MUE (practitioner) from 2026-07-01 on: 3, it was 1" in letters[1]["text"]
    assert not {"private", "Wounds", "Clinic"} & set(letters[1]["text"].split())
    assert letters[1]["headers"]["Auto-Submitted"] == "auto-generated"
    platform.kill("lookup")
    platform.wait_ready()
    time.sleep(3)  # a repeat would have come by now
    assert len(platform.letters(address, 2)) == 2
    assert len(platform.letters(unverified)) == 1  # the welcome

    (change,) = saved(client, "Wounds")[0]["changes"]
    assert (change["kind"], change["before"], change["after"], change["since"]) == ("mue", "1", "3", "2026-07-01")
    assert client.post("/api/v1/me/lists/Wounds/noted", json={}).json() == {"noted": 1}
    assert saved(client, "Wounds")[0]["changes"] == []
    assert saved(client, "Clinic")[0]["changes"] != []


def test_views_are_exported_and_go_with_the_account(platform):
    client, _ = platform.member(verified=False)
    assert client.get("/codes/icd-10-cm/I10").status_code == 200
    assert client.put("/api/v1/me/lists/Work/icd-10-cm/I10", json={}).status_code == 200
    assert [one["code"] for one in client.get("/api/v1/me/export").json()["viewed"]] == ["I10"]
    assert client.request("DELETE", "/api/v1/me", json={"password": PASSWORD}).status_code in {200, 202, 204}
