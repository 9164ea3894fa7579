"""What the stores' writes have in common."""

from collections.abc import Callable, Sequence

from services.accounts.facts import Told
from services.chassis.outbox import Document, Fact

type Encode = Callable[[Told], Fact]
type Hand = Callable[[str, str, Sequence[Fact]], None]  # the relay's: collection, document, its new facts


def moved(where: str, added: str, entry: Document, gone: Sequence[str]) -> Document:
    """An update that adds one entry to a map and takes others out; an empty $unset is an error on real servers."""
    update = {"$set": {f"{where}.{added}": entry}}
    return {**update, "$unset": {f"{where}.{k}": "" for k in gone}} if gone else update
