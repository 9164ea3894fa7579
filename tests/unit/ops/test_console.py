"""Traces and their waterfall, and the console's own protection."""

from dataclasses import replace

import httpx
import pytest
from codingahead.careers.v1.events_pb2 import OpeningPosted
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.chassis.bus_admin import Consumer, DeadLetter, DeadMessage, Stream
from services.chassis.errors import not_found
from services.ops.console.app import console
from services.ops.domain import MOST_ATTRIBUTES, MOST_SPANS, Span, Traces, waterfall
from services.ops.intake import SpanIntake
from services.ops.payload import read

ROOT = Span("t1", "a", "", "gateway", "SMTP DATA", 1_000_000, 9_000_000, failed=False)
LETTER = DeadLetter(7, "send_letter", "codingahead.x.y.z.v1", "<b>RuntimeError</b>", "t1", "2026-11-24")


class SmallAdmin:
    def __init__(self) -> None:
        self.replayed = []
        self.away = False

    async def streams(self):
        if self.away:
            raise TimeoutError
        return [Stream("ACCOUNTS", 3, 400, (Consumer("send_letter", "a.b", 5, 2, 1),)), Stream("DEAD", 4, 90, ())]

    async def dead(self):
        return [LETTER]

    async def dead_message(self, seq):
        if seq != 7:
            raise not_found("UNKNOWN_DEAD_LETTER", "There is no dead letter.")
        body = OpeningPosted(opening_id="j1", account_id="e", waiting=True).SerializeToString()
        subject = "codingahead.careers.opening.posted.v1"
        return DeadMessage(replace(LETTER, subject=subject), (("ce-id", "<i>wj1</i>"), ("ce-time", "2026")), body)

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
    transport = httpx.ASGITransport(console(traces, admin), raise_app_exceptions=False)
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
    assert (await operator.post("/dead/7/replay", headers={"origin": "null"})).status_code == 403
    policy = (await operator.get("/dead")).headers["referrer-policy"]
    assert policy == "same-origin", "under no-referrer a browser's own form would come with the origin null"
    own = {"origin": "http://127.0.0.1:8090", "sec-fetch-site": "same-origin"}
    assert (await operator.post("/dead/7/replay", headers=own)).status_code == 303
    assert admin.replayed == [7]


def test_all_traces_together_stay_within_a_bound():
    traces = Traces(most=50, most_spans=100)
    for n in range(40):
        traces.add([replace(ROOT, trace_id=f"t{n}", id=str(k), failed=n == 3) for k in range(30)])
        assert traces.spans <= 130
    kept = [trace.id for trace in traces.newest()]
    assert kept[0] == "t39"
    assert kept[-1] == "t3", "one that failed goes last"
    assert traces.spans == sum(len(traces.find(key).spans) for key in kept) <= 100


async def test_a_span_that_comes_twice_or_says_too_much_costs_no_more():
    traces, request = Traces(), ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"t" * 16, b"s" * 8, "n" * 5_000
    for n in range(100):
        span.attributes.add(key=f"k{n}").value.string_value = "v" * 5_000
    for _ in range(2):
        await SpanIntake(traces).Export(request, None)
    (kept,) = traces.newest()[0].spans.values()
    assert (len(kept.name), len(kept.attributes), len(kept.attributes[0][1])) == (200, MOST_ATTRIBUTES, 200)
    assert traces.spans == 1


async def test_a_dead_letter_is_read_before_it_is_replayed(operator):
    page = (await operator.get("/dead/7")).text
    assert "&#34;opening_id&#34;: &#34;j1&#34;" in page
    assert "&lt;i&gt;wj1" in page
    assert 'action="/dead/7/replay"' in page
    assert (await operator.get("/api/dead/7")).json()["headers"]["ce-time"] == "2026"
    assert (await operator.get("/dead/8")).status_code == 404


def test_a_body_that_is_none_of_ours_is_shown_as_it_is():
    assert read("codingahead.careers.opening.posted.v1", b"\xff\xff") == "ffff"
    assert read("codingahead.careers.opening.dreamt.v1", b"a") == "61"
    assert read("os.system", b"a") == "61"


async def test_prometheus_reads_lag_and_dead_letters_under_any_name(operator, admin):
    told = (await operator.get("/metrics", headers={"host": "ops:8090"})).text
    assert 'codingahead_bus_lag{stream="ACCOUNTS",consumer="send_letter"} 5' in told
    assert "codingahead_bus_dead_letters 4" in told
    assert "codingahead_console_spans 2" in told
    assert (await operator.get("/healthz", headers={"host": "10.0.0.7:8090"})).status_code == 200
    admin.away = True
    assert (await operator.get("/readyz")).status_code == 503
    assert (await operator.get("/streams")).json()["reason"] == "BUS_AWAY"
    assert (await operator.get("/")).status_code == 200


async def test_people_read_a_refusal_as_a_page_and_programs_as_a_problem(operator):
    page = await operator.get("/dead/8", headers={"accept": "text/html"})
    assert (page.status_code, "There is no dead letter." in page.text) == (404, True)
    assert page.headers["content-type"].startswith("text/html")
    told = await operator.get("/api/dead/8", headers={"accept": "text/html"})
    assert told.headers["content-type"] == "application/problem+json"
