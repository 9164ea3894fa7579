"""A replica with a volume of its own pulls what is published, verified file by file, and publishes it in one swap."""

import contextlib
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.lookup.editions import catalog, sharing
from services.lookup.editions.library import Library
from services.lookup.importers import syncing
from services.lookup.importers.refusal import ImportRefusedError
from tests.unit.lookup.official import MEMBERS, MUE, ORDER, imported, written

LONG = "CPT 2026, a notice\n\n11720\tCleaning of a few nails, in our own words\n"


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    imported(folder, written(folder, "codes.zip", MEMBERS))
    imported(folder, written(folder, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE))
    window = {"effective_from": "2026-01-01", "effective_to": "2026-12-31", "kind": "cpt", "licensee": "Ann"}
    imported(folder, written(folder, "LONGULT.txt", LONG), **window)
    return folder


@pytest.fixture
def served(origin):
    """A server with the shapes of the gateway's; `spoils` are paths whose content comes otherwise than announced."""
    spoils: set[str] = set()

    class Platform(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.removeprefix(syncing.LISTED).removeprefix("/")
            if not path:
                generation, editions = sharing.listed(origin)
                told = [{"id": e.id, "licensed": e.licensed, "files": [vars_of(f) for f in e.files]} for e in editions]
                return self.answer(json.dumps({"generation": generation, "editions": told}).encode())
            pieces = sharing.chunks(origin, path)
            if pieces is None:
                return self.send_error(404)
            content = b"".join(pieces)
            return self.answer(content[:-1] + b"?" if any(one in path for one in spoils) else content)

        def answer(self, content: bytes):
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Nobody listens."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", spoils
    server.shutdown()
    server.server_close()


def vars_of(file: sharing.SharedFile) -> dict:
    return {"path": file.path, "size": file.size, "sha256": file.sha256}


def pulled(base: str, folder) -> syncing.Synced:
    return syncing.sync(base, folder, lambda *_: None)


def test_everything_but_what_is_licensed_is_pulled_and_published_in_one_swap(served, tmp_path):
    done = pulled(served[0], tmp_path / "replica")
    assert len(done.pulled) == 2
    assert [one.partition("-2026")[0] for one in done.licensed] == ["cpt-ama"]
    assert catalog.read(tmp_path / "replica").generation == done.generation == 1
    with contextlib.closing(Library(tmp_path / "replica")) as library:
        assert library.speaking("icd-10-cm", "2026-01-01")[0].facts.entry("A00.0")
    again = pulled(served[0], tmp_path / "replica")
    assert (again.pulled, len(again.there), again.generation) == ((), 2, 1)


def test_what_is_new_alone_is_pulled_later_and_what_it_replaces_goes(served, origin, tmp_path):
    pulled(served[0], tmp_path / "replica")
    imported(origin, written(origin, "icd10cm-order-2026.txt", ORDER.replace("Cholera", "The cholera")))
    done = pulled(served[0], tmp_path / "replica")
    assert (len(done.pulled), len(done.there)) == (1, 1)
    assert set(catalog.read(tmp_path / "replica").editions) == {*done.pulled, *done.there}


def test_a_replica_keeps_what_is_its_own(served, tmp_path):
    replica = tmp_path / "replica"
    replica.mkdir()
    own = imported(replica, written(replica, "icd10cm-order-2024.txt", ORDER)).published[0]
    assert own.id in catalog.read(replica).editions
    pulled(served[0], replica)
    assert own.id in catalog.read(replica).editions


@pytest.mark.parametrize("spoiled", ["facts.sqlite", "sources/"])
def test_a_file_that_comes_otherwise_publishes_nothing(served, tmp_path, spoiled):
    base, spoils = served
    spoils.add(spoiled)
    with pytest.raises(ImportRefusedError, match="otherwise than it was announced"):
        pulled(base, tmp_path / "replica")
    assert catalog.read(tmp_path / "replica").generation == 0
    assert not [one for one in (tmp_path / "replica" / "editions").iterdir() if one.is_dir()]


def test_paths_that_are_not_listed_are_not_read(origin):
    assert sharing.chunks(origin, "catalog.json") is None
    assert sharing.chunks(origin, "editions/../catalog.json") is None
    licensed = next(one for one in sharing.listed(origin)[1] if one.licensed)
    assert sharing.chunks(origin, f"editions/{licensed.id}/facts.sqlite") is None


@pytest.mark.parametrize(
    "path", ["../catalog.json", "editions/a/../../secret", "/etc/passwd", "editions/another/facts.sqlite", "secret"]
)
def test_a_platform_that_names_paths_elsewhere_is_refused(path):
    told = [{"id": "a", "licensed": False, "files": [{"path": path, "size": 1, "sha256": ""}]}]
    with pytest.raises(ImportRefusedError, match="path"):
        syncing._check("http://there", told[0])


def test_what_is_no_platform_is_refused(served, tmp_path):
    with pytest.raises(ImportRefusedError, match="is no address"):
        pulled("there", tmp_path / "replica")
    with pytest.raises(ImportRefusedError, match="cannot be fetched"):
        pulled(f"{served[0]}/nowhere", tmp_path / "replica")


def test_a_bundle_that_was_pulled_is_built_anew_from_its_source(served, tmp_path):
    from services.lookup.importers.desk import Desk

    pulled(served[0], tmp_path / "replica")
    with contextlib.closing(Library(tmp_path / "replica")) as library:
        (edition, *_) = library.editions("2026-01-01")
    shutil.rmtree(tmp_path / "replica" / "editions" / edition.id)
    assert Desk(tmp_path / "replica", lambda *_: None).rebuild(edition).id == edition.id
