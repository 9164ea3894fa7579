import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.accounts.credentials import password_rules
from services.accounts.credentials.addresses import parse
from services.accounts.credentials.password_rules import check, is_common
from services.accounts.credentials.passwords import AT_ONCE, CHEAP, SECOND_PROFILE, Passwords, hashing
from services.chassis.errors import AppError

COMMON = Path(password_rules.__file__).with_name("common_passwords.txt")
ANN = parse("ann.lee@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password123!",
        "P@ssw0rd2024",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "asdfghjkl;",
        "aaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghij",
        "iloveyou12",
        "letmein123",
        "Welcome2024!",
        "Summer2025!!",
        "administrator1",
        "trustno1trustno1",
        "codingahead1",
        "terminator",
        "Terminator1!",
        "q1w2e3r4t5",
        "leavemealone",
        "W4termelon2026",
        "1q2w3e4r5t6y",
        "medicalcoder",
        "5551234567",
        "ＰＡＳＳＷＯＲＤ１２３",  # noqa: RUF001 -- full width is the point
    ],
)
def test_a_common_password_is_refused(password):
    with pytest.raises(AppError) as refused:
        check(password, ANN)
    assert refused.value.reason == "WEAK_PASSWORD"
    assert password not in f"{refused.value} {refused.value.errors}"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple 9",
        "xK9$mQ2pLr",
        "tumble-grape-44-vox",
        "a quiet river bends",
        "Грозный берег 7",  # noqa: RUF001 -- Cyrillic is the point
        "x" + "🌊 olive boat" * 19,
    ],
)
def test_a_password_of_ones_own_is_taken(password):
    check(password, ANN)


@pytest.mark.parametrize(
    "password",
    ["ann.lee@example.org", "ANN.LEE@EXAMPLE.ORG", "annleeexampleorg", "Example.Org!", "ann-lee-example-org"],
)
def test_the_address_is_no_password(password):
    with pytest.raises(AppError):
        check(password, ANN)


@given(st.text(max_size=9) | st.text(min_size=257, max_size=400))
@settings(deadline=None)
def test_too_short_and_too_long_are_refused(password):
    with pytest.raises(AppError):
        check(password, ANN)


@given(st.text(min_size=1, max_size=256))
@settings(deadline=None)
def test_any_text_is_judged(password):
    assert is_common(password) in {True, False}


@given(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.integers(5, 40))
@settings(deadline=None)
def test_a_repetition_is_common_however_long(unit, times):
    assert is_common(unit * times)


async def test_a_password_is_its_own_and_no_other_is():
    with hashing(CHEAP) as passwords:
        kept = await passwords.hash("correct horse")
        assert await passwords.verify(kept, "correct horse")
        assert not await passwords.verify(kept, "correct  horse")


async def test_accents_typed_in_two_ways_are_one_password():
    with hashing(CHEAP) as passwords:
        assert await passwords.verify(await passwords.hash("caf\u00e9 at noon"), "cafe\u0301 at noon")


async def test_with_nothing_kept_every_password_is_wrong():
    with hashing(CHEAP) as passwords:
        assert not await passwords.verify(None, "anything at all")


async def test_a_password_is_kept_as_argon2id_of_the_second_recommended_profile():
    with hashing() as passwords:
        kept = await passwords.hash("correct horse battery")
    assert argon2.extract_parameters(kept) == SECOND_PROFILE
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_two_hashes_run_at_once_and_the_rest_queue():
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(AT_ONCE, timeout=10)

    class Watched(Passwords):
        def _verify(self, kept, password):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            both.wait()
            with lock:
                running -= 1
            return False

    with ThreadPoolExecutor(AT_ONCE) as pool:
        await asyncio.gather(*(Watched(CHEAP, pool).verify(None, "x") for _ in range(AT_ONCE * 3)))
    assert most == AT_ONCE


def test_the_breached_list_has_some_thousand_entries_and_no_readable_one():
    entries = COMMON.read_text().split()
    assert 5_000 < len(entries) == len(set(entries))
    assert all(re.fullmatch("[0-9a-f]{10}", entry) for entry in entries)
