"""Job alerts and feeds: shapes, the one click of RFC 8058, and what programs follow the board by."""

from email import message_from_bytes
from email.policy import default
from xml.etree import ElementTree as ET

import pytest
from codingahead.careers.v1.events_pb2 import AlertMatched, ApplicationUpdated

from services.chassis.bus import Event
from services.gateway.events import Letters
from services.gateway.letters.write import Desk
from services.gateway.mail.outgoing import as_message
from tests.unit.gateway.fakes import JOB, SmallAccounts, SmallCareers
from tests.unit.gateway.test_jobs_web import guest, member, world

__all__ = ["guest", "member", "world"]

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SEARCH = {"q": "coder", "credential": "CPC", "state": "WI", "remote": True}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def test_an_alert_is_made_listed_and_ended(member):
    made = await member.post("/api/v1/job-alerts", json=SEARCH)
    assert made.status_code == 201
    assert made.json() == {**SEARCH, "id": "a1", "cpc_a": False, "employment_type": "", "created_at": 1_790_000_000_000}
    assert (await member.get("/api/v1/job-alerts")).json()["alerts"] == [made.json()]
    assert (await member.post("/api/v1/job-alerts", json=SEARCH)).status_code == 409
    assert (await member.delete("/api/v1/job-alerts/a1")).status_code == 204
    assert (await member.delete("/api/v1/job-alerts/a1")).status_code == 404


async def test_alerts_belong_to_verified_accounts(world, guest, member):
    assert (await guest.post("/api/v1/job-alerts", json=SEARCH)).status_code == 401
    assert (await guest.get("/careers/alerts")).headers["location"] == "/login?next=/careers/alerts"
    world.accounts.verified = False
    assert (await member.post("/api/v1/job-alerts", json=SEARCH)).json()["reason"] == "UNVERIFIED"


@pytest.mark.parametrize(("body", "field"), [({"remote": "perhaps"}, "remote"), ({"q": ["x"]}, "q")])
async def test_a_wrong_alert_is_refused_with_its_field(member, body, field):
    refused = await member.post("/api/v1/job-alerts", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (400, f"body.{field}")


async def test_the_board_offers_an_alert_for_the_search_that_is_shown(member):
    page = (await member.get("/careers?q=coder&remote=1")).text
    assert '<input type="hidden" name="q" value="coder"><input type="hidden" name="remote" value="1">' in page
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "q": "coder", "remote": "1"}
    assert (await member.post("/careers/alerts", data=form)).headers["location"] == "/careers/alerts"
    assert "coder, remote" in (await member.get("/careers/alerts")).text
    again = await member.post("/careers/alerts", data=form)
    assert again.status_code == 409
    assert "You have this alert already." in again.text
    ended = await member.post("/careers/alerts/end", data={"form_token": token, "alert": "a1"})
    assert ended.status_code == 303
    assert (await member.post("/careers/alerts/end", data={"form_token": token, "alert": "a1"})).status_code == 404


async def test_a_link_of_a_letter_ends_nothing_until_its_button_is_pressed(world, guest, member):
    await member.post("/api/v1/job-alerts", json=SEARCH)
    page = await guest.get("/careers/alerts/unsubscribe?token=a1.1.mac")
    assert "End this alert" in page.text
    assert world.careers.kept
    for _ in range(2):
        ended = await guest.post("/careers/alerts/unsubscribe?token=a1.1.mac", data=ONE_CLICK)
        assert (ended.status_code, "has ended" in ended.text) == (200, True)
    assert not world.careers.kept
    assert (await guest.post("/careers/alerts/unsubscribe?token=a1.1", data=ONE_CLICK)).status_code == 400
    assert (await guest.post("/careers/alerts/unsubscribe")).status_code == 400


class Sent:
    def __init__(self) -> None:
        self.letters = []

    async def send(self, letter) -> None:
        self.letters.append(letter)


async def letters_about(event, careers) -> list:
    accounts, sent = SmallAccounts(), Sent()
    accounts.verified = True
    letters = Letters(accounts, None, careers, Desk("https://coding.example.org"), sent)
    act = {AlertMatched: letters.send_alert_letter, ApplicationUpdated: letters.send_application_news}
    await act[type(event)](Event("m1", "codingahead.careers.x.y.v1", event, 1))
    return sent.letters


MATCHED = AlertMatched(alert_id="a1", opening_id="j1", account_id="ann@example.org")


async def test_the_letter_of_an_alert_is_ended_by_one_post():
    careers = SmallCareers(kept={"a1": {**SEARCH, "id": "a1", "cpc_a": False, "employment_type": ""}})
    (letter,) = await letters_about(MATCHED, careers)
    message = message_from_bytes(as_message(letter).as_bytes(), policy=default)
    address = "https://coding.example.org/careers/alerts/unsubscribe?token=a1.1.mac"
    assert message["List-Unsubscribe"] == f"<{address}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert letter.subject == f"New job: {JOB['title']}, Clinic"
    for part in (letter.text, letter.html):
        assert address in part
        assert "coder, CPC, remote, Wisconsin" in part
        assert "$28–$34.50 an hour" in part  # noqa: RUF001 -- a range takes an en dash
    assert "<script>" not in letter.html


def test_a_long_address_stays_whole_in_its_header():
    desk = Desk("https://coding.example.org")
    headers = desk.list_headers("/careers/alerts/unsubscribe?token=" + "a" * 120, "job-alerts")
    facts = {"name": "", "job": JOB, "alert": "every job", "link_path": "/x", "end_link_path": "/y"}
    sent = as_message(desk.write("job_alert", "m1", "a@example.org", facts, headers)).as_bytes().decode()
    assert f"List-Unsubscribe: {headers['List-Unsubscribe']}\r\n" in sent


@pytest.mark.parametrize("changed", [{"alert_id": "a9"}, {"opening_id": "j9"}, {"opening_id": "j2"}])
async def test_an_alert_that_has_ended_and_an_opening_that_is_over_send_no_letter(changed):
    careers = SmallCareers(kept={"a1": {**SEARCH, "id": "a1", "cpc_a": False, "employment_type": ""}})
    event = AlertMatched(**{"alert_id": "a1", "opening_id": "j1", "account_id": "ann@example.org", **changed})
    assert await letters_about(event, careers) == []


async def test_every_search_is_a_feed(guest):
    answer = await guest.get("/careers.atom?q=coder&state=WI")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 -- our own
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links["self"] == "http://testserver/careers.atom?q=coder&state=WI"
    assert feed.find(f"{ATOM}id").text == "http://testserver/careers?q=coder&state=WI"
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.find(f"{ATOM}id").text == "http://testserver/careers/j1"
    assert entry.find(f"{ATOM}title").text == f"{JOB['title']}, Clinic"
    assert entry.find(f"{ATOM}published").text == "2026-09-21T14:13:20Z"
    assert entry.find(f"{ATOM}updated").text == "2026-09-21T14:14:20Z" == feed.find(f"{ATOM}updated").text
    assert entry.find(f"{ATOM}content").text == "<p>Code &lt;b&gt;charts&lt;/b&gt;.</p>"
    unchanged = await guest.get("/careers.atom?q=coder&state=WI", headers={"If-None-Match": answer.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await guest.get("/careers.atom?state=ZZ")).status_code == 400
    assert (await guest.get("/careers.atom?q=nothing")).status_code == 200


async def test_the_sitemap_names_every_open_job_and_the_feed_is_found_from_the_board(world, guest):
    tree = ET.fromstring((await guest.get("/sitemap.xml")).content)  # noqa: S314 -- our own
    found = {one.find(f"{MAP}loc").text: one.find(f"{MAP}lastmod") for one in tree}
    assert found["http://testserver/careers/j2"].text == "2026-09-21T14:13:20Z"
    assert "http://testserver/" in found
    world.careers.many = 20_001
    index = ET.fromstring((await guest.get("/sitemap.xml")).content)  # noqa: S314 -- our own
    assert index.tag == f"{MAP}sitemapindex"
    assert [one.find(f"{MAP}loc").text for one in index] == [
        f"http://testserver/sitemap.xml?part={n}" for n in (1, 2, 3)
    ]
    assert (await guest.get("/sitemap.xml?part=3")).status_code == 200
    assert (await guest.get("/sitemap.xml?part=4")).status_code == 404
    assert (await guest.get("/sitemap.xml?part=x")).status_code == 404
    assert "Sitemap: http://testserver/sitemap.xml" in (await guest.get("/robots.txt")).text
    assert 'href="/careers.atom?q=coder"' in (await guest.get("/careers?q=coder")).text
