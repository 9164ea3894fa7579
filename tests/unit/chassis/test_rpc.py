"""A call between two services: refusals, bugs, deadlines and traces cross it."""

import asyncio
import shutil
import subprocess

import pytest
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import (
    CodeServiceServicer,
    CodeServiceStub,
    add_CodeServiceServicer_to_server,
)

from services.chassis import rpc, telemetry
from services.chassis.boot import Settings
from services.chassis.errors import AppError, Kind, not_found
from services.chassis.trust import trust_of
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


def register(server):
    add_CodeServiceServicer_to_server(Trial(), server)


def here(**more):
    return Settings(listen=f"localhost:{free_port()}", secret="of this installation", **more)


@pytest.fixture(scope="module")
async def stub():
    settings = here()
    async with (
        rpc.serve(settings, register, [NAME]),
        rpc.channel(settings, settings.listen, [f"{NAME}/GetCode"]) as channel,
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
    settings = here()
    async with rpc.serve(settings, register, [NAME]):
        with pytest.raises(RuntimeError):
            async with rpc.serve(settings, register, [NAME]):
                pass


async def test_nobody_there_is_not_serving():
    settings = here()
    async with rpc.channel(settings, settings.listen) as channel:
        assert not await rpc.serving(channel)


async def test_a_caller_without_the_installations_secret_is_refused_and_may_ask_for_health():
    settings = here()
    stranger = Settings(secret="of another installation")
    async with rpc.serve(settings, register, [NAME]), rpc.channel(stranger, settings.listen) as channel:
        with pytest.raises(AppError) as caught:
            await rpc.call(CodeServiceStub(channel).GetCode, pb.GetCodeRequest(code="I10"))
        assert (caught.value.kind, caught.value.reason) == (Kind.UNAUTHENTICATED, "FOREIGN_CALLER")
        assert await rpc.serving(channel)


async def test_with_certificates_both_ends_show_theirs(tmp_path):
    settings = here(**certificates(tmp_path))
    plain = Settings(secret=settings.secret)
    async with rpc.serve(settings, register, [NAME]):
        async with rpc.channel(settings, settings.listen) as channel:
            answer = await rpc.call(CodeServiceStub(channel).GetCode, pb.GetCodeRequest(code="I10"))
            assert answer.code.code == "I10"
        async with rpc.channel(plain, settings.listen) as channel:
            assert not await rpc.serving(channel)


def test_some_of_the_certificate_files_are_none_of_them():
    with pytest.raises(ValueError, match="set all three"):
        trust_of(Settings(tls_ca="ca.pem"))


def certificates(folder):
    """An authority that is its own certificate for localhost, as files."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl on the PATH: TLS between services is not tried")
    pem, key = str(folder / "localhost.pem"), str(folder / "localhost.key")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, *named, "-keyout", key, "-out", pem], check=True, capture_output=True)
    return {"tls_ca": pem, "tls_cert": pem, "tls_key": key}
