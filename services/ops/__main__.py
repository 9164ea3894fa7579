"""The console process: spans in, pages out, wired."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc.aio
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import add_MetricsServiceServicer_to_server
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import add_TraceServiceServicer_to_server

from services.chassis.boot import run
from services.chassis.bus_admin import administering
from services.chassis.listener import serve
from services.ops.console.app import console
from services.ops.domain import Traces
from services.ops.intake import MetricIntake, SpanIntake
from services.ops.settings import OpsSettings


@asynccontextmanager
async def ops(settings: OpsSettings) -> AsyncIterator[None]:
    """Opens the intake of spans, the bus, and the console's listener."""
    traces = Traces()
    intake = grpc.aio.server()  # not the chassis's: a span of each batch of spans would never end
    add_TraceServiceServicer_to_server(SpanIntake(traces), intake)  # type: ignore[no-untyped-call]
    add_MetricsServiceServicer_to_server(MetricIntake(), intake)  # type: ignore[no-untyped-call]
    intake.add_insecure_port(settings.otlp_listen)
    await intake.start()
    try:
        async with administering(settings) as admin, serve(console(traces, admin), settings.console_listen):
            yield
    finally:
        await intake.stop(1)


if __name__ == "__main__":
    run(OpsSettings(name="ops", otlp_endpoint=""), ops)
