"""Takes spans in over OTLP/gRPC; metrics are taken and not kept."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from services.ops.domain import LONGEST, MOST_ATTRIBUTES, Span, Traces

type Context = Any


class SpanIntake(trace_service_pb2_grpc.TraceServiceServicer):
    """Fills the traces."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    async def Export(self, request: pb.ExportTraceServiceRequest, context: Context) -> pb.ExportTraceServiceResponse:
        """Takes a batch."""
        self._traces.add(_spans(request))
        return pb.ExportTraceServiceResponse()


class MetricIntake(metrics_service_pb2_grpc.MetricsServiceServicer):
    """Takes metrics so that exporters are content; a collector of one's own keeps them."""

    async def Export(
        self, request: metrics_service_pb2.ExportMetricsServiceRequest, context: Context
    ) -> metrics_service_pb2.ExportMetricsServiceResponse:
        """Takes a batch."""
        return metrics_service_pb2.ExportMetricsServiceResponse()


def _spans(request: pb.ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        named = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    trace_id=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    service=named.get("service.name", "unknown")[:LONGEST],
                    name=span.name[:LONGEST],
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    failed=span.status.code == Status.STATUS_CODE_ERROR,
                    attributes=tuple(
                        (one.key[:LONGEST], _text(one.value)) for one in span.attributes[:MOST_ATTRIBUTES]
                    ),
                )


def _text(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    return str(getattr(value, kind))[:LONGEST] if kind else ""
