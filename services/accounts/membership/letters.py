"""What letters need: to whom, and the link, computed at sending time and the same at every redelivery."""

from collections.abc import Callable, Mapping
from typing import Final

from services.accounts.credentials import tokens
from services.accounts.credentials.tokens import Purpose
from services.accounts.domain import Account, LetterFacts

type Of = Callable[[Account], Purpose | None]


def _verifying(account: Account) -> Purpose | None:
    return None if account.verified else tokens.verifying(account)


def _none(_: Account) -> Purpose | None:
    return None


PURPOSES: Final[Mapping[str, tuple[str, Of]]] = {
    "welcome": ("/verify?token={}", _verifying),
    "verification": ("/verify?token={}", _verifying),
    "email_change": ("/verify?token={}", tokens.changing),
    "reset": ("/reset?token={}", tokens.resetting),
    "notice": ("", _none),
    "consult": ("", _none),
    "opening": ("", _none),
    "application": ("", _none),
    "lists": ("", _none),
}


def letter_facts(secret: str, account: Account, purpose: str) -> LetterFacts:
    """Of an account's letter; one about another address goes there."""
    path, of = PURPOSES[purpose]
    proof = of(account)
    link = path.format(tokens.link(secret, account.id, proof)) if proof else ""
    elsewhere = account.change if purpose == "email_change" else None
    return LetterFacts(elsewhere.email if elsewhere else account.email, account.name, link, account.verified)
