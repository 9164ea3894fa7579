"""A call between two services: refusals, bugs, deadlines and traces cross it."""

import asyncio

import pytest
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import (
    CodeServiceServicer,
    CodeServiceStub,
    add_CodeServiceServicer_to_server,
)

from services.chassis import rpc, telemetry
from services.chassis.errors import AppError, Kind, not_found
from tests.servers import free_port

NAME = "codingahead.lookup.v1.CodeService"


class Trial(CodeServiceServicer):
    async def GetCode(self, request, context):
        if request.code == "none":
            raise not_found("UNKNOWN_CODE", "There is none.")
        if request.code == "bug":
            raise ZeroDivisionError("a secret")
        if request.code == "slow":
            await asyncio.sleep(5)
        return pb.GetCodeResponse(code=pb.Code(code=request.code, display=telemetry.trace_id()))


@pytest.fixture(scope="module")
async def stub():
    address = f"127.0.0.1:{free_port()}"
    async with (
        rpc.serve(address, lambda server: add_CodeServiceServicer_to_server(Trial(), server), [NAME]),
        rpc.channel(address, [f"{NAME}/GetCode"]) as channel,
    ):
        assert await rpc.serving(channel)
        yield CodeServiceStub(channel)


async def test_an_answer_comes_back(stub):
    assert (await rpc.call(stub.GetCode, pb.GetCodeRequest(code="I10"))).code.code == "I10"


async def test_a_refusal_is_the_same_refusal_on_the_other_side(stub):
    with pytest.raises(AppError) as caught:
        await rpc.call(stub.GetCode, pb.GetCodeRequest(code="none"))
    assert (caught.value.kind, caught.value.reason) == (Kind.NOT_FOUND, "UNKNOWN_CODE")


async def test_a_bug_shows_its_trace_and_not_its_text(stub):
    with pytest.raises(RuntimeError) as caught:
        await rpc.call(stub.GetCode, pb.GetCodeRequest(code="bug"))
    assert "secret" not in str(caught.value)


async def test_a_call_over_its_deadline_is_unavailable(stub):
    with pytest.raises(AppError) as caught:
        await rpc.call(stub.GetCode, pb.GetCodeRequest(code="slow"), timeout=0.1)
    assert caught.value.kind is Kind.UNAVAILABLE


async def test_the_callers_trace_goes_on(stub):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    parent = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    with telemetry.span("outer", parent=parent):
        answer = await rpc.call(stub.GetCode, pb.GetCodeRequest(code="I10"))
    assert answer.code.display == trace_id


async def test_a_second_server_on_the_port_is_refused():
    address = f"127.0.0.1:{free_port()}"

    def register(server):
        add_CodeServiceServicer_to_server(Trial(), server)

    async with rpc.serve(address, register, [NAME]):
        with pytest.raises(RuntimeError):
            async with rpc.serve(address, register, [NAME]):
                pass


async def test_nobody_there_is_not_serving():
    async with rpc.channel(f"127.0.0.1:{free_port()}") as channel:
        assert not await rpc.serving(channel)
