import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.credentials.addresses import LONGEST, parse
from services.chassis.errors import AppError

LOCALS = st.from_regex(r"[A-Za-z0-9_+'-]{1,20}(\.[A-Za-z0-9_]{1,10}){0,2}", fullmatch=True)
DOMAINS = st.from_regex(r"[a-z][a-z0-9]{0,20}(\.[a-z][a-z0-9]{0,10}){1,3}", fullmatch=True)


@given(LOCALS, DOMAINS)
def test_case_does_not_make_another_address(local, domain):
    assert parse(f"{local}@{domain}").key == parse(f"{local.upper()}@{domain.upper()}").key


@given(LOCALS, DOMAINS)
def test_an_address_is_written_to_as_it_was_typed(local, domain):
    assert parse(f" {local}@{domain} ").text == f"{local}@{domain}"


@given(st.text(max_size=300))
def test_any_text_is_refused_or_an_address_that_stays_one(text):
    with contextlib.suppress(AppError):
        address = parse(text)
        assert parse(address.text).key == parse(address.key).key == address.key
        assert address.text.isprintable()
        assert len(address.text.encode()) <= LONGEST


@given(LOCALS, DOMAINS, st.characters(categories=["Cc", "Zl", "Zp", "Cf"]), st.integers(0, 60))
def test_a_control_character_anywhere_is_refused(local, domain, control, place):
    text = f"{local}@{domain}"
    place = min(place, len(text))
    with pytest.raises(AppError):
        parse(f"x{text[:place]}{control}{text[place:]}x".replace("@x", "@a"))


@pytest.mark.parametrize(
    "spelling", ["ann@bücher.example", "ann@BÜCHER.example", "ann@xn--bcher-kva.example", "ann@bu\u0308cher.example"]
)
def test_a_domain_in_letters_of_its_own_is_one_domain(spelling):
    assert parse(spelling).key == "ann@xn--bcher-kva.example"


def test_eszett_domains_are_not_their_double_s_neighbours():
    assert parse("ann@faß.example").key != parse("ann@fass.example").key


def test_compatibility_letters_do_not_make_another_address():
    assert parse("\uff41nn@example.org").key == parse("ann@example.org").key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@localhost",
        "ann@example..org",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "ann@exam ple.org",
        "an n@example.org",
        "ann@example.org\nBcc: all@example.org",
        "ann@example.org\r",
        "ann\x00@example.org",
        '"ann"@example.org',
        "ann@[127.0.0.1]",
        "ann@-example.org",
        "Ann <ann@example.org>",
        "ann@b@example.org",
        "a" * 65 + "@example.org",
        "ann@" + "a." * 130 + "org",
        "ann@" + "a" * 64 + ".org",
        "x" * 1_000_000,
    ],
)
def test_what_is_no_address_is_refused_with_its_field(text):
    with pytest.raises(AppError) as refused:
        parse(text)
    assert refused.value.reason == "INVALID_ADDRESS"
    assert refused.value.errors[0].where == "email"
    assert len(refused.value.errors[0].value) <= LONGEST
