"""The error family and its three maps."""

import grpc
import grpc.aio
import pytest
from google.rpc.status_pb2 import Status

from services.chassis import rpc
from services.chassis.errors import GRPC_STATUS, HTTP_STATUS, SMTP_REPLY, AppError, FieldError, Kind


@pytest.mark.parametrize("table", [GRPC_STATUS, HTTP_STATUS, SMTP_REPLY])
def test_every_kind_has_a_row_in_every_table(table):
    assert set(table) == set(Kind)


def test_no_two_kinds_share_a_grpc_status():
    assert len(set(GRPC_STATUS.values())) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_refusal_crosses_the_wire_whole(kind):
    refusal = AppError(kind, "A_REASON", "A sentence, à la carte.", (FieldError("lines[0].code", "99x", "a code", 3),))
    back = rpc._unpacked(Status.FromString(rpc._details(refusal, GRPC_STATUS[kind])))
    assert (back.kind, back.reason, back.message, back.errors) == (
        kind,
        refusal.reason,
        refusal.message,
        refusal.errors,
    )


def test_a_server_that_is_away_is_unavailable():
    lost = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata())
    refusal = rpc._refusal(lost)
    assert isinstance(refusal, AppError)
    assert refusal.kind is Kind.UNAVAILABLE


def test_a_bug_of_the_other_side_is_no_refusal():
    bug = grpc.aio.AioRpcError(grpc.StatusCode.INTERNAL, grpc.aio.Metadata(), grpc.aio.Metadata(), "a trace id")
    assert not isinstance(rpc._refusal(bug), AppError)
