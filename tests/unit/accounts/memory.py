"""Accounts' stores in memory: whole seams that pass the same suite as the real ones (tests/contract).

`pause` is awaited before and after every operation, so that a test can put others between them; what is told is
kept in `told`, in order.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from services.accounts.domain import Account, ApiKey, Attempts, EmailChange, NewPassword, Session, Shown, SignIn
from services.accounts.facts import PlansPublished, Told
from services.accounts.quota.tallies import Charge, Tally

type Pause = Callable[[], Awaitable[None]]


async def at_once() -> None:
    return


class MemoryAccountStore:
    def __init__(self, pause: Pause = at_once) -> None:
        self.accounts: dict[str, Account] = {}
        self.told: list[Told] = []
        self._pause = pause

    async def known(self, account_id: str) -> Account | None:
        return await self.find(account_id)

    async def find(self, account_id: str) -> Account | None:
        await self._pause()
        return self.accounts.get(account_id)

    async def find_by_key(self, address_key: str) -> Account | None:
        await self._pause()
        return next((a for a in self.accounts.values() if a.address_key == address_key), None)

    async def add(self, account: Account, told: Sequence[Told]) -> bool:
        await self._pause()
        if any(a.address_key == account.address_key or a.id == account.id for a in self.accounts.values()):
            return False
        self.accounts[account.id] = account
        self.told += told
        return True

    async def verify(self, account: Account, at: int, told: Sequence[Told]) -> bool:
        await self._pause()
        now = self.accounts.get(account.id)
        if now is None or now.verified or now.address_key != account.address_key:
            return False
        self.accounts[account.id] = replace(now, verified=True)
        self.told += told
        return True

    async def set_role(self, account: Account, role: str) -> None:
        self._change(account.id, lambda now: replace(now, role=role, renewing=frozenset(account.sessions)))

    async def renew_session(self, account_id: str, old: tuple[str, Session], new: tuple[str, Session]) -> bool:
        await self._pause()
        if account_id not in self.accounts or old[0] not in self.accounts[account_id].renewing:
            return False
        self._change(
            account_id,
            lambda now: replace(now, sessions={**now.sessions, **dict((old, new))}, renewing=now.renewing - {old[0]}),
        )
        return True

    async def newest(self, wanted: dict[str, str], limit: int) -> list[Account]:
        found = [a for a in self.accounts.values() if all(getattr(a, k) == v for k, v in wanted.items())]
        return sorted(found, key=lambda a: -a.registered_at)[:limit]

    async def due(self, now: int, limit: int) -> list[Account]:
        return [a for a in self.accounts.values() if 0 < a.erase_at < now][:limit]

    async def ask_verification(self, account_id: str, until: int, told: Sequence[Told]) -> None:
        self._change(account_id, lambda account: replace(account, verify_until=until), told)

    async def ask_email_change(self, account_id: str, change: EmailChange, told: Sequence[Told]) -> None:
        self._change(account_id, lambda account: replace(account, change=change), told)

    async def change_email(self, account: Account, at: int, told: Sequence[Told]) -> bool:
        now, change = self.accounts.get(account.id), account.change
        if now is None or change is None or now.change is None or now.change.nonce != change.nonce:
            return False
        if any(a.address_key == change.address_key and a.id != account.id for a in self.accounts.values()):
            return False
        new = {"email": change.email, "address_key": change.address_key, "verified": True, "change": None}
        self._change(account.id, lambda account: replace(account, **new), told)
        return True

    async def ask_reset(self, account_id: str, nonce: str, until: int, told: Sequence[Told]) -> None:
        self._change(account_id, lambda account: replace(account, reset_nonce=nonce, reset_until=until), told)

    async def set_password(self, account: Account, new: NewPassword, told: Sequence[Told]) -> bool:
        await self._pause()
        now = self.accounts.get(account.id)
        if now is None or now.password_hash != account.password_hash:
            return False
        if account.reset_nonce and now.reset_nonce != account.reset_nonce:
            return False
        changed = {"password_hash": new.password_hash, "sessions": new.sessions, "reset_nonce": ""}
        keys = now.api_keys if new.keeps_keys else {}
        self._change(
            account.id, lambda account: replace(account, **changed, verified=new.verified, api_keys=keys), told
        )
        return True

    async def set_plan(self, account: Account, plan: str, order: str, told: Sequence[Told]) -> bool:
        if account.id not in self.accounts or order in self.accounts[account.id].orders:
            return False
        self._change(account.id, lambda now: replace(now, plan=plan, orders=(*now.orders, order)[-20:]), told)
        return True

    async def set_locked(self, account_id: str, *, locked: bool) -> None:
        ended = {"sessions": {}, "api_keys": {}} if locked else {}
        self._change(account_id, lambda account: replace(account, locked=locked, **ended))

    async def saw(self, shown: Shown, at: int) -> None:
        account = self.accounts.get(shown.account_id)
        where, seen = ("sessions", "seen_at") if isinstance(shown.entry, Session) else ("api_keys", "used_at")
        if account and getattr(account, where).get(shown.digest) == shown.entry:
            entries = {**getattr(account, where), shown.digest: replace(shown.entry, **{seen: at})}
            self._change(account.id, lambda account: replace(account, **{where: entries}))

    async def close(self, account_id: str, erase_at: int, told: Sequence[Told]) -> None:
        self._change(account_id, lambda account: replace(account, erase_at=erase_at, sessions={}), told)

    async def erase(self, account: Account, at: int, forget_at: int, told: Sequence[Told]) -> bool:
        if getattr(self.accounts.get(account.id), "erase_at", 0) != account.erase_at:
            return False
        del self.accounts[account.id]
        self.told += told
        return True

    async def sweep(self, now: int) -> int:
        return 0

    async def open_session(self, account_id: str, digest: str, session: Session, ended: Sequence[str]) -> None:
        def opened(account: Account) -> Account:
            kept = {d: s for d, s in account.sessions.items() if d not in ended}
            return replace(account, sessions={**kept, digest: session}, erase_at=0)

        self._change(account_id, opened)

    async def end_sessions(self, account_id: str, digests: Sequence[str]) -> None:
        def ended(account: Account) -> Account:
            return replace(account, sessions={d: s for d, s in account.sessions.items() if d not in digests})

        self._change(account_id, ended)

    async def add_api_key(self, account_id: str, digest: str, key: ApiKey) -> None:
        self._change(account_id, lambda a: replace(a, api_keys={**a.api_keys, digest: key}))

    async def remove_api_key(self, account_id: str, digest: str) -> None:
        self._change(account_id, lambda a: replace(a, api_keys={d: k for d, k in a.api_keys.items() if d != digest}))

    def _change(self, account_id: str, change: Callable[[Account], Account], told: Sequence[Told] = ()) -> None:
        if account_id in self.accounts:
            self.accounts[account_id] = change(self.accounts[account_id])
            self.told += told


class MemoryQuotaStore:
    def __init__(self, pause: Pause = at_once) -> None:
        self.tallies: dict[str, Tally] = {}
        self.expiries: dict[str, int] = {}
        self.told: list[Told] = []
        self.writes = 0
        self._pause = pause

    async def find(self, tally_id: str) -> Tally | None:
        await self._pause()
        found = self.tallies.get(tally_id)
        await self._pause()
        return found

    async def find_all(self, tally_ids: Sequence[str]) -> dict[str, Tally]:
        await self._pause()
        return {i: self.tallies[i] for i in tally_ids if i in self.tallies}

    async def begin(self, tally: Tally, expires_at: int, told: Sequence[Told] = ()) -> bool:
        await self._pause()
        if tally.id in self.tallies:
            return False
        self._write(tally, told)
        self.expiries[tally.id] = expires_at
        await self._pause()
        return True

    async def charge(self, charge: Charge) -> bool:
        await self._pause()
        tally = self.tallies.get(charge.tally_id)
        if tally is None or charge.k in tally.seen:
            return False
        if not (tally.used == charge.limit - 1 if charge.last else tally.used < charge.limit - 1):
            return False
        seen = {k: opened for k, opened in tally.seen.items() if k not in charge.forgotten}
        self._write(replace(tally, used=tally.used + 1, seen={**seen, charge.k: charge.opened}), charge.told)
        await self._pause()
        return True

    async def claim(self, tally_id: str, by: str) -> bool:
        await self._pause()
        tally = self.tallies.get(tally_id)
        if tally is None or tally.carried_to:
            return False
        self._write(replace(tally, carried_to=by), ())
        return True

    async def delete(self, tally_id: str) -> None:
        self.tallies.pop(tally_id, None)
        self.expiries.pop(tally_id, None)

    async def sweep(self, now: int) -> int:
        expired = [tally_id for tally_id, at in self.expiries.items() if 0 < at < now]
        for tally_id in expired:
            del self.tallies[tally_id], self.expiries[tally_id]
        return len(expired)

    def _write(self, tally: Tally, told: Sequence[Told]) -> None:
        self.tallies[tally.id] = tally
        self.told += told
        self.writes += 1


class MemoryAttemptStore:
    def __init__(self) -> None:
        self.attempts: dict[str, Attempts] = {}
        self.expiries: dict[str, int] = {}

    async def find(self, attempts_id: str) -> Attempts:
        return self.attempts.get(attempts_id, Attempts())

    async def note(self, attempts_id: str, at: int, expires_at: int) -> None:
        tried = self.attempts.get(attempts_id, Attempts()).tried
        self.attempts[attempts_id] = Attempts(tried + 1, at)
        self.expiries.setdefault(attempts_id, expires_at)

    async def clear(self, attempts_id: str) -> None:
        self.attempts.pop(attempts_id, None)
        self.expiries.pop(attempts_id, None)

    async def sweep(self, now: int) -> int:
        expired = [attempts_id for attempts_id, at in self.expiries.items() if at < now]
        for attempts_id in expired:
            await self.clear(attempts_id)
        return len(expired)


class MemorySignInStore:
    def __init__(self) -> None:
        self.tries: dict[str, tuple[SignIn, ...]] = {}
        self.expiries: dict[str, int] = {}

    async def find(self, owner: str) -> tuple[SignIn, ...]:
        return self.tries.get(owner, ())

    async def note(self, owner: str, sign_in: SignIn, expires_at: int) -> None:
        kept = sorted((sign_in, *self.tries.get(owner, ())), key=lambda one: -one.at)
        self.tries[owner] = tuple(kept[:50])
        self.expiries[owner] = expires_at

    async def forget(self, owner: str) -> None:
        self.tries.pop(owner, None)
        self.expiries.pop(owner, None)

    async def sweep(self, now: int) -> int:
        expired = [owner for owner, at in self.expiries.items() if at < now]
        for owner in expired:
            await self.forget(owner)
        return len(expired)


class MemoryPlansStore:
    def __init__(self) -> None:
        self.told: list[PlansPublished] = []
        self.kept = ""

    async def text(self) -> str:
        return self.kept

    async def published(self) -> tuple[str, int]:
        return (self.told[-1].digest, self.told[-1].revision) if self.told else ("", 0)

    async def publish(self, before: str, told: PlansPublished, text: str) -> bool:
        if await self.published() != (before, told.revision - 1):
            return False
        self.told.append(told)
        self.kept = text
        return True
