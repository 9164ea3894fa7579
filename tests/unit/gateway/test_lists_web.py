"""Saved lists and search files through the web."""

from dataclasses import replace

import pytest
from codingahead.lookup.v1.events_pb2 import ListOutdated

from services.chassis.bus import Event
from services.chassis.errors import AppError, FieldError, Kind
from services.gateway.letters.write import Desk
from services.gateway.list_events import SUBJECT, ListLetters
from services.gateway.web import list_csv
from tests.unit.gateway.fakes import SmallAccounts, SmallLists
from tests.unit.gateway.test_web import PASSWORD, World


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def member(world):
    async with world.visitor() as client:
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
    assert table.text.splitlines()[:2] == [
        "system,code,note,description,status,billable,edition,changes",
        "icd-10-cm,I10,'=cmd(),'=1+1,active,yes,FY2026,",
    ]
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


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("\ufeffSystem;Code;Note\r\nICD-10-CM;I10;a, b\r\n;;\r\n", [("icd-10-cm", "I10", "a, b")]),
        ("code\tsystem\nJ1885\tHCPCS Level II\n", [("hcpcs", "J1885", "")]),
        ('system,code,note,description\ncpt,99213,"two\nlines",x\n', [("cpt", "99213", "two\nlines")]),
        ("system,code\n", []),
    ],
)
def test_what_spreadsheets_write_is_read(text, cells):
    assert [one.cells for one in list_csv.read(list_csv.decoded(text.encode()))] == cells


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("", "line 1", "lacks system and code"),
        ("system;name\n", "line 1", "lacks code"),
        ("system,code,note\ncpt,99213,\ncpt,99214,one, two\n", "line 3", "more cells than the heading"),
        ('system,code\ncpt,"99213', "line 2", "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line(text, where, told):
    with pytest.raises(AppError, match=told) as refused:
        list_csv.read(text)
    assert refused.value.errors[0].where == where


def test_a_refusal_names_the_lines_of_the_file():
    lines = list_csv.read("system,code\ncpt,99213\n\n,\ncpt,ZZZ\n")
    counted = AppError(Kind.INVALID, "BAD_LINES", "1 of 2", (FieldError("line 2", "cpt ZZZ", "a code"),))
    assert [one.where for one in list_csv.placed(counted, lines).errors] == ["line 5"]


async def test_changes_are_shown_and_noted(world, member):
    await member.put("/api/v1/me/lists/Work/icd-10-cm/I10", json={})
    world.lists.changed = {"I10"}
    page = (await member.get("/lists/Work")).text
    assert "1 code has changed since you saved it" in page
    assert "Deleted from 2026-10-01 on." in page
    late = await member.post("/api/v1/me/lists/Work/noted", json={"generation": 2})
    assert (late.status_code, late.json()["reason"]) == (409, "NEWER_EDITIONS")
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "system": "icd-10-cm", "code": "I10"}
    stale = await member.post("/lists/Work/noted", data={**form, "generation": "2"})
    assert (stale.status_code, "Editions came in meanwhile" in stale.text) == (409, True)
    done = await member.post("/lists/Work/noted", data={**form, "generation": "3"})
    assert (done.status_code, done.headers["location"]) == (303, "/lists/Work")
    assert (await member.get("/api/v1/me/lists/Work")).json()["codes"][0]["changes"] == []
    assert (await member.post("/api/v1/me/lists/Work/noted", json={})).json() == {"noted": 0}


async def test_a_list_is_renamed_and_a_code_moves(member):
    for code in ("I10", "E11.9"):
        await member.put(f"/api/v1/me/lists/Work/icd-10-cm/{code}", json={"note": "n"})
    assert (await member.patch("/api/v1/me/lists/Work", json={"name": "Clinic"})).status_code == 204
    moved = await member.post("/api/v1/me/lists/Clinic/icd-10-cm/I10/move", json={"name": "Heart"})
    assert moved.status_code == 204
    assert [one["name"] for one in (await member.get("/api/v1/me/lists")).json()["lists"]] == ["Clinic", "Heart"]
    token = (await member.get("/lists")).text.split('name="form_token" value="')[1].split('"')[0]
    taken = await member.post("/lists/Clinic/rename", data={"form_token": token, "to": "Heart"})
    assert (taken.status_code, "already" in taken.text) == (409, True)
    back = {"form_token": token, "to": " Clinic ", "system": "icd-10-cm", "code": "I10"}
    assert (await member.post("/lists/Heart/move", data=back)).headers["location"] == "/lists/Clinic"


async def test_a_list_of_a_day(member):
    await member.put("/api/v1/me/lists/Work/icd-10-cm/I10", json={})
    table = await member.get("/api/v1/me/lists/Work", params={"format": "csv", "as_of": "2026-05-04"})
    assert "Work%202026-05-04.csv" in table.headers["content-disposition"]
    assert (await member.get("/api/v1/me/lists/Work", params={"as_of": "tomorrow"})).status_code == 400
    page = await member.get("/lists/Work", params={"as_of": "tomorrow"})
    assert (page.status_code, "written YYYY-MM-DD" in page.text) == (400, True)


async def test_what_a_member_looked_at_is_kept_shown_and_forgotten(world, member):
    assert (await member.get("/codes/icd-10-cm/I10")).status_code == 200
    await member.head("/codes/icd-10-cm/E11.42")
    assert [one["code"] for one in (await member.get("/api/v1/me/views")).json()["views"]] == ["I10"]
    for path in ("/case2code", "/lists"):
        assert "Looked at lately" in (await member.get(path)).text
    assert (await member.delete("/api/v1/me/views")).status_code == 204
    assert "Looked at lately" not in (await member.get("/case2code")).text
    async with world.visitor() as guest:
        await guest.get("/codes/icd-10-cm/I10")
        assert (await guest.get("/api/v1/me/views")).status_code == 401
    assert world.lists.seen == []


class Sent(list):
    async def send(self, letter) -> None:
        self.append(letter)


@pytest.mark.parametrize(("verified", "news", "sent"), [(True, True, 1), (False, True, 0), (True, False, 0)])
async def test_a_letter_of_changes_goes_to_a_verified_address_once(verified, news, sent):
    accounts, lists, letters = SmallAccounts(), SmallLists(), Sent()

    async def facts(account_id, purpose):
        return replace(await SmallAccounts.get_letter_facts(accounts, account_id, purpose), verified=verified)

    accounts.get_letter_facts = facts
    if news:
        lists.told = [{"system": "cpt", "code": "11042", "display": "", "texts": ["MUE: 3, it was 1."]}]
    write = ListLetters(accounts, lists, Desk("http://testserver"), letters)
    event = Event("list_outdated_a_3", SUBJECT, ListOutdated(account_id="a", generation=3), 1)
    await write.send_outdated_letter(event)
    assert len(letters) == sent
    for letter in letters:
        assert letter.id == "<outdated.list_outdated_a_3@testserver>"
        assert letter.subject == "1 of your saved codes has changed"
        for text in (letter.text, letter.html):
            assert "MUE: 3, it was 1." in text
            assert "http://testserver/lists" in text


async def test_hits_as_a_table(member):
    answer = await member.get("/api/v1/search", params={"q": "hypertension", "format": "csv"})
    assert answer.text.splitlines()[1].startswith("icd-10-cm,I10,Essential (primary) hypertension,True,")


async def test_two_codes_side_by_side(member):
    page = await member.get("/compare", params={"system": "icd-10-cm", "a": "I10", "b": "E11.42"})
    assert page.text.count("differs") >= 1
    same = await member.get("/compare", params={"system": "icd-10-cm", "a": "I10", "b_as_of": "2025-11-01"})
    assert "is the same on both dates" in same.text
    assert (await member.get("/compare", params={"system": "icd-10-cm", "a": "nothing"})).status_code == 404
