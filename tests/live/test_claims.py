"""Claims through the running platform: files through the command, and nothing of them left anywhere."""

import json
import subprocess
import time

import pytest

from tests.live.running import COMMAND
from tests.unit.gateway.test_claims import CLAIM, HEAD, HEADING, interchange, transaction

PEOPLE = {"LAST": "QUILLFEATHER", "FIRST": "THEODOSIA", "MEMBER1": "MBR7788991", "1 STREET": "99 HEMLOCK ROW"}


def command(platform, *args: str) -> subprocess.CompletedProcess[str]:
    whole = [COMMAND, "check", *args, "--data-dir", str(platform.data_dir)]
    return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=120)


def test_nobody_of_an_837_is_told_stored_or_logged(platform, spans, tmp_path):
    """Names and identifiers stay at the door: not in the answer, nor in a span, a log or a document."""
    text = interchange(transaction(*HEAD, "ZZZ*LAST~", *CLAIM), transaction(*CLAIM, said="9"))
    for plain, named in PEOPLE.items():
        text = text.replace(plain, named)
    (tmp_path / "claims.837").write_text(text)
    done = command(platform, str(tmp_path / "claims.837"), "--json")
    answer = json.loads(done.stdout)
    assert [one["claim"] for one in answer["claims"]] == ["A-1"]
    assert [one["where"] for one in answer["errors"]] == ["segment 6, ZZZ", "segment 37, SE01"]
    told = [done.stdout, done.stderr, str(seen(spans, "codingahead.lookup.v1.EditService/CheckClaims"))]
    files = [path for name in ("logs", "mongo", "nats") for path in (platform.data_dir / name).rglob("*")]
    told += [path.read_bytes().decode(errors="replace") for path in files if path.is_file()]
    assert len(told) > 5
    assert not [name for name in (*PEOPLE.values(), "19600301") for one in told if name in one]


def seen(spans, name: str, seconds: float = 15) -> list:
    """Every span so far, once the named one is among them."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = [span for trace in list(spans.traces.values()) for span in list(trace)]
        if any(span.name == name for span in found):
            return found
        time.sleep(0.2)
    raise TimeoutError(name)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("wrong.csv", HEADING + "a,1,99213,1,,E11,,2026-05-01,,\n", 1),
        ("open.csv", HEADING + "a,1,99213,1,,E11.9,,2026-05-01,,\n", 2),
        ("none.csv", "claim,line,procedure\na,1,99213\n", 3),
        ("cut.837", interchange()[:-30], 3),
        ("claim.json", json.dumps({"as_of": "2026-05-01", "lines": [{"id": "1", "code": "99213", "units": 0}]}), 3),
    ],
)
def test_the_exit_code_tells_a_script_how_it_went(platform, tmp_path, name, text, code):
    (tmp_path / name).write_text(text)
    done = command(platform, str(tmp_path / name), "--state", "TX")
    assert done.returncode == code, done.stdout + done.stderr


def test_a_batch_is_annotated_row_by_row_and_a_piece_at_a_time(platform, tmp_path):
    file, out = tmp_path / "many.csv", tmp_path / "told.csv"
    file.write_text(HEADING + "".join(f"c{n},1,99213,{n % 3},,E11.9,11,2026-05-01,F,66\n" for n in range(3_000)))
    done = command(platform, str(file), "--out", str(out))
    lines = out.read_text().splitlines()
    assert (len(lines), done.returncode) == (3_001, 1)
    assert lines[0].endswith("verdict,findings")
    assert sum("units of the line cannot be read: '0'" in line for line in lines) == 1_000
    assert "1,000 problems" in done.stderr


def test_why_two_diagnoses_do_not_go_together(platform):
    client = platform.visitor()
    answer = client.get("/api/v1/claims/explain", params={"codes": "E11.9,E10.9", "as_of": "2026-05-01"}).json()
    assert [one["rule"] for one in answer["findings"]] == ["excludes"]
    assert client.get("/api/v1/claims/explain", params={"codes": ""}).status_code == 400
    page = client.get("/claim-check/why", params={"codes": "E11.9 E10.9", "as_of": "2026-05-01"})
    assert "Excludes1 note at E1" in page.text


def test_a_claim_of_the_page_is_checked_kept_and_laid_out(platform):
    client = platform.visitor()
    page = client.get("/claim-check", params={"sample": "visit"})
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "as_of": "2026-05-01", "code": ["99213", ""], "diagnoses": ["E11", ""]}
    told = client.post("/claim-check", data={**form, "paste": "99213-25 x2 I10"})
    assert "it lacks further characters" in told.text
    assert 'value="25"' in told.text
    kept = client.post("/claim-check", data={**form, "csv": "1"})
    assert kept.headers["content-type"].startswith("text/csv")
    assert "E11 (" in kept.text
    more = client.post("/claim-check", data={**form, "more": "1"})
    assert more.text.count('name="code"') == 6
