"""An OTLP collector in the test's process: takes spans over gRPC and keeps them by trace."""

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    service: str
    name: str
    span_id: str
    parent_id: str
    attributes: tuple[str, ...]
    values: tuple[str, ...] = ()


class Collector(trace_service_pb2_grpc.TraceServiceServicer, metrics_service_pb2_grpc.MetricsServiceServicer):
    """Serves on a free port while the block runs."""

    def __init__(self) -> None:
        self.traces: dict[str, list[Seen]] = defaultdict(list)
        self.metrics: set[str] = set()

    def __enter__(self) -> Self:
        self._server = grpc.server(ThreadPoolExecutor(2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        services = _Metrics(self.metrics)
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(services, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(1)

    def Export(self, request, context):
        for resource in request.resource_spans:
            service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    keys = tuple(a.key for a in span.attributes)
                    values = tuple(str(a.value) for a in span.attributes)
                    seen = Seen(service, span.name, span.span_id.hex(), span.parent_span_id.hex(), keys, values)
                    self.traces[span.trace_id.hex()].append(seen)
        return trace_service_pb2.ExportTraceServiceResponse()

    def tree(self, trace_id: str, wanted: set[str], seconds: float = 15) -> set[str]:
        """The trace as "service: name < parent's name" lines, once it has the wanted ones or the time is over.

        Waiting for a number of spans will not do: services hand theirs over when they like, in any order.
        """
        until = time.monotonic() + seconds
        while not (found := self._lines(trace_id)) >= wanted and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _lines(self, trace_id: str) -> set[str]:
        spans = list(self.traces[trace_id])
        names = {s.span_id: s.name for s in spans}
        return {f"{s.service}: {s.name} < {names.get(s.parent_id, 'the caller')}" for s in spans}


class _Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def Export(self, request, context):
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                self._names.update(metric.name for metric in scope.metrics)
        return metrics_service_pb2.ExportMetricsServiceResponse()
