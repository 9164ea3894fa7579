"""Mails as they come: plain, HTML, odd charsets, machines, and the real and broken ones at hand."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import AppError
from services.gateway.mail.bodies import html_text
from services.gateway.mail.reading import read_mail

MAILS = Path(__file__).parents[4] / "shared" / "data" / "mail" / "mails.zip"
PLAIN = b"From: A Coder <Coder@Example.org>\r\nSubject: A case\r\nMessage-ID: <1@example.org>\r\n"


def test_a_plain_mail_is_read():
    mail = read_mail(PLAIN + b"\r\nType 2 diabetes.\r\n")
    assert (mail.sender, mail.subject, mail.message_id) == ("coder@example.org", "A case", "<1@example.org>")
    assert mail.text == "Type 2 diabetes."
    assert not mail.automatic


def test_an_html_mail_gives_its_words_a_line_a_block():
    raw = (
        PLAIN
        + b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>Type 2<br>diabetes &amp; pain</p><script>x()</script>"
    )
    assert read_mail(raw).text == "Type 2\ndiabetes & pain"


def test_references_end_with_the_mail_itself():
    raw = PLAIN + b"References: <a@x> <b@x>\r\n\r\nhello"
    assert read_mail(raw).references == ("<a@x>", "<b@x>", "<1@example.org>")


def test_a_mail_without_message_id_gets_one_that_a_repeat_shares():
    raw = b"From: a@example.org\r\n\r\nthe same"
    assert read_mail(raw).message_id == read_mail(raw).message_id != read_mail(raw + b"x").message_id


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <l.example.org>",
        "X-Autoreply: yes",
        "Content-Type: multipart/report; boundary=b",
    ],
)
def test_a_machines_mail_is_known_by(header):
    assert read_mail(PLAIN + header.encode() + b"\r\n\r\nI am away").automatic


def test_a_mailer_daemon_is_a_machine():
    assert read_mail(b"From: MAILER-DAEMON@example.org\r\n\r\nundeliverable").automatic


@pytest.mark.parametrize("authors", [b"", b"From: a@x.org, b@x.org\r\n", b"From: nobody\r\n"])
def test_a_mail_needs_one_author(authors):
    with pytest.raises(AppError, match="NO_AUTHOR"):
        read_mail(authors + b"Subject: x\r\n\r\nhello")


def test_an_unknown_charset_is_read_as_windows_1252():
    raw = PLAIN + b"Content-Type: text/plain; charset=nowhere\r\n\r\nna\xefve"
    assert read_mail(raw).text == "naïve"


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw):
    try:
        mail = read_mail(raw)
    except AppError:
        return
    assert mail.message_id


@given(st.text(max_size=200))
def test_any_html_gives_text(html):
    assert isinstance(html_text(html), str)


def test_every_real_mail_is_read_or_refused():
    if not MAILS.exists():
        pytest.skip("the real mails are not at hand: ../shared/data/mail/mails.zip")
    with zipfile.ZipFile(MAILS) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/")]
        assert len(names) > 100
        for name in names:
            try:
                mail = read_mail(archive.read(name))
            except AppError as refusal:
                assert refusal.reason in {"NO_AUTHOR", "UNREADABLE_MAIL"}, name  # noqa: PT017 -- a bug would be another error
            else:
                assert mail.message_id, name
