"""Accounts, tallies, tries and the plans told of, in MongoDB.

Only what every server of its protocol does alike: string ids, guarded updates of fields and of map entries with
plain keys, equality with None for an entry that is not there, integers for flags and times.
"""

from typing import Final

from services.accounts.store.accounts import ACCOUNTS, AccountStore
from services.accounts.store.plans import PLANS, PlansStore
from services.accounts.store.quotas import QUOTAS, QuotaStore
from services.accounts.store.sweeping import sweeping
from services.accounts.store.tries import AttemptStore, SignInStore

PUBLISHING: Final = (ACCOUNTS, QUOTAS, PLANS)

__all__ = [
    "ACCOUNTS",
    "PUBLISHING",
    "QUOTAS",
    "AccountStore",
    "AttemptStore",
    "PlansStore",
    "QuotaStore",
    "SignInStore",
    "sweeping",
]
