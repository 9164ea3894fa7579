"""Accounts in MongoDB, with their sessions and API keys in maps of theirs: one read tells who a token is."""

import time
from collections.abc import Sequence
from typing import Final

from pymongo.errors import DuplicateKeyError

from services.accounts.domain import (
    Account,
    ApiKey,
    EmailChange,
    NewPassword,
    Session,
    Shown,
)
from services.accounts.facts import Told
from services.accounts.store.documents import (
    account_document,
    account_of,
    change_entry,
    key_entry,
    session_entry,
)
from services.accounts.store.sweeping import SWEPT_AT_ONCE
from services.accounts.store.writing import Encode, Hand, moved
from services.chassis.outbox import Database, Document, reachable, telling, told

ACCOUNTS: Final = "accounts"
KNOWN: Final = 20_000  # accounts kept in mind
KNOWN_FOR: Final = 1.0  # seconds
ORDERS: Final = 20  # that set a plan are remembered


class AccountStore:
    """Accounts. A write to one that is not there, or was erased, does nothing."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._accounts = database[ACCOUNTS]
        self._encode = encode
        self._hand = hand
        self._known: dict[str, tuple[float, Account]] = {}  # until when, and what
        self._written = 0

    async def prepare(self) -> None:
        """Creates the index that keeps an address unique, and those that find what is due and what is listed."""
        with reachable():
            await self._accounts.create_index("address_key", unique=True)
            for field in ("erase_at", "forget_at", "registered_at"):
                await self._accounts.create_index(field)

    async def find(self, account_id: str) -> Account | None:
        """An account by id."""
        with reachable():
            document = await self._accounts.find_one({"_id": account_id})
        return account_of(document) if document else None

    async def known(self, account_id: str) -> Account | None:
        """An account by id, as it was at most a second ago: who a credential is, is asked at every request.

        Our own writes are seen at once; a session ended by another replica lives on for that second.
        """
        kept = self._known.get(account_id)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        written = self._written
        account = await self.find(account_id)
        if account and written == self._written:  # else it may have been read before a write that is done by now
            if len(self._known) >= KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[account_id] = (time.monotonic() + KNOWN_FOR, account)
        return account

    async def find_by_key(self, address_key: str) -> Account | None:
        """An account by the key of its address."""
        with reachable():
            document = await self._accounts.find_one({"address_key": address_key})
        return account_of(document) if document else None

    async def newest(self, wanted: dict[str, str], limit: int) -> list[Account]:
        """Accounts of a role or plan, the newest first."""
        with reachable():
            found = await self._accounts.find(wanted).sort("registered_at", -1).limit(limit).to_list(limit)
        return [account for document in found if (account := account_of(document))]

    async def due(self, now: int, limit: int) -> list[Account]:
        """Accounts whose time to be erased has come."""
        with reachable():
            found = await self._accounts.find({"erase_at": {"$gt": 0, "$lt": now}}).limit(limit).to_list(limit)
        return [account for document in found if (account := account_of(document))]

    async def add(self, account: Account, said: Sequence[Told]) -> bool:
        """Writes a new account; False where its address is taken."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self._accounts.insert_one({**account_document(account), **told(facts)})
        except DuplicateKeyError:
            return False
        self._hand(ACCOUNTS, account.id, facts)
        return True

    async def verify(self, account: Account, at: int, said: Sequence[Told]) -> bool:
        """Marks the address verified; False where it is already, or has changed."""
        guard = {"_id": account.id, "address_key": account.address_key, "verified": 0}
        return await self._update(guard, {"$set": {"verified": 1, "verified_at": at}}, said)

    async def ask_verification(self, account_id: str, until: int, said: Sequence[Told]) -> None:
        """Lets the link that verifies the address hold until then."""
        await self._update({"_id": account_id}, {"$set": {"verify_until": until}}, said)

    async def ask_email_change(self, account_id: str, change: EmailChange, said: Sequence[Told]) -> None:
        """Keeps the address that is to be."""
        await self._update({"_id": account_id}, {"$set": {"change": change_entry(change)}}, said)

    async def change_email(self, account: Account, at: int, said: Sequence[Told]) -> bool:
        """Puts the new address in the old one's place; False where it is taken, or another was named since."""
        change = account.change
        if change is None or await self.find_by_key(change.address_key):
            return False
        new = {"email": change.email, "address_key": change.address_key, "verified": 1, "verified_at": at, "change": {}}
        guard = {"_id": account.id, "change.nonce": change.nonce}
        try:
            return await self._update(guard, {"$set": new}, said)
        except DuplicateKeyError:  # taken since the look: the index decides
            return False

    async def ask_reset(self, account_id: str, nonce: str, until: int, said: Sequence[Told]) -> None:
        """Keeps what the link that resets the password is computed from."""
        await self._update({"_id": account_id}, {"$set": {"reset_nonce": nonce, "reset_until": until}}, said)

    async def set_password(self, account: Account, new: NewPassword, said: Sequence[Told]) -> bool:
        """Sets it, with the sessions that remain; False where it was set or a link was asked for since."""
        guard = {"_id": account.id, "password_hash": account.password_hash}
        if account.reset_nonce:
            guard["reset_nonce"] = account.reset_nonce
        changed: Document = {
            "password_hash": new.password_hash,
            "sessions": {digest: session_entry(session) for digest, session in new.sessions.items()},
            "reset_nonce": "",
            "verified": int(new.verified),
        }
        if not new.keeps_keys:
            changed["api_keys"] = {}
        return await self._update(guard, {"$set": changed}, said)

    async def set_role(self, account: Account, role: str) -> None:
        """Gives a role, and marks the sessions that were opened under another, to be renewed."""
        await self._update(
            {"_id": account.id}, {"$set": {"role": role, "renewing": dict.fromkeys(account.sessions, 1)}}
        )

    async def renew_session(self, account_id: str, old: tuple[str, Session], new: tuple[str, Session]) -> bool:
        """Keeps a session under a new digest, what is left of it under the old; False where it was renewed before."""
        (before, ending), (after, session) = old, new
        update: Document = {
            "$set": {f"sessions.{after}": session_entry(session), f"sessions.{before}": session_entry(ending)},
            "$unset": {f"renewing.{before}": ""},
        }
        return await self._update({"_id": account_id, f"renewing.{before}": 1}, update)

    async def set_plan(self, account: Account, plan: str, order: str, said: Sequence[Told]) -> bool:
        """Gives a plan; False where the order was carried out before."""
        update = moved("orders", order, {"plan": plan}, account.orders[: max(0, len(account.orders) + 1 - ORDERS)])
        update["$set"]["plan"] = plan
        return await self._update({"_id": account.id, f"orders.{order}": None}, update, said)

    async def set_locked(self, account_id: str, *, locked: bool) -> None:
        """Locks an account and ends its sessions and keys, or lifts that."""
        ended: Document = {"sessions": {}, "api_keys": {}} if locked else {}
        await self._update({"_id": account_id}, {"$set": {"locked": int(locked), **ended}})

    async def open_session(self, account_id: str, digest: str, session: Session, ended: Sequence[str]) -> None:
        """Keeps a session, ends those under the digests `ended`, and keeps an account that was being closed."""
        update = moved("sessions", digest, session_entry(session), ended)
        update["$set"]["erase_at"] = 0
        await self._update({"_id": account_id}, update)

    async def end_sessions(self, account_id: str, digests: Sequence[str]) -> None:
        """Ends sessions; one that is gone is no error."""
        if digests:
            await self._update({"_id": account_id}, {"$unset": {f"sessions.{digest}": "" for digest in digests}})

    async def add_api_key(self, account_id: str, digest: str, key: ApiKey) -> None:
        """Keeps an API key."""
        await self._update({"_id": account_id}, {"$set": {f"api_keys.{digest}": key_entry(key)}})

    async def remove_api_key(self, account_id: str, digest: str) -> None:
        """Forgets an API key; one that is gone is no error."""
        await self._update({"_id": account_id}, {"$unset": {f"api_keys.{digest}": ""}})

    async def saw(self, shown: Shown, at: int) -> None:
        """Notes when a session or key was used, where it is still as it was shown: what ended meanwhile stays so."""
        entry = shown.entry
        where, field, before = (
            ("sessions", "seen_at", entry.seen_at)
            if isinstance(entry, Session)
            else ("api_keys", "used_at", entry.used_at)
        )
        kept = session_entry(entry) if isinstance(entry, Session) else key_entry(entry)
        place = f"{where}.{shown.digest}"
        guard = {"_id": shown.account_id, f"{place}.{field}": before}
        await self._update(guard, {"$set": {place: {**kept, field: at}}})

    async def close(self, account_id: str, erase_at: int, said: Sequence[Told]) -> None:
        """Ends the sessions; the account is due then."""
        await self._update({"_id": account_id}, {"$set": {"erase_at": erase_at, "sessions": {}}}, said)

    async def erase(self, account: Account, at: int, forget_at: int, said: Sequence[Told]) -> bool:
        """Leaves nothing but the id and the day; False where the account is no longer due, or has facts to tell."""
        bare = {"address_key": f"erased:{account.id}", "erased_at": at, "forget_at": forget_at}
        personal = [name for name in (*account_document(account), "verified_at") if name not in {"_id", *bare}]
        guard = {"_id": account.id, "erase_at": account.erase_at, "pending": 0}
        return await self._update(guard, {"$set": bare, "$unset": dict.fromkeys(personal, "")}, said)

    async def sweep(self, now: int) -> int:
        """Forgets some of the ids of accounts that were erased long ago; answers how many."""
        with reachable():
            found = self._accounts.find({"forget_at": {"$gt": 0, "$lt": now}}).limit(SWEPT_AT_ONCE)
            bare = await found.to_list(SWEPT_AT_ONCE)
            deleted = [await self._accounts.delete_one({"_id": d["_id"], "pending": 0}) for d in bare]
        return sum(result.deleted_count for result in deleted)

    async def _update(self, guard: Document, update: Document, said: Sequence[Told] = ()) -> bool:
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                result = await self._accounts.update_one({**guard, "erased_at": None}, telling(update, facts))
        finally:
            self._written += 1
            self._known.pop(guard["_id"], None)
        if result.matched_count:
            self._hand(ACCOUNTS, guard["_id"], facts)
        return result.matched_count > 0
