"""Traces, metrics and JSON logs, the same in every process.

Spans leave only for `CODINGAHEAD_OTLP_ENDPOINT`; without one they still carry ids, so that a log line
and an error page name the same trace. Attributes are limited to SPAN_ATTRIBUTES: a name, an address,
a token, a search text or a case never rides in a span.
"""

import contextlib
import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from opentelemetry import context, metrics, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram

type Value = str | int | float | bool

SPAN_ATTRIBUTES: Final = frozenset(
    {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "rpc.system",
        "rpc.method",
        "rpc.grpc.status_code",
        "messaging.system",
        "messaging.destination.name",
        "messaging.message.id",
        "messaging.consumer.name",
        "messaging.delivery_count",
        "smtp.reply_code",
        "codingahead.reason",
        "codingahead.outcome",
        "codingahead.system",
        "codingahead.letter",
    }
)

# In seconds; the SDK's own boundaries begin at 5, for instruments that count milliseconds.
BOUNDARIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# W3C Trace Context, section 3.2: the lowest bit of the flags says whether the trace is kept.
UNTRACED: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f][02468ace])")

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("codingahead")  # stands for the provider's own as soon as there is one
_SECONDS: Final[dict[str, "Histogram"]] = {}


class _Busy(Sampler):
    """Everything that changes something is traced whole; reads, which come by the thousand, at a ratio."""

    def __init__(self, ratio: float) -> None:
        self._bound = int(ratio * 2**64)

    def should_sample(  # noqa: PLR0913, PLR0917 -- the SDK's signature
        self,
        parent_context: context.Context | None,  # noqa: ARG002 -- the SDK's signature
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,  # noqa: ARG002 -- the SDK's signature
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,  # noqa: ARG002 -- the SDK's signature
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Keeps every root but a share of the GETs."""
        read = name.startswith(("GET ", "HEAD "))
        kept = not read or trace_id & (2**64 - 1) < self._bound
        return SamplingResult(Decision.RECORD_AND_SAMPLE if kept else Decision.DROP, attributes, trace_state)

    def get_description(self) -> str:
        """The sampler's name in a span dump."""
        return f"Busy({self._bound / 2**64:.3f})"


def start(name: str, endpoint: str, read_ratio: float) -> None:
    """Sets up this process: logs as JSON lines on stderr; spans and metrics to `endpoint` (gRPC OTLP), if any."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
    logging.getLogger().handlers[0].setFormatter(_JsonLine(name))
    for chatty in ("httpx", "uvicorn.access", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    resource = Resource.create({"service.name": name})
    sampler = ParentBased(_Busy(read_ratio) if endpoint else ALWAYS_OFF)
    provider = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
    if endpoint:
        _export(provider, resource, endpoint)
    trace.set_tracer_provider(provider)


def _export(provider: TracerProvider, resource: Resource, endpoint: str) -> None:
    # Imported here: the exporters cost 50 ms and 2 MB that a process without an endpoint need not pay.
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    spans = OTLPSpanExporter(endpoint=endpoint, insecure=True, timeout=2)
    provider.add_span_processor(BatchSpanProcessor(spans, schedule_delay_millis=500))
    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(endpoint=endpoint, insecure=True, timeout=2), export_interval_millis=10_000
    )
    metrics.set_meter_provider(
        MeterProvider(
            resource=resource,
            metric_readers=[reader],
            shutdown_on_exit=False,
            exemplar_filter=AlwaysOffExemplarFilter(),  # a count names no trace, and asking for one costs it a third
        )
    )


def finish() -> None:
    """Sends what is still held; called once, after everything else is closed."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        shutdown = getattr(provider, "shutdown", None)
        if shutdown:
            shutdown()


@contextlib.contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Mapping[str, str] | None = None,
    attributes: Mapping[str, Value] | None = None,
) -> Iterator[trace.Span]:
    """A span that is current inside; `parent` is a carrier with a traceparent, absent: the current span.

    A body that raises marks the span as failed; the exception's text stays out of it.
    """
    opened = _untraced(parent) or _opened(name, kind, parent, attributes)
    token = context.attach(trace.set_span_in_context(opened))
    try:
        yield opened
    except Exception:
        opened.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        context.detach(token)
        opened.end()


def _untraced(parent: Mapping[str, str] | None) -> trace.Span | None:
    """Where the caller says that its trace is not kept: a span that only passes the trace on, and costs nothing."""
    found = UNTRACED.fullmatch(parent.get("traceparent", "")) if parent else None
    if found is None:
        return None
    flags = trace.TraceFlags(int(found[3], 16))
    return trace.NonRecordingSpan(trace.SpanContext(int(found[1], 16), int(found[2], 16), True, flags))


def _opened(
    name: str, kind: SpanKind, parent: Mapping[str, str] | None, attributes: Mapping[str, Value] | None
) -> trace.Span:
    start_in = None if parent is None else _PROPAGATOR.extract(parent)
    return _TRACER.start_span(name, start_in, kind, attributes)


def carrier() -> dict[str, str]:
    """The current span as headers: {"traceparent": ...}, or nothing outside a span."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers


def trace_id() -> str:
    """The current trace as 32 hex digits; zeros outside a span."""
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


def took(instrument: str, began: float, **attributes: Value) -> None:
    """Records seconds since `began` (time.perf_counter) in the histogram `codingahead.<instrument>.seconds`."""
    histogram = _SECONDS.get(instrument)
    if histogram is None:
        meter = metrics.get_meter("codingahead")
        name = f"codingahead.{instrument}.seconds"
        histogram = meter.create_histogram(name, "s", explicit_bucket_boundaries_advisory=BOUNDARIES)
        _SECONDS[instrument] = histogram
    histogram.record(time.perf_counter() - began, attributes)


class _JsonLine(logging.Formatter):
    """One JSON object a line: time, level, service, logger, message, trace, and the traceback of a bug."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "trace_id": trace_id(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
