"""gRPC between services: a server with health and reflection, a channel, and one way to call.

Handlers raise AppError and never see status codes, deadlines or spans; callers get AppError back.
Wrapping happens once, at registration, and not by interceptors: those cost a quarter of the throughput.
"""

import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any, Final, NoReturn, cast

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.trace import Span, SpanKind

from services.chassis import telemetry
from services.chassis.boot import Settings
from services.chassis.errors import GRPC_STATUS, AppError, FieldError, Kind
from services.chassis.trust import HEADER, Trust, trust_of

log = logging.getLogger(__name__)

# Aliases are evaluated late: grpc's classes are generic to the type checker only.
type Method = grpc.RpcMethodHandler[Any, Any]
type Unary[Q, R] = grpc.aio.UnaryUnaryMultiCallable[Q, R]
type Streaming[Q, R] = grpc.aio.UnaryStreamMultiCallable[Q, R]

DOMAIN: Final = "codingahead"
DEADLINE: Final = 2.0  # seconds a call may take where nobody up the chain left less
GRACE: Final = 5.0  # seconds the calls in flight get when a server stops
_DETAILS: Final = "grpc-status-details-bin"
_deadline: ContextVar[float] = ContextVar("deadline")

_KEEPALIVE: Final = [
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]
_SERVER_OPTIONS: Final = [
    ("grpc.so_reuseport", 0),  # else a second server on the port starts silently beside the first
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
    ("grpc.max_receive_message_length", 16 << 20),
    *_KEEPALIVE,
]
_CHANNEL_OPTIONS: Final = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.max_receive_message_length", 16 << 20),
    *_KEEPALIVE,
]


@contextlib.asynccontextmanager
async def serve(
    settings: Settings, add: Callable[[grpc.aio.Server], None], names: Iterable[str]
) -> AsyncIterator[grpc.aio.Server]:
    """Serves what `add` registers on the settings' address until the block ends, then drains.

    Callers are those of `trust`. `names` are the full service names, for health and reflection.
    """
    trust = trust_of(settings)
    server = grpc.aio.server(options=_SERVER_OPTIONS)
    add(cast("grpc.aio.Server", _Registrar(server, trust)))  # it has the two methods that generated code calls
    states = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(states, server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    credentials = trust.server_credentials()
    if credentials is None:
        server.add_insecure_port(settings.listen)
    else:
        server.add_secure_port(settings.listen, credentials)
    await server.start()
    for name in ("", *names):
        await states.set(name, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield server
    finally:
        await states.enter_graceful_shutdown()
        await server.stop(GRACE)


class _Registrar:
    """Stands in for the server while generated code registers its handlers, and wraps each of them."""

    def __init__(self, server: grpc.aio.Server, trust: Trust) -> None:
        self._server = server
        self._trust = trust

    def add_generic_rpc_handlers(self, _handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Nothing: the same handlers come once more by name, and are taken there."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Method]) -> None:
        """Registers the wrapped handlers."""
        wrapped = {
            method: _wrapped(f"{service}/{method}", handler, self._trust) for method, handler in handlers.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, wrapped),))


def _wrapped(method: str, handler: Any, trust: Trust) -> Method:  # noqa: ANN401 -- grpc's handler type has no members
    codec = {
        "request_deserializer": handler.request_deserializer,
        "response_serializer": handler.response_serializer,
    }
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(_streaming(method, handler.unary_stream, trust), **codec)
    return grpc.unary_unary_rpc_method_handler(_unary(method, handler.unary_unary, trust), **codec)


def _unary(method: str, act: Callable[..., Awaitable[Any]], trust: Trust) -> Callable[..., Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:  # noqa: ANN401 -- any message
        with _edge(method, context) as span:
            try:
                trust.check(context.invocation_metadata())
                return await act(request, context)
            except Exception as error:  # noqa: BLE001 -- it is told as a status
                await _abort(method, context, span, error)

    return handle


def _streaming(method: str, act: Callable[..., AsyncIterator[Any]], trust: Trust) -> Callable[..., AsyncIterator[Any]]:
    async def handle(request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401 -- any message
        with _edge(method, context) as span:
            try:
                trust.check(context.invocation_metadata())
                async for message in act(request, context):
                    yield message
            except Exception as error:  # noqa: BLE001 -- it is told as a status
                await _abort(method, context, span, error)

    return handle


@contextlib.contextmanager
def _edge(method: str, context: Any) -> Iterator[Span]:  # noqa: ANN401 -- grpc's context is untyped
    """What stands around every handler: its deadline, its span, its time."""
    began = time.perf_counter()
    left = context.time_remaining()
    if left is not None:
        _deadline.set(time.monotonic() + left)
    parent = {key: value for key, value in context.invocation_metadata() if key == "traceparent"}
    attributes = {"rpc.system": "grpc", "rpc.method": method}
    try:
        with telemetry.span(method, SpanKind.SERVER, parent, attributes) as span:
            yield span
    finally:
        telemetry.took("rpc.server", began, **{"rpc.method": method})


async def _abort(method: str, context: Any, span: Span, error: Exception) -> NoReturn:  # noqa: ANN401 -- as above
    """Turns an error into a status: an AppError into its own, anything else into a bug's, with the trace's id alone."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, AppError):
        span.set_attribute("codingahead.reason", error.reason)
        code = GRPC_STATUS[error.kind]
        await context.abort(code, error.message, ((_DETAILS, _details(error, code)),))
    log.error("%s failed", method, exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, telemetry.trace_id())
    raise error


def _details(refusal: AppError, code: grpc.StatusCode) -> bytes:
    info = ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata={"kind": refusal.kind})
    if refusal.errors:
        info.metadata["errors"] = json.dumps([asdict(e) for e in refusal.errors])
    if refusal.retry_after is not None:
        info.metadata["retry_after"] = str(refusal.retry_after)
    status = Status(code=code.value[0], message=refusal.message, details=[AnyMessage()])
    status.details[0].Pack(info)
    return bytes(status.SerializeToString())


@contextlib.asynccontextmanager
async def channel(settings: Settings, address: str, retried: Sequence[str] = ()) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to `address`; `retried` are full method names ("codingahead.lookup.v1.CodeService/GetCode")
    that are safe to repeat and are, when the server goes away under a call.
    """
    trust = trust_of(settings)
    options = [*_CHANNEL_OPTIONS, ("grpc.service_config", _service_config(retried))]
    credentials = trust.channel_credentials()
    if credentials is None:
        opened = grpc.aio.insecure_channel(address, options)
    else:
        opened = grpc.aio.secure_channel(address, credentials, options)
    try:
        yield cast("grpc.aio.Channel", _Showing(opened, trust.token))  # it has the methods that stubs call
    finally:
        await opened.close()


class _Showing:
    """Stands in for the channel while a stub is made, so that each of its calls shows the token."""

    def __init__(self, opened: grpc.aio.Channel, token: str) -> None:
        self._opened = opened
        self._shown = (HEADER, token)

    def unary_unary(self, path: str, *codec: Any, **more: Any) -> Callable[..., Any]:  # noqa: ANN401 -- what grpc takes
        """A method that answers once."""
        return self._with_token(self._opened.unary_unary(path, *codec, **more))

    def unary_stream(self, path: str, *codec: Any, **more: Any) -> Callable[..., Any]:  # noqa: ANN401 -- what grpc takes
        """A method that answers many times."""
        return self._with_token(self._opened.unary_stream(path, *codec, **more))

    def _with_token(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def shown(request: Any, metadata: Sequence[tuple[str, str]] = (), **more: Any) -> Any:  # noqa: ANN401 -- any message
            return method(request, metadata=(*metadata, self._shown), **more)

        return shown


def _service_config(retried: Sequence[str]) -> str:
    balanced: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}  # over all addresses of a name
    if not retried:
        return json.dumps(balanced)
    names = [{"service": service, "method": method} for service, method in (r.split("/") for r in retried)]
    policy = {
        "maxAttempts": 3,
        "initialBackoff": "0.05s",
        "maxBackoff": "0.5s",
        "backoffMultiplier": 3,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return json.dumps({**balanced, "methodConfig": [{"name": names, "retryPolicy": policy}]})


async def call[Q, R](method: Unary[Q, R], request: Q, timeout: float = DEADLINE) -> R:  # noqa: ASYNC109 -- the deadline is grpc's
    """Calls a stub's method within the shorter of `timeout` and what the chain above has left; raises AppError."""
    metadata = tuple(telemetry.carrier().items())
    try:
        return await method(request, timeout=_left(timeout), metadata=metadata, wait_for_ready=True)
    except grpc.aio.AioRpcError as error:
        raise _refusal(error) from None


async def stream[Q, R](
    method: Streaming[Q, R],
    request: Q,
    timeout: float,  # noqa: ASYNC109 -- as in call
) -> AsyncIterator[R]:
    """Calls a server-streaming method; raises AppError."""
    metadata = tuple(telemetry.carrier().items())
    try:
        async for message in method(request, timeout=_left(timeout), metadata=metadata, wait_for_ready=True):
            yield message
    except grpc.aio.AioRpcError as error:
        raise _refusal(error) from None


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """All calls made inside the block share these seconds: where one used them up, the next fails at once."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


async def serving(opened: grpc.aio.Channel) -> bool:
    """Whether the process behind a channel answers its health check."""
    check = opened.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    try:
        answer = await check(health_pb2.HealthCheckRequest(), timeout=0.5)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _left(timeout: float) -> float:
    until = _deadline.get(None)
    return timeout if until is None else max(0.001, min(timeout, until - time.monotonic()))


def _refusal(error: grpc.aio.AioRpcError) -> Exception:
    """The AppError that a status stands for; a bug of the other side stays a bug here."""
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS:
            return _unpacked(Status.FromString(value))
    if error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}:
        return AppError(Kind.UNAVAILABLE, "SERVICE_AWAY", "A part of the platform is away. Try again in a moment.")
    return RuntimeError(f"{error.code().name}: {error.details()}")


def _unpacked(status: Status) -> AppError:
    info = ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    errors = tuple(FieldError(**e) for e in json.loads(info.metadata.get("errors", "[]")))
    retry_after = int(info.metadata["retry_after"]) if "retry_after" in info.metadata else None
    return AppError(Kind(info.metadata["kind"]), info.reason, status.message, errors, retry_after)
