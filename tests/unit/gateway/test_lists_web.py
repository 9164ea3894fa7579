"""Saved lists and search files through the web."""

import pytest

from tests.unit.gateway.test_web import PASSWORD, World


@pytest.fixture
async def member():
    async with World().visitor() as client:
        told = {"email": "ann@example.org", "password": PASSWORD}
        await client.post("/api/v1/accounts", json=told)
        client.headers["authorization"] = "Bearer " + (await client.post("/api/v1/sessions", json=told)).json()["token"]
        yield client


async def test_a_guest_has_no_lists():
    async with World().visitor() as guest:
        answer = await guest.get("/api/v1/me/lists")
        assert (answer.status_code, answer.json()["reason"]) == (401, "SIGN_IN")
        page = await guest.get("/lists")
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=/lists")


async def test_a_list_is_put_read_exported_and_deleted(member):
    codes = [{"system": "icd-10-cm", "code": "I10", "note": "=cmd()"}, {"system": "cpt", "code": "99213"}]
    put = await member.put("/api/v1/me/lists/My codes", json={"codes": codes})
    assert [(one["code"], one["note"]) for one in put.json()["codes"]] == [("I10", "=cmd()"), ("99213", "")]
    assert (await member.get("/api/v1/me/lists")).json()["lists"][0]["codes"] == 2
    table = await member.get("/api/v1/me/lists/My codes", params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[:2] == ["system,code,note,description,changes", "icd-10-cm,I10,'=cmd(),'=1+1,"]
    assert (await member.put("/api/v1/me/lists/My codes", json={"codes": []})).json()["codes"] == []
    saved = await member.put("/api/v1/me/lists/My codes/icd-10-cm/E11.9", json={"note": "n"})
    assert saved.json()["code"] == "E11.9"
    assert (await member.delete("/api/v1/me/lists/My codes/icd-10-cm/E11.9")).status_code == 204
    assert (await member.delete("/api/v1/me/lists/My codes")).status_code == 204
    assert (await member.get("/api/v1/me/lists/My codes")).status_code == 404


async def test_a_file_is_imported_as_it_was_exported(member):
    token = (await member.get("/lists")).text.split('name="form_token" value="')[1].split('"')[0]
    file = "\ufeffcode,system,note\nI10,icd-10-cm,'=cmd()\n\n99213,cpt,\n".encode()
    form = {"name": "Work", "form_token": token}
    done = await member.post("/lists/import", data=form, files={"file": ("a.csv", file, "text/csv")})
    assert (done.status_code, done.headers["location"]) == (303, "/lists/Work")
    codes = (await member.get("/api/v1/me/lists/Work")).json()["codes"]
    assert [(one["code"], one["note"]) for one in codes] == [("I10", "=cmd()"), ("99213", "")]


@pytest.mark.parametrize(("file", "told"), [(b"a,b\n1,2\n", "The heading lacks"), (b"\xff\xfe", "no text in UTF-8")])
async def test_a_broken_file_is_refused_in_words(member, file, told):
    token = (await member.get("/lists")).text.split('name="form_token" value="')[1].split('"')[0]
    form = {"name": "Work", "form_token": token}
    done = await member.post("/lists/import", data=form, files={"file": ("a.csv", file, "text/csv")})
    assert done.status_code == 400
    assert told in done.text


async def test_hits_as_a_table(member):
    answer = await member.get("/api/v1/search", params={"q": "hypertension", "format": "csv"})
    assert answer.text.splitlines()[1].startswith("icd-10-cm,I10,Essential (primary) hypertension,True,")


async def test_two_codes_side_by_side(member):
    page = await member.get("/compare", params={"system": "icd-10-cm", "a": "I10", "b": "E11.42"})
    assert page.text.count("differs") >= 1
    same = await member.get("/compare", params={"system": "icd-10-cm", "a": "I10", "b_as_of": "2025-11-01"})
    assert "is the same on both dates" in same.text
    assert (await member.get("/compare", params={"system": "icd-10-cm", "a": "nothing"})).status_code == 404
