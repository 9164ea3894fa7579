"""CareerCenter on the running platform: a job from its form to a closed opening, with every letter."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

pytestmark = pytest.mark.live

LAST = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
JOB = {
    "title": "Outpatient surgery coder",
    "employer": "Lakeside Orthopedic Group",
    "description": "Code operative notes for eleven surgeons.",
    "location": "Madison",
    "state": "WI",
    "remote": True,
    "employment_type": "FULL_TIME",
    "credentials": ["CPC"],
    "pay_min": 28,
    "pay_max": "34.50",
    "pay_period": "hour",
    "valid_through": LAST,
}


def command(platform, *args: str) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "services.cli", *args, "--data-dir", str(platform.data_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return found.stdout


def subjects(platform, address: str, wanted: int) -> list[str]:
    """The subjects of an address's letters, once there are so many."""
    until = time.monotonic() + 20
    while True:
        letters = httpx.get(f"{platform.base}/dev/letters", params={"to": address}, timeout=10).json()["letters"]
        if len(letters) >= wanted or time.monotonic() > until:
            return [one["subject"] for one in letters]
        time.sleep(0.1)


def test_a_job_from_its_posting_to_its_closing(platform):
    (employer, boss), (applicant, coder), (editor, editors) = (platform.member() for _ in range(3))
    command(platform, "accounts", "grant", editors, "editor")
    job = employer.post("/api/v1/jobs", json=JOB).json()
    assert job["status"] == "waiting"
    assert applicant.get(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert job["id"] in [one["id"] for one in editor.get("/api/v1/jobs?list=waiting").json()["jobs"]]
    assert editor.post(f"/api/v1/jobs/{job['id']}/moderation", json={"approve": True}).json()["status"] == "open"
    listed = applicant.get("/api/v1/jobs", params={"q": "lakeside surgery", "credential": "CPC", "state": "WI"}).json()
    assert [one["id"] for one in listed["jobs"]] == [job["id"]]
    assert employer.patch(f"/api/v1/jobs/{job['id']}", json={"pay_max": 35}).json()["pay_max"] == "35"
    sent = applicant.post(f"/api/v1/jobs/{job['id']}/applications", json={"letter": "Dear team, I code."})
    assert sent.status_code == 201
    found = employer.get(f"/api/v1/jobs/{job['id']}/applications").json()["applications"]
    assert [(one["email"], one["letter"]) for one in found] == [(coder, "Dear team, I code.")]
    path = f"/api/v1/jobs/{job['id']}/applications/{found[0]['id']}"
    assert employer.patch(path, json={"status": "interview"}).json()["status"] == "interview"
    assert employer.post(f"/api/v1/jobs/{job['id']}/close").status_code == 204
    assert platform.visitor().get(f"/careers/{job['id']}").status_code == 410
    title = JOB["title"]
    assert sorted(subjects(platform, boss, 4)[1:]) == sorted(
        [f"Your opening waits for an editor: {title}", f"Your opening is up: {title}", f"An application for {title}"]
    )
    assert sorted(subjects(platform, coder, 4)[1:]) == sorted(
        [
            f"Your application for {title}",
            f"Your application for {title}: interview",
            f"Your application for {title}: closed",
        ]
    )


def test_seeding_twice_posts_thirty_once(platform):
    command(platform, "careers", "seed")
    assert "0 openings posted, 30 were there already." in command(platform, "careers", "seed")
    answer = platform.visitor().get("/api/v1/jobs", params={"limit": 100, "q": "modifiers"}).json()
    assert any(job["title"] == "Anesthesia coder" for job in answer["jobs"])
    assert platform.visitor().get("/api/v1/jobs").json()["total"] >= 30


def trusted_employer(platform) -> tuple:
    """An employer whose openings appear at once, with their address."""
    (employer, boss), (editor, editors) = platform.member(), platform.member()
    command(platform, "accounts", "grant", editors, "editor")
    first = employer.post("/api/v1/jobs", json={**JOB, "title": f"First of {boss}"}).json()
    assert editor.post(f"/api/v1/jobs/{first['id']}/moderation", json={"approve": True}).status_code == 200
    return employer, boss


def test_an_alert_is_mailed_once_and_ended_by_one_post_without_a_cookie(platform):
    employer, boss = trusted_employer(platform)
    reader, address = platform.member()
    word = f"zebra{boss.partition('@')[0]}"
    alert = reader.post("/api/v1/job-alerts", json={"q": f"{word} coder", "state": "WI", "cpc_a": False})
    assert alert.status_code == 201
    employer.post("/api/v1/jobs", json={**JOB, "title": f"Coder {word} one"})
    employer.post("/api/v1/jobs", json={**JOB, "title": f"Coder {word} elsewhere", "state": "ME"})
    _, letter = platform.letters(address, 2)
    assert letter["subject"] == f"New job: Coder {word} one, {JOB['employer']}"
    assert letter["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter["headers"]["List-Unsubscribe"].strip("<>")
    assert httpx.get(link, timeout=10).status_code == 200
    assert len(reader.get("/api/v1/job-alerts").json()["alerts"]) == 1, "a scanner that opens the link ends nothing"
    assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=10).status_code == 200
    assert reader.get("/api/v1/job-alerts").json()["alerts"] == []
    employer.post("/api/v1/jobs", json={**JOB, "title": f"Coder {word} two"})
    platform.letters(boss, 5)  # the employer's letter about the last one is there: what was to be told is told
    assert len(platform.letters(address)) == 2


@pytest.mark.parametrize("victim", ["careers", "gateway"])
def test_a_process_killed_after_an_application_costs_no_letter_and_makes_no_second(platform, victim):
    employer, boss = trusted_employer(platform)
    applicant, address = platform.member()
    job = employer.post("/api/v1/jobs", json={**JOB, "title": f"Killed {boss}"}).json()
    platform.letters(boss, 4)
    assert applicant.post(f"/api/v1/jobs/{job['id']}/applications", json={"letter": "Dear team"}).status_code == 201
    os.kill(platform.child(victim), signal.SIGKILL)
    platform.wait_ready()
    expected = {address: f"Your application for Killed {boss}", boss: f"An application for Killed {boss}"}
    for to, subject in expected.items():
        assert len([one for one in subjects_of(platform, to, subject) if one == subject]) == 1
    time.sleep(2)
    for to, subject in expected.items():
        assert subjects(platform, to, 0).count(subject) == 1, "no second letter comes later"


def subjects_of(platform, to: str, subject: str) -> list[str]:
    """The subjects of an address's letters, once one of them is there; ack_wait is 30 s where a handler was killed."""
    until = time.monotonic() + 45
    while subject not in (found := subjects(platform, to, 0)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def test_the_board_is_followed_by_feed_and_sitemap(platform):
    employer, boss = trusted_employer(platform)
    job = employer.post("/api/v1/jobs", json={**JOB, "title": f"Followed {boss}"}).json()
    stranger = platform.visitor()
    assert f"/careers/{job['id']}</id>" in stranger.get("/careers.atom?q=followed").text
    assert f"/careers/{job['id']}</loc><lastmod>" in stranger.get("/sitemap.xml").text
    employer.patch(f"/api/v1/jobs/{job['id']}", json={"status": "closed"})
    assert job["id"] not in stranger.get("/careers.atom?q=followed").text
    assert job["id"] not in stranger.get("/sitemap.xml").text


def test_an_operator_decides_from_the_shell(platform):
    employer, boss = platform.member()
    first = employer.post("/api/v1/jobs", json={**JOB, "title": f"Shell {boss}"}).json()
    assert f"{first['id']}  Shell {boss}, {JOB['employer']}" in command(platform, "careers", "waiting").splitlines()
    assert "refused" in command(platform, "careers", "refuse", first["id"], "--reason", "Name the clinic.")
    letters = platform.letters(boss, 3)
    assert "The editor wrote: Name the clinic." in letters[-1]["text"]
    second = employer.post("/api/v1/jobs", json={**JOB, "title": f"Shell again {boss}"}).json()
    assert second["status"] == "waiting"
    assert "open" in command(platform, "careers", "approve", second["id"])
    assert employer.get(f"/api/v1/jobs/{second['id']}").json()["status"] == "open"
