"""Nothing leaves a test with mocked backends but for hosts that are allowed."""

import asyncio
import contextlib
import socket
import threading
import urllib.request

import boto3
import pytest
import requests

from pytest_serverless.backends.network import NetworkGuard
from pytest_serverless.errors import NetworkBlockedError


@pytest.fixture
def guard():
    guard = NetworkGuard()
    with guard.guarding("tests/test_shop.py::test_buy"):
        yield guard


def test_the_error_names_host_test_and_option(guard):
    with pytest.raises(NetworkBlockedError) as raised:
        socket.create_connection(("api.example.com", 443))

    said = str(raised.value)
    assert "tests/test_shop.py::test_buy was about to connect to 'api.example.com:443'" in said
    assert "serverless_network = api.example.com" in said
    assert (raised.value.host, raised.value.test) == ("api.example.com", "tests/test_shop.py::test_buy")
    assert guard.blocked == [raised.value]


def with_socket(use, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as opened:
        use(opened)


@pytest.mark.parametrize(
    "connect",
    [
        lambda: requests.get("http://api.example.com/", timeout=1),
        lambda: urllib.request.urlopen("http://192.0.2.1/"),
        lambda: with_socket(lambda one: one.connect(("192.0.2.1", 80))),
        lambda: with_socket(lambda one: one.connect_ex(("192.0.2.1", 80))),
        lambda: with_socket(lambda one: one.sendto(b"", ("192.0.2.1", 53)), socket.SOCK_DGRAM),
        lambda: asyncio.run(asyncio.open_connection("api.example.com", 443)),
        lambda: asyncio.run(asyncio.open_connection("192.0.2.1", 443)),
        lambda: asyncio.run(asyncio.open_connection("2001:db8::1", 443)),
    ],
    ids=["requests", "urllib", "socket", "connect_ex", "datagram", "asyncio", "asyncio-address", "asyncio-ipv6"],
)
def test_every_way_out_is_guarded(guard, connect):
    with pytest.raises(NetworkBlockedError):
        connect()


def test_a_client_that_swallows_the_error_is_seen(guard):
    with contextlib.suppress(Exception):
        requests.get("http://api.example.com/", timeout=1)

    assert [one.host for one in guard.blocked] == ["api.example.com"]


@pytest.mark.realtime
def test_this_machine_is_reached(guard):
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as by_address:
            assert by_address.getpeername() == server.getsockname()
        with socket.create_connection(("localhost", server.getsockname()[1])):
            pass


@pytest.mark.realtime
def test_asyncio_works_as_before(guard):
    async def talk():
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await reader.read() == b""
            writer.close()

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("pattern", "host", "port", "allowed"),
    [
        ("api.example.com", "api.example.com", 443, True),
        ("API.example.com", "api.EXAMPLE.com", 443, True),
        ("api.example.com", "example.com", 443, False),
        ("*.example.com", "api.example.com", 443, True),
        ("*.example.com", "example.com.evil.org", 443, False),
        ("db.example.com:5432", "db.example.com", 5432, True),
        ("db.example.com:5432", "db.example.com", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("2001:db8::/32", "2001:db8::1", 80, True),
        ("*", "anything.example.org", 80, True),
        ("", "anything.example.org", 80, False),
    ],
)
def test_patterns_allow(pattern, host, port, allowed):
    assert NetworkGuard([pattern]).allows(host, port) is allowed


def test_the_addresses_of_an_allowed_host_are_allowed(monkeypatch):
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    guard = NetworkGuard(["api.example.com"])

    with guard.guarding():
        assert not guard.allows("192.0.2.7", 443)
        socket.getaddrinfo("api.example.com", 443)
        assert guard.allows("192.0.2.7", 443)
    with guard.guarding():
        assert not guard.allows("192.0.2.7", 443)


def test_afterwards_sockets_are_as_before():
    before = socket.getaddrinfo, dict(vars(socket.socket))
    with NetworkGuard().guarding():
        assert socket.getaddrinfo is not before[0]

    assert (socket.getaddrinfo, dict(vars(socket.socket))) == before


def test_another_guard_beneath_is_put_back(monkeypatch):
    def connect(*_):
        raise ConnectionError("another guard")

    monkeypatch.setattr(socket.socket, "connect", connect, raising=False)
    with NetworkGuard().guarding():
        pass

    assert vars(socket.socket)["connect"] is connect


def test_threads_are_guarded(guard):
    errors = []

    def leave():
        try:
            socket.create_connection(("api.example.com", 443))
        except NetworkBlockedError as error:
            errors.append(error.host)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()

    assert errors == ["api.example.com"]


def test_a_client_with_an_endpoint_elsewhere_is_refused_at_once(aws):
    client = boto3.client("sqs", endpoint_url="https://queue.example.net")

    with pytest.raises(NetworkBlockedError, match=r"queue\.example\.net"):
        client.list_queues()


def test_a_real_client_does_not_leave_even_without_our_handler(aws):
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import HTTPClientError
    from botocore.httpsession import URLLib3Session

    request = AWSRequest("GET", "https://sqs.us-east-1.amazonaws.com/").prepare()

    with pytest.raises(HTTPClientError, match=r"was about to connect to 'sqs\.us-east-1\.amazonaws\.com:443'"):
        URLLib3Session().send(request)
