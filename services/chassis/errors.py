"""The one family of expected errors, and its three maps to the outside.

AppError ── kind ──▶ GRPC_STATUS  (google.rpc.Status with ErrorInfo)
                 ├─▶ HTTP_STATUS  (RFC 9457 problem, OperationOutcome, JSON-RPC error)
                 └─▶ SMTP_REPLY   (RFC 5321 reply code)

Anything that is not an AppError is a bug: it is logged with its trace id and shown as that id alone.
"""

from dataclasses import dataclass
from enum import StrEnum

import grpc


class Kind(StrEnum):
    """What sort of refusal; every kind has a row in each of the three tables."""

    INVALID = "INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    EXHAUSTED = "EXHAUSTED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    GONE = "GONE"
    TOO_LARGE = "TOO_LARGE"
    LIMITED = "LIMITED"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with an input: where it stands, what was there, what was expected."""

    where: str
    value: str
    expected: str
    line: int | None = None


@dataclass(eq=False)
class AppError(Exception):
    """An expected refusal: `reason` is a stable UPPER_SNAKE word for programs, `message` a sentence for people.

    `retry_after` is in how many seconds the same may be tried again, where that is known.
    """

    kind: Kind
    reason: str
    message: str
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None

    def __str__(self) -> str:
        """The reason and the sentence."""
        return f"{self.reason}: {self.message}"


GRPC_STATUS: dict[Kind, grpc.StatusCode] = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    Kind.GONE: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.TOO_LARGE: grpc.StatusCode.OUT_OF_RANGE,
    Kind.LIMITED: grpc.StatusCode.ABORTED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}

HTTP_STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.EXHAUSTED: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.TOO_LARGE: 413,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}

SMTP_REPLY: dict[Kind, int] = {
    Kind.INVALID: 550,
    Kind.UNAUTHENTICATED: 550,
    Kind.EXHAUSTED: 550,
    Kind.FORBIDDEN: 550,
    Kind.NOT_FOUND: 550,
    Kind.CONFLICT: 550,
    Kind.GONE: 550,
    Kind.TOO_LARGE: 552,
    Kind.LIMITED: 451,
    Kind.UNAVAILABLE: 451,
}


def invalid(reason: str, message: str, *errors: FieldError) -> AppError:
    """The caller's input is at fault; `errors` name the fields."""
    return AppError(Kind.INVALID, reason, message, errors)


def unauthenticated(reason: str, message: str) -> AppError:
    """The credential is absent, forged or ended."""
    return AppError(Kind.UNAUTHENTICATED, reason, message)


def forbidden(reason: str, message: str) -> AppError:
    """Known caller, not allowed."""
    return AppError(Kind.FORBIDDEN, reason, message)


def not_found(reason: str, message: str) -> AppError:
    """No such thing."""
    return AppError(Kind.NOT_FOUND, reason, message)


def conflict(reason: str, message: str) -> AppError:
    """The state of things stands against it."""
    return AppError(Kind.CONFLICT, reason, message)


def gone(reason: str, message: str) -> AppError:
    """It was here and is over."""
    return AppError(Kind.GONE, reason, message)


def unavailable(reason: str, message: str) -> AppError:
    """A part is away; the same call may go through later."""
    return AppError(Kind.UNAVAILABLE, reason, message)
