"""The second server that stores are held against: MONGO_URL, else FerretDB where it was built."""

import os
from pathlib import Path

FERRETDB = Path(__file__).parents[2] / ".bootstrap/ferretdb/ferretdb"
MONGO_URL = os.environ.get("MONGO_URL", "")
THERE = bool(MONGO_URL) or FERRETDB.exists()


def ferretdb_command(folder: Path, port: int) -> list[str]:
    """FerretDB over SQLite in a folder of its own."""
    return [str(FERRETDB), f"127.0.0.1:{port}", f"file:{folder}/"]
