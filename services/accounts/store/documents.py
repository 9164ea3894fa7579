"""An account as its document, and back. What older documents lack has the value it would have had."""

from collections.abc import Mapping
from typing import Any

from services.accounts.domain import Account, ApiKey, EmailChange, Session
from services.chassis.outbox import Document


def account_document(account: Account) -> Document:
    """A new account's."""
    return {
        "_id": account.id,
        "address_key": account.address_key,
        "email": account.email,
        "name": account.name,
        "password_hash": account.password_hash,
        "registered_at": account.registered_at,
        "verify_nonce": account.verify_nonce,
        "verify_until": account.verify_until,
        "verified": int(account.verified),
        "role": account.role,
        "plan": account.plan,
        "reset_nonce": account.reset_nonce,
        "reset_until": account.reset_until,
        "change": change_entry(account.change) if account.change else {},
        "locked": int(account.locked),
        "erase_at": account.erase_at,
        "renewing": dict.fromkeys(account.renewing, 1),
        "orders": {order: {"plan": account.plan} for order in account.orders},
        "sessions": {digest: session_entry(one) for digest, one in account.sessions.items()},
        "api_keys": {digest: key_entry(key) for digest, key in account.api_keys.items()},
    }


def account_of(document: Mapping[str, Any]) -> Account | None:
    """The account; None of one that was erased."""
    if document.get("erased_at"):
        return None
    change = document.get("change")
    return Account(
        id=document["_id"],
        address_key=document["address_key"],
        email=document["email"],
        name=document["name"],
        password_hash=document["password_hash"],
        registered_at=int(document["registered_at"]),
        verify_nonce=document["verify_nonce"],
        verify_until=int(document["verify_until"]),
        verified=document["verified"] == 1,
        role=document["role"],
        plan=document["plan"],
        reset_nonce=document.get("reset_nonce", ""),
        reset_until=int(document.get("reset_until", 0)),
        change=EmailChange(**{**change, "until": int(change["until"])}) if change else None,
        locked=document.get("locked", 0) == 1,
        erase_at=int(document.get("erase_at", 0)),
        orders=tuple(document.get("orders", {})),
        sessions={digest: _session(one) for digest, one in document["sessions"].items()},
        api_keys={digest: _api_key(key) for digest, key in document["api_keys"].items()},
        renewing=frozenset(document.get("renewing", ())),
    )


def session_entry(session: Session) -> Document:
    """A session as its account keeps it."""
    return {
        "opened_at": session.opened_at,
        "expires_at": session.expires_at,
        "seen_at": session.seen_at,
        "device": session.device,
        "stays": int(session.stays),
    }


def key_entry(key: ApiKey) -> Document:
    """An API key as its account keeps it."""
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "used_at": key.used_at,
    }


def change_entry(change: EmailChange) -> Document:
    """An address that is to be."""
    return {
        "email": change.email,
        "address_key": change.address_key,
        "nonce": change.nonce,
        "until": change.until,
    }


def _session(entry: Mapping[str, Any]) -> Session:
    return Session(
        int(entry["opened_at"]),
        int(entry["expires_at"]),
        int(entry.get("seen_at", 0)),
        entry.get("device", ""),
        stays=entry.get("stays", 1) == 1,
    )


def _api_key(entry: Mapping[str, Any]) -> ApiKey:
    used_at = int(entry.get("used_at", 0))
    return ApiKey(entry["id"], entry["name"], tuple(entry["scopes"]), int(entry["created_at"]), used_at)
