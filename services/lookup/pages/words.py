"""What the agencies' indicators mean, in our own words (content/*_indicators.toml)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parents[1] / "content"


@cache
def _shipped(name: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((_FOLDER / f"{name}_indicators.toml").read_text(encoding="utf-8"))


def fee_schedule(field: str, value: str) -> str:
    """What an indicator of the physician fee schedule means; empty where it is not known."""
    return _shipped("pfs")[field].get(value, "")


def hcpcs(field: str, value: str) -> str:
    """What a field of a HCPCS record means; empty where it is not known."""
    return _shipped("hcpcs")[field].get(value, "")
