"""Traces and their waterfall, and the console's own protection."""

from dataclasses import replace

import httpx
import pytest

from services.chassis.bus_admin import DeadLetter, Stream
from services.ops.console.app import console
from services.ops.domain import MOST_SPANS, Span, Traces, waterfall

ROOT = Span("t1", "a", "", "gateway", "SMTP DATA", 1_000_000, 9_000_000, failed=False)
LETTER = DeadLetter(7, "send_letter", "codingahead.x.y.z.v1", "<b>RuntimeError</b>", "t1", "2026-11-24")


class SmallAdmin:
    def __init__(self) -> None:
        self.replayed = []

    async def streams(self):
        return [Stream("ACCOUNTS", 3, 400, ())]

    async def dead(self):
        return [LETTER]

    async def replay(self, seq):
        self.replayed.append(seq)
        return LETTER


@pytest.fixture
def admin():
    return SmallAdmin()


@pytest.fixture
async def operator(admin):
    traces = Traces()
    child = Span("t1", "b", "a", "assistant", "<i>handle</i>", 2_000_000, 5_000_000, failed=True)
    traces.add([child, ROOT])
    transport = httpx.ASGITransport(console(traces, admin))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as client:
        yield client


def test_a_waterfall_stands_below_its_parents_and_orphans_stand_at_the_top():
    traces = Traces()
    spans = [replace(ROOT, id="c", parent_id="b", start=3_000_000), replace(ROOT, id="b", parent_id="a"), ROOT]
    traces.add([*spans, replace(ROOT, id="x", parent_id="gone", start=2_000_000)])
    bars = waterfall(traces.find("t1"))
    assert [(bar.span.id, bar.depth) for bar in bars] == [("a", 0), ("b", 1), ("c", 2), ("x", 0)]
    assert (bars[2].left, bars[2].width) == (0.25, 0.75)


def test_old_traces_go_and_failed_ones_go_last():
    traces = Traces(most=2)
    traces.add(
        [replace(ROOT, trace_id="bad", failed=True), replace(ROOT, trace_id="one"), replace(ROOT, trace_id="two")]
    )
    assert [trace.id for trace in traces.newest()] == ["two", "bad"]
    assert [trace.id for trace in traces.newest(failed=True)] == ["bad"]


def test_one_trace_cannot_fill_the_memory():
    traces = Traces()
    traces.add([replace(ROOT, id=str(n)) for n in range(MOST_SPANS + 10)])
    assert len(traces.find("t1").spans) == MOST_SPANS


async def test_the_pages_show_what_came_in_as_text(operator):
    assert "SMTP DATA" in (await operator.get("/")).text
    page = (await operator.get("/traces/t1")).text
    assert "&lt;i&gt;handle" in page
    assert "failed" in page
    assert "ACCOUNTS" in (await operator.get("/streams")).text
    assert "&lt;b&gt;RuntimeError" in (await operator.get("/dead")).text
    assert (await operator.get("/traces/none")).status_code == 404


async def test_a_replay_is_one_click_from_our_own_page_and_none_from_another(operator, admin):
    foreign = {"origin": "https://evil.example"}
    assert (await operator.post("/dead/7/replay", headers=foreign)).status_code == 403
    assert (await operator.post("/dead/7/replay", headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await operator.get("/", headers={"host": "rebound.example"})).status_code == 403
    assert admin.replayed == []
    own = {"origin": "http://127.0.0.1:8090"}
    assert (await operator.post("/dead/7/replay", headers=own)).status_code == 303
    assert admin.replayed == [7]
