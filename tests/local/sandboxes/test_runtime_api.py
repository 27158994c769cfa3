"""The Runtime API by its contract: states, refusals, and who is handed an event."""

import asyncio
import json

import pytest

from pytest_serverless.local.sandboxes.runtime_api import RuntimeApi
from tests.local.sandboxes.house import CLIENTS, in_house, invocation_of, value_of

pytestmark = [pytest.mark.realtime, pytest.mark.timeout(60)]

NEXT = "/2018-06-01/runtime/invocation/next"
INIT_ERROR = "/2018-06-01/runtime/init/error"


class Client:
    """A runtime that says what the test wants."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, address):
        host, _, port = address.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    def send(self, method, path, body=b"", **headers):
        lines = [f"{method} {path} HTTP/1.1", "Host: x"]
        if "Transfer_Encoding" not in headers:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def read(self):
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await self._reader.readexactly(int(headers.get("Content-Length", 0)))
        return int(head.split()[1]), headers, body

    async def ask(self, method, path, body=b"", **headers):
        self.send(method, path, body, **headers)
        return await self.read()

    async def close(self):
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)


def talk(work, limit=100):
    async def live():
        said = []
        api = RuntimeApi(said.append, limit=limit)
        client = await Client.connect(await api.open())
        try:
            return await asyncio.wait_for(work(api, client, said), 10)
        finally:
            await client.close()
            api.close()

    return asyncio.run(live())


def url(request_id, what="response"):
    return f"/2018-06-01/runtime/invocation/{request_id}/{what}"


def refusal(answer):
    status, _, body = answer
    said = json.loads(body)
    return status, said["errorType"], said["errorMessage"]


def given(api, request_id="the-id", **more):
    api.give(invocation_of({"k": 1}, request_id=request_id, **more), 4_102_444_800_000)


def test_an_event_is_handed_over_with_what_belongs_to_it():
    async def work(api, client, said):
        client.send("GET", NEXT)
        await asyncio.sleep(0.02)
        assert (api.state, said[0].kind) == ("Ready", "ready")
        given(api, client_context='{"a":\n"ü"}', tenant_id="blue")
        return await client.read()

    status, headers, body = talk(work)

    assert (status, body) == (200, b'{"k": 1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "the-id"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "4102444800000"
    assert headers["Lambda-Runtime-Trace-Id"].startswith("Root=")
    assert headers["Lambda-Runtime-Client-Context"].encode("latin-1").decode() == '{"a": "ü"}'
    assert headers["Lambda-Runtime-Aws-Tenant-Id"] == "blue"
    assert "Lambda-Runtime-Cognito-Identity" not in headers
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("what", "error_type"), [("response", ""), ("error", "Own.Error")])
def test_an_answer_is_accepted_once(what, error_type):
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        first = await client.ask("POST", url("the-id", what), b'"x"', Lambda_Runtime_Function_Error_Type=error_type)
        second = await client.ask("POST", url("the-id"), b"again")
        return first, second, said

    first, second, said = talk(work)

    assert (first[0], first[2]) == (202, b'{"status":"OK"}\n')
    assert refusal(second) == (
        403,
        "InvalidStateTransition",
        "State transition from ResponseSent to InvocationResponse failed for runtime. "
        "Error: State transition is not allowed",
    )
    assert [(one.kind, one.body, one.error_type) for one in said[1:]] == [(what, b'"x"', error_type)]


@pytest.mark.parametrize(
    ("before", "asked", "was", "wanted"),
    [
        ([], url("x"), "Started", "InvocationResponse"),
        ([], url("x", "error"), "Started", "InvocationErrorResponse"),
        ([("GET", NEXT)], INIT_ERROR, "Running", "InitError"),
        ([("POST", INIT_ERROR)], INIT_ERROR, "InitError", "InitError"),
    ],
)
def test_what_comes_at_the_wrong_time_is_refused(before, asked, was, wanted):
    async def work(api, client, said):
        given(api)
        for one in before:
            await client.ask(*one)
        return await client.ask("POST", asked)

    message = f"State transition from {was} to {wanted} failed for runtime. Error: State transition is not allowed"
    assert refusal(talk(work)) == (403, "InvalidStateTransition", message)


def test_no_next_event_is_given_before_the_answer():
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        return await client.ask("GET", NEXT)

    assert refusal(talk(work))[:2] == (403, "InvalidStateTransition")


def test_an_answer_to_another_event_is_refused():
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        wrong = await client.ask("POST", url("another"), b"1")
        right = await client.ask("POST", url("the-id"), b"2")
        return wrong, right, said

    wrong, right, said = talk(work)

    assert refusal(wrong) == (400, "InvalidRequestID", "Invalid request ID")
    assert right[0] == 202
    assert said[-1].body == b"2"


def test_a_response_over_the_limit_is_refused_and_the_next_event_given():
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        over = await client.ask("POST", url("the-id"), b"x" * 101)
        given(api, "next-id")
        return over, await client.ask("GET", NEXT), said

    over, following, said = talk(work)

    assert refusal(over) == (413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (100 bytes).")
    assert following[1]["Lambda-Runtime-Aws-Request-Id"] == "next-id"
    assert said[-1].kind == "too_large"


def test_a_streamed_response_is_put_together():
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        options = {"Transfer_Encoding": "chunked", "Lambda_Runtime_Function_Response_Mode": "streaming"}
        answer = await client.ask("POST", url("the-id"), b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", **options)
        return answer, said

    answer, said = talk(work)

    assert answer[0] == 202
    assert (said[-1].kind, said[-1].body) == ("response", b"abcde")


def test_a_stream_that_fails_says_so_at_its_end():
    async def work(api, client, said):
        given(api)
        await client.ask("GET", NEXT)
        trailers = b"Lambda-Runtime-Function-Error-Type: Own\r\nLambda-Runtime-Function-Error-Body: eyJlIjogMX0=\r\n"
        options = {"Transfer_Encoding": "chunked", "Trailer": "Lambda-Runtime-Function-Error-Type"}
        await client.ask("POST", url("the-id"), b"3\r\nabc\r\n0\r\n" + trailers + b"\r\n", **options)
        return said

    said = talk(work)

    assert (said[-1].kind, said[-1].error_type, said[-1].body) == ("error", "Own", b'{"e": 1}')


def test_nothing_is_handed_to_one_who_has_left():
    async def work(api, client, said):
        client.send("GET", NEXT)
        await asyncio.sleep(0.02)
        await client.close()
        await asyncio.sleep(0.02)
        given(api)
        taken = api.is_taken
        again = await Client.connect(api._listener.address)
        answer = await again.ask("GET", NEXT)
        await again.close()
        return taken, answer, api.is_taken

    taken, answer, taken_after = talk(work)

    assert (taken, answer[0], taken_after) == (False, 200, True)


def test_an_error_of_the_init_phase_is_told():
    async def work(api, client, said):
        answer = await client.ask("POST", INIT_ERROR, b'{"e": 1}', Lambda_Runtime_Function_Error_Type="Own")
        return answer, said

    answer, said = talk(work)

    assert answer[0] == 202
    assert [(one.kind, one.body, one.error_type) for one in said] == [("init_error", b'{"e": 1}', "Own")]


@pytest.mark.parametrize(
    "path", ["/", "/2018-06-01/runtime/invocation", "/2018-06-01/runtime/x/y/z", "/latest/meta-data"]
)
def test_what_there_is_none_of_is_not_found(path):
    async def work(api, client, said):
        return await client.ask("GET", path)

    assert talk(work)[0] == 404


@pytest.mark.parametrize("client", CLIENTS)
def test_extensions_within_the_handler_live(client):
    asked = [
        ("POST", "/2020-01-01/extension/register"),
        ("PUT", "/2022-07-01/telemetry"),
        ("PUT", "/2020-08-15/logs"),
        ("POST", "/2020-01-01/extension/init/error"),
    ]

    async def work(house):
        return await house.ran("deeds.telemetry", {"asked": asked})

    assert [status for status, _ in value_of(in_house(work, client=client)).values()] == [200, 202, 202, 202]
