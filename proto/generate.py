"""Generates proto/gen from the contracts: messages, typing stubs and gRPC stubs.

`python proto/generate.py [OUT]`; `make proto` writes proto/gen, the drift test another folder.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent


def generate(out: Path) -> None:
    """Writes the generated packages of every contract under `out`, replacing what was there."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    contracts = sorted(str(p) for p in (ROOT / "codingahead").rglob("*.proto"))
    scripts = Path(sys.executable).parent
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}"]
        + [f"--plugin={scripts / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
        + [f"--{kind}_out={out}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
        + contracts,
        check=True,
    )
    for empty in out.rglob("events_pb2_grpc.py*"):
        empty.unlink()
    for folder in [out / "codingahead", *(p for p in (out / "codingahead").rglob("*") if p.is_dir())]:
        (folder / "__init__.py").touch()
    (out / "codingahead" / "py.typed").touch()


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "gen")
