"""Surfaces open together or not at all."""

import asyncio
import contextlib
import socket
import threading

import pytest

pytest.importorskip("httptools")
pytest.importorskip("requests")

import requests

from pytest_serverless.errors import AddressInUseError
from pytest_serverless.local.surfaces.assembly import Surfaces
from tests.local.surfaces.serving import FakePlatform, Kept, port_of, serving
from tests.web.asking import app, http, rest

pytestmark = pytest.mark.realtime


def listening(port=0):
    other = socket.create_server(("127.0.0.1", port))
    return other, other.getsockname()[1]


def two_free_ports():
    """A port that is free, with the one after it."""
    for _ in range(50):
        first, port = listening()
        try:
            second, _ = listening(port + 1)
        except OSError:
            first.close()
            continue
        first.close()
        second.close()
        return port
    pytest.skip("no two ports in a row are free")


def test_apis_stand_at_the_ports_after_the_first():
    port = two_free_ports()
    with serving(FakePlatform(app(http("/a"))), port=port) as surfaces:
        assert port_of(surfaces.invoke_url) == port
        assert surfaces.urls == {"Http": f"http://127.0.0.1:{port + 1}"}


def test_a_port_that_is_taken_leaves_nothing_half_started():
    port = two_free_ports()
    other, _ = listening(port + 1)
    platform = FakePlatform(app(rest("/a"), http("/a")))

    async def fail():
        with pytest.raises(AddressInUseError, match=f"127.0.0.1:{port + 1}"):
            await Surfaces(platform, Kept(), port=port).open()

    try:
        asyncio.run(fail())
        again, _ = listening(port)  # what was opened before it is closed
        again.close()
    finally:
        other.close()


def test_a_port_that_cannot_be_is_refused():
    async def fail():
        with pytest.raises(AddressInUseError):
            await Surfaces(FakePlatform(), Kept(), port=70_000).open()

    asyncio.run(fail())


def test_nothing_runs_before_the_platform_is_ready_and_towards_its_end():
    platform = FakePlatform(app(http()), lambda *_: b'"ok"')
    with serving(platform, ready=False) as surfaces:

        def statuses():
            asked = [
                ("POST", f"{surfaces.invoke_url}/2015-03-31/functions/Fn/invocations"),
                ("GET", surfaces.urls["Http"]),
            ]
            return [requests.request(method, url).status_code for method, url in asked]

        before = statuses()
        surfaces.surfaces.ready()
        then = statuses()
        surfaces.surfaces.unready()
        after = statuses()

    assert [before, then, after] == [[503, 503], [200, 200], [503, 503]]
    assert len(platform.calls) == 2


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example.com", 403),
        ("http://localhost.evil.example.com", 403),
        ("null", 403),
        ("http://localhost:5173", 200),
        ("http://127.0.0.1:5173", 200),
    ],
)
def test_functions_are_not_called_by_pages_of_elsewhere(origin, status):
    """A browser sends such a form without asking before: `application/x-www-form-urlencoded` is taken, for curl."""
    platform = FakePlatform(app(http()))
    with serving(platform) as surfaces:
        url = f"{surfaces.invoke_url}/2015-03-31/functions/Fn/invocations"
        form = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        answer = requests.post(url, data=b"{}", headers=form)

    assert answer.status_code == status
    assert len(platform.calls) == (status == 200)


def test_closing_ends_what_still_runs():
    begun, ended = threading.Event(), []

    async def slow(*_):
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with contextlib.ExitStack() as clients, serving(FakePlatform(app(http()), slow)) as surfaces:
        address = ("127.0.0.1", port_of(surfaces.urls["Http"]))
        connection = clients.enter_context(socket.create_connection(address, timeout=5))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(5)

    assert ended == [True]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_address_of_ipv6_stands_in_brackets():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(host="::1") as surfaces:
        assert surfaces.invoke_url.startswith("http://[::1]:")
