"""Files are fetched by a table of addresses from a local HTTP server, whole or not at all."""

import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.lookup.importers import fetching
from services.lookup.importers.refusal import ImportRefusedError
from tests.unit.lookup.official import MEMBERS, imported, written


@pytest.fixture
def agency(tmp_path):
    """A server; what it sends by path."""
    whole = written(tmp_path, "whole.zip", MEMBERS).read_bytes()
    sends = {"/2026/codes-Q1.zip": whole, "/page.zip": b"<!doctype html><html>Accept", "/not.zip": b"no archive at all"}

    class Agency(BaseHTTPRequestHandler):
        def do_GET(self):
            content = sends.get(self.path.replace("/cut", ""))
            self.send_response(200 if content else 404)
            length = len(content or b"") + (50 if "/cut" in self.path else 0)
            self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            """Nobody listens."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Agency)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def table(folder, *rows: str):
    return written(folder, "sources.toml", "\n".join(f"[[source]]\n{row}" for row in rows))


def fetched(folder, address: str, *, licensed: bool = False, licensee: str = ""):
    rows = [fetching.Address("codes", address, licensed)]
    return list(fetching.fetch(rows, folder / "fetched", licensee, lambda *_: None))


def test_a_file_is_fetched_by_the_date_and_imports(tmp_path, agency):
    path = table(tmp_path, f'name = "codes"\nurl = "{agency}/{{year}}/codes-Q{{quarter}}.zip"')
    (address,) = fetching.addresses(date(2026, 2, 3), path)
    (file,) = fetched(tmp_path, address.url)
    assert imported(tmp_path, file).published[0].counts["codes"] == 4


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/page.zip", "web page"),
        ("/not.zip", "no zip archive"),
        ("/nowhere.zip", "status 404"),
        ("/cut/2026/codes-Q1.zip", "c"),
    ],
)
def test_what_is_no_whole_file_is_refused_and_not_kept(tmp_path, agency, path, wrong):
    with pytest.raises(ImportRefusedError, match=wrong):
        fetched(tmp_path, agency + path)
    assert not [one for one in (tmp_path / "fetched").iterdir() if not one.name.startswith(".")]


def test_files_with_cpt_codes_wait_for_who_accepts_the_licence(tmp_path, agency):
    with pytest.raises(ImportRefusedError, match="--accept-licence"):
        fetched(tmp_path, f"{agency}/2026/codes-Q1.zip", licensed=True)
    assert fetched(tmp_path, f"{agency}/2026/codes-Q1.zip", licensed=True, licensee="Ann")


def test_the_shipped_table_makes_an_address_of_every_row():
    for one in fetching.addresses(date(2026, 11, 24)):
        assert one.url.startswith("https://")
        assert "{" not in one.url


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (date(2026, 8, 1), "medicare-ncci-2026q3-practitioner-ptp-edits-ccipra-v322r0-f4.zip"),
        (date(2026, 2, 1), "medicare-ncci-2026q1-hospital-ptp-edits-ccioph-v320r0-f1.zip"),
        (date(2026, 5, 1), "medicare-ncci-2026-q2-dme-supplier-services-mue-table.zip"),
        (date(2026, 7, 1), "rvu26c.zip"),
        (date(2025, 12, 31), "rvu25d.zip"),
        (date(2026, 10, 1), "october-2026-alpha-numeric-hcpcs-file.zip"),
        (date(2026, 10, 1), "2027-icd-10-pcs-order-file-long-and-abbreviated-titles.zip"),
    ],
)
def test_addresses_follow_the_names_that_the_agencies_gave_past_releases(day, wanted):
    assert wanted in {one.url.rpartition("/")[2] for one in fetching.addresses(day)}
