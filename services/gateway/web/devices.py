"""What a request was made with, as coarse as a person needs to know a session again: "Firefox on Linux"."""

import re
from functools import lru_cache
from typing import Final

_LONGEST: Final = 400
# The first that is found names it: browsers carry the names of those they descend from.
_PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
    ("Python", "Python"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_CRAWLER: Final = re.compile(r"bot[/;)]|bot$|crawler|spider|slurp|archiver", re.IGNORECASE)


@lru_cache(maxsize=1_024)
def device_of(user_agent: str) -> str:
    """The program and the system it runs on; empty where the header names neither."""
    shown = user_agent[:_LONGEST]
    program = next((name for mark, name in _PROGRAMS if mark in shown), "")
    system = next((name for mark, name in _SYSTEMS if mark in shown), "")
    return " on ".join(part for part in (program, system) if part)


@lru_cache(maxsize=1_024)
def is_crawler(user_agent: str) -> bool:
    """Whether it says to be a crawler: it gets the public part of a page, is charged nothing and is no guest."""
    return bool(_CRAWLER.search(user_agent[:_LONGEST]))
