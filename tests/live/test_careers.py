"""CareerCenter on the running platform: a job from its form to a closed opening, with every letter."""

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
    command(platform, "accounts", "role", editors, "editor")
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
