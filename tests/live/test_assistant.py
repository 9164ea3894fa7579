"""CasePilot and CaseConsultant on the running platform: real RPCs, real mail, real letters, processes killed."""

import os
import re
import signal
import smtplib
import time
import uuid
from email.message import EmailMessage

import grpc
import httpx
import pytest
from codingahead.assistant.v1 import service_pb2 as pb
from codingahead.assistant.v1.service_pb2_grpc import AssistantServiceStub

from services.assistant import codes_in_text

pytestmark = pytest.mark.live

CASE = "58 year old man with type 2 diabetes and diabetic polyneuropathy. Essential hypertension. No chest pain."


def mail(platform, sender: str, text: str = CASE, message_id: str = "", html: str = "") -> str:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, "consult@localhost", "A case"
    letter["Message-ID"] = message_id or f"<{uuid.uuid4()}@example.org>"
    letter.set_content(text)
    if html:
        letter.clear_content()
        letter.set_content(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", platform.smtp_port, timeout=20) as smtp:
        smtp.send_message(letter)
    return str(letter["Message-ID"])


def replies(platform, address: str, message_id: str, wait: float = 20) -> list[dict]:
    """The letters that answer a mail, once there is one."""
    until = time.monotonic() + wait
    while True:
        letters = httpx.get(f"{platform.base}/dev/letters", params={"to": address}, timeout=10).json()["letters"]
        found = [one for one in letters if one["headers"].get("In-Reply-To") == message_id]
        if found or time.monotonic() > until:
            return found
        time.sleep(0.1)


def test_a_question_is_answered_kept_and_replayed(platform):
    client, _ = platform.member()
    answer = client.post("/api/v1/ask", json={"question": "What is ICD-10-CM code E11.42?"}).json()
    assert "diabetic polyneuropathy" in answer["answer_markdown"]
    replay = client.post(f"/api/v1/receipts/{answer['receipt']['id']}/replay").json()
    assert replay["same"] is True
    kept = client.get("/api/v1/conversations").json()["conversations"]
    assert [one["title"] for one in kept] == ["What is ICD-10-CM code E11.42?"]
    again = {"question": "Is it billable?", "conversation_id": kept[0]["id"]}
    assert client.post("/api/v1/ask", json=again).json()["conversation_id"] == kept[0]["id"]


def test_a_mailed_case_is_answered_in_its_thread_once(platform):
    _, address = platform.member()
    message_id = mail(platform, address)
    mail(platform, address, message_id=message_id)
    assert len(replies(platform, address, message_id)) == 1
    time.sleep(1)
    found = replies(platform, address, message_id)
    assert len(found) == 1
    letter = found[0]
    assert letter["subject"] == "Re: A case"
    assert letter["headers"]["Auto-Submitted"] == "auto-replied"
    assert message_id in letter["headers"]["References"]
    assert re.search(r"E11\.42 .*type 2 diabetes and diabetic polyneuropathy", letter["text"])
    assert "I10 " in letter["text"]
    assert "<strong>E11.42</strong>" in letter["html"]


def test_an_html_mail_is_read_and_its_markup_is_text(platform):
    client, address = platform.member()
    body = "<p>Essential <b>hypertension</b>.</p><script>alert(1)</script><p>&lt;script&gt;alert(2)&lt;/script&gt;</p>"
    message_id = mail(platform, address, html=body)
    letter = replies(platform, address, message_id)[0]
    assert "I10" in letter["text"]
    assert "<script>" not in letter["html"]
    consult = client.get("/api/v1/consults").json()["consults"][0]
    assert "<script>alert" not in client.get(f"/caseconsultant/{consult['id']}").text


@pytest.mark.parametrize("victim", ["lookup", "accounts", "assistant", "gateway", "nats", "mongo"])
def test_a_process_killed_after_250_costs_no_letter_and_makes_no_second(platform, victim):
    _, address = platform.member()
    message_id = mail(platform, address)
    os.kill(platform.child(victim), signal.SIGKILL)
    found: list[dict] = []
    until = time.monotonic() + 30
    while not found and time.monotonic() < until:
        try:
            found = replies(platform, address, message_id, wait=1)
        except (httpx.HTTPError, KeyError):
            time.sleep(0.2)
    time.sleep(1.5)
    assert len(replies(platform, address, message_id)) == 1


SHAPES = (
    "What is {}?",
    "Is {} billable?",
    "What does {} exclude?",
    "Which codes are below {}?",
    "Can {} and E11.9 be coded together?",
    "guidelines for {}",
    "history of {} and 99214",
    "What modifiers go with {}?",
    "ICD-10 code for {}",
    "tell me about {} on 2026-05-01",
    "how much is paid for {} in 2025",
    "difference between {} and 99213",
)
NAMED = (
    *(
        "E11.42",
        "e1142",
        "E11",
        "I10",
        "J18.9",
        "M17.12",
        "S52.501A",
        "S52.501",
        "Z79.4",
        "T84.7XXA",
        "C50.911",
        "O24.4",
    ),
    *("20701", "99213", "20700", "20705", "99214", "99205", "27447", "70450", "J1885", "G0463", "A0425", "D0120"),
    *("E11.99", "Z99.ZZZ", "X99", "99999", "00000", "0DTJ4ZZ", "U07.1", "12345", "1234F", "0001U", "C50.911"),
    *("modifier 25", "modifier 59", "modifiers XS and XU", "upcoding", "an ABN", "NCCI edits", "MUE", "E/M services"),
    *("type 2 diabetes with neuropathy", "sprained ankle", "high blood pressure", "chest pain", "global surgery"),
    *("the football world cup", "the weather", "<b>E11.42</b>"),
    *(
        "POS 11",
        "denial CO-97",
        "modifier ZZ",
        "a screening colonoscopy",
        "vitamin B12 deficiency",
        "20610 with 99213-25",
    ),
    *("sepsis due to pneumonia", "a broken left wrist", "K35.80 in Texas", "11042 and 97597", "J1885 units per day"),
)


def test_of_five_hundred_questions_no_answer_names_a_code_that_no_edition_has(platform):
    questions = [shape.format(named) for named in NAMED for shape in SHAPES]
    assert len(questions) >= 500
    client = platform.visitor()
    exists: dict[tuple[str, str], bool] = {}

    def known(code: str, as_of: str) -> bool:
        if (code, as_of) not in exists:
            answers = [
                client.get(f"/api/v1/codes/{system}/{code}", params={"as_of": as_of})
                for system in codes_in_text.systems(code)
            ]
            exists[code, as_of] = any(a.status_code == 200 and a.json()["status"] != "no_data" for a in answers)
        return exists[code, as_of]

    with grpc.insecure_channel(platform.run_json()["addresses"]["assistant"]) as channel:
        ask = AssistantServiceStub(channel).Ask
        answered = 0
        for question in questions:
            *_, last = ask(
                pb.AskRequest(owner="guest:five-hundred", question=question), metadata=[platform.token()], timeout=20
            )
            answer = last.answer
            answered += not answer.abstained
            named = [*codes_in_text.strict(answer.markdown), *(code.code for code in answer.codes)]
            invented = [code for code in named if not known(code, answer.as_of)]
            assert not invented, f"{question}: {invented}"
    assert answered > 250


def test_an_api_key_reads_only_what_its_scopes_reach(platform):
    client, _ = platform.member()
    client.post("/api/v1/consults", json={"text": CASE})
    made = client.post("/api/v1/me/api-keys", json={"name": "pages", "scopes": ["code_page"]}).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert httpx.get(f"{platform.base}/api/v1/codes/icd-10-cm/I10", headers=key).status_code == 200
    for path in ("/api/v1/consults", "/api/v1/conversations"):
        assert httpx.get(platform.base + path, headers=key).json()["reason"] == "SCOPE_MISSING"
    assert [one["name"] for one in client.get("/api/v1/me/api-keys").json()["keys"]] == ["pages"]
    assert client.delete(f"/api/v1/me/api-keys/{made['id']}").status_code == 204
    gone = httpx.get(f"{platform.base}/api/v1/codes/icd-10-cm/I10", headers=key)
    assert gone.json()["reason"] == "UNKNOWN_API_KEY"
