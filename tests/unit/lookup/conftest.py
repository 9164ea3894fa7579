"""The editions that ship, built once for all sessions: a bundle is immutable."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.lookup.editions import starter
from services.lookup.editions.library import Library
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools
from services.lookup.service import Lookup

SHARED = Path(tempfile.gettempdir()) / f"codingahead-tests-{os.getuid()}"


@pytest.fixture(scope="session")
def shipped() -> Path:
    """A data folder with the editions that ship."""
    SHARED.mkdir(mode=0o700, exist_ok=True)
    starter.build(SHARED, lambda *_: None)
    return SHARED


@pytest.fixture(scope="session")
def lookup(shipped) -> Iterator[Lookup]:
    """The verbs over them, on a day in May 2026."""
    with contextlib.closing(Library(shipped)) as library:
        yield Lookup(library, Tools(readings.shipped(), ranking.shipped()), lambda: "2026-05-04")
