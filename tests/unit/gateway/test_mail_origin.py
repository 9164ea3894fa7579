"""Whether a From address is proven, and how letters prove theirs."""

import base64
import shutil
import subprocess

import dkim
import pytest

from services.chassis.errors import AppError
from services.gateway.mail.origin import Origin
from services.gateway.mail.signing import Signer

RELAY, STRANGER, HERE = "192.0.2.10", "203.0.113.9", "127.0.0.1"
ORIGIN = Origin.of("192.0.2.0/24, 2001:db8::/32", "mx.example.org")
PASS = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org"


def mail(*headers: str) -> bytes:
    return "\r\n".join((*headers, "From: ann@example.org", "", "Gout.")).encode()


@pytest.mark.parametrize(
    "headers",
    [
        (PASS,),
        ("Authentication-Results: MX.example.org (checked) 1; spf=pass; DMARC=Pass (p=none) header.from=Example.ORG",),
        (PASS, "Authentication-Results: mx.example.org; dmarc=fail header.from=example.org"),
        ("Authentication-Results: other.example; dmarc=fail header.from=example.org", PASS),
    ],
)
def test_a_relays_pass_proves_the_address(headers):
    ORIGIN.check(RELAY, "ann@example.org", mail(*headers))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Authentication-Results: mx.example.org; spf=pass; dkim=pass header.d=example.org",),
        ("Authentication-Results: mx.example.org; dmarc=fail header.from=example.org",),
        ("Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example",),
        ("Authentication-Results: mx.example.org; dmarc=pass header.from=sub.example.org.evil.example",),
        ("Authentication-Results: mx.example.org; dmarc=pass",),
        ("Authentication-Results: evil.example; dmarc=pass header.from=example.org",),
        ("Authentication-Results: mx.example.org; dmarc=fail header.from=example.org", PASS),
        ("Authentication-Results: mx.example.org; x=y (dmarc=pass header.from=example.org)",),
        ("Authentication-Results: evil; mx.example.org; dmarc=pass header.from=example.org",),
    ],
)
def test_anything_else_proves_nothing(headers):
    with pytest.raises(AppError, match="UNPROVEN_SENDER"):
        ORIGIN.check(RELAY, "ann@example.org", mail(*headers))


def test_a_strangers_header_counts_nothing():
    with pytest.raises(AppError, match="UNPROVEN_SENDER"):
        ORIGIN.check(STRANGER, "ann@example.org", mail(PASS))
    with pytest.raises(AppError, match="UNPROVEN_SENDER"):
        Origin().check(STRANGER, "ann@example.org", mail(PASS))


def test_this_machine_needs_none_unless_it_is_the_relay():
    ORIGIN.check(HERE, "ann@example.org", mail())
    local = Origin.of("127.0.0.0/8", "mx.example.org")
    local.check(HERE, "ann@example.org", mail(PASS))
    with pytest.raises(AppError, match="UNPROVEN_SENDER"):
        local.check(HERE, "ann@example.org", mail())


@pytest.mark.parametrize(("relays", "name"), [("192.0.2.0/24", ""), ("nowhere", "mx")])
def test_settings_that_cannot_be_are_refused(relays, name):
    with pytest.raises(ValueError, match=r"AUTHSERV|nowhere"):
        Origin.of(relays, name)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which makes the key, is not at hand")
def test_a_signed_letter_verifies(tmp_path):
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True)
    told = ["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"]
    public = subprocess.run(told, check=True, capture_output=True).stdout
    signer = Signer.of(path, "s1", "example.org")
    assert signer is not None
    message = signer.signed(b"From: Coding Ahead <no-reply@example.org>\r\nSubject: Re: A case\r\n\r\nGout.\r\n")
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(message, dnsfunc=lambda *_args, **_named: record)
    assert not dkim.verify(message.replace(b"Gout", b"Flu"), dnsfunc=lambda *_args, **_named: record)


def test_no_key_signs_nothing_and_a_bad_one_is_refused(tmp_path):
    assert Signer.of(None, "", "example.org") is None
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(ValueError, match="SELECTOR"):
        Signer.of(tmp_path / "key.pem", "", "example.org")
    with pytest.raises(ValueError, match=r"key\.pem"):
        Signer.of(tmp_path / "key.pem", "s1", "example.org")
