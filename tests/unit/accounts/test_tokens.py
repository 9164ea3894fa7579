import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.credentials import guests, tokens
from services.accounts.credentials.signing import mac
from services.accounts.domain import Account
from services.chassis.errors import AppError, Kind

SECRET = "s"
ANN = Account(tokens.new_id(), "a@b.org", "a@b.org", "", "", 1, verify_nonce="n", verify_until=99)
PURPOSE = tokens.verifying(ANN)


def test_a_cookie_says_the_guest_it_was_issued_to():
    guest, cookie = guests.issue(SECRET)
    assert guests.read(SECRET, cookie) == guest


def test_guests_are_not_alike():
    assert guests.issue(SECRET)[0] != guests.issue(SECRET)[0]


@given(st.data())
def test_a_cookie_with_any_letter_changed_is_forged(data):
    _, cookie = guests.issue(SECRET)
    place = data.draw(st.integers(0, len(cookie) - 1))
    other = data.draw(st.characters().filter(lambda c: c != cookie[place]))
    with pytest.raises(AppError) as refused:
        guests.read(SECRET, cookie[:place] + other + cookie[place + 1 :])
    assert (refused.value.kind, refused.value.reason) == (Kind.UNAUTHENTICATED, "FORGED_COOKIE")


@given(st.text(max_size=200))
def test_any_text_is_a_forged_cookie(text):
    with pytest.raises(AppError):
        guests.read(SECRET, text)


def test_another_secret_does_not_make_a_cookie():
    with pytest.raises(AppError):
        guests.read(SECRET, guests.issue("another")[1])


def test_one_purpose_does_not_sign_for_another():
    assert len({mac(SECRET, "guest", "x"), mac(SECRET, "verify-email", "x"), mac("t", "guest", "x")}) == 3


@pytest.mark.parametrize("sort", [tokens.SESSION, tokens.API_KEY])
def test_a_token_names_its_account_and_its_sort(sort):
    token = tokens.issue(sort, ANN.id)
    other = tokens.API_KEY if sort == tokens.SESSION else tokens.SESSION
    assert tokens.account_of(sort, token) == ANN.id
    assert tokens.account_of(other, token) is None


@given(st.text(max_size=120))
def test_any_text_names_no_account(text):
    assert tokens.account_of(tokens.SESSION, text) is None


def test_a_digest_is_a_plain_map_key_and_tells_nothing():
    token = tokens.issue(tokens.SESSION, ANN.id)
    assert tokens.digest(token).isalnum()
    assert token[-20:] not in tokens.digest(token)


def test_a_link_is_the_same_every_time_and_proves_its_account():
    token = tokens.link(SECRET, ANN.id, PURPOSE)
    assert token == tokens.link(SECRET, ANN.id, PURPOSE)
    assert tokens.read_link(token).proves(SECRET, PURPOSE)


def test_a_link_of_one_purpose_is_none_of_another():
    token = tokens.link(SECRET, ANN.id, PURPOSE)
    for other in ("change-email", "reset-password"):
        assert not tokens.read_link(token).proves(SECRET, replace(PURPOSE, name=other))
    assert not tokens.read_link(token).proves(SECRET, None)


@given(st.data())
def test_a_link_with_any_letter_changed_proves_nothing(data):
    token = tokens.link(SECRET, ANN.id, PURPOSE)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[place]))
    with contextlib.suppress(AppError):
        link = tokens.read_link(token[:place] + other + token[place + 1 :])
        assert link.account_id != ANN.id or not link.proves(SECRET, PURPOSE)
