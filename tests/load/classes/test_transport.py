"""Why no answer came: sockets that are truly refused, reset and closed, and what libraries make of them."""

import contextlib
import errno
import http.client
import socket
import ssl
import struct
import threading
import urllib.error
import urllib.request

import pytest
import requests
import urllib3

from pytest_serverless.load.classes import REASONS, failed, redirected


@contextlib.contextmanager
def server(serve):
    """Give the port of a server that does with its one connection what `serve` says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept():
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
    thread.join(5)


def reset(connection):
    connection.recv(65_536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(connection):
    connection.recv(65_536)


def half(connection):
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


def garbage(connection):
    connection.recv(65_536)
    connection.sendall(b"\x00\x01\x02 no http\r\n\r\n")


def by_urllib(port):
    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()


def by_requests(port):
    session = requests.Session()
    session.trust_env = False
    session.get(f"http://127.0.0.1:{port}/", timeout=5)


def by_urllib3(port):
    urllib3.PoolManager(retries=False).request("GET", f"http://127.0.0.1:{port}/", timeout=5)


CLIENTS = [by_urllib, by_requests, by_urllib3]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("serve", "reason"), [(reset, "reset"), (close, "closed"), (half, "closed"), (garbage, "protocol")]
)
def test_what_a_server_does_is_told_by_its_word(client, serve, reason):
    with (
        server(serve) as port,
        pytest.raises((OSError, http.client.HTTPException, urllib3.exceptions.HTTPError)) as caught,
    ):
        client(port)

    assert failed(caught.value)[:2] == ("failed", reason)


@pytest.mark.parametrize("client", CLIENTS)
def test_nobody_listens(client):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises((OSError, urllib3.exceptions.HTTPError)) as caught:
        client(port)

    assert failed(caught.value).reason == "refused"


def test_a_server_that_speaks_no_tls():
    def http_only(connection):
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(http_only) as port, pytest.raises(OSError) as caught:
        urllib.request.urlopen(f"https://127.0.0.1:{port}/", timeout=5)

    assert failed(caught.value).reason == "tls"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError("timed out"), "timeout"),
        (socket.gaierror(-2, "Name or service not known"), "dns"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "tls"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable"),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), "timeout"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "reset"),
        (http.client.RemoteDisconnected("closed without response"), "closed"),
        (requests.exceptions.ReadTimeout("read timed out"), "timeout"),
        (requests.exceptions.TooManyRedirects("30"), "redirect"),
        (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "dns"),
        (ValueError("something else"), "other"),
    ],
)
def test_exceptions_by_their_word(error, reason):
    assert failed(error) == ("failed", reason, "target", False)
    assert reason in REASONS


def test_the_innermost_that_says_something_counts():
    outer = RuntimeError("the library failed")
    outer.__cause__ = requests.ConnectionError("Max retries exceeded", ConnectionResetError(errno.ECONNRESET, "reset"))

    assert failed(outer).reason == "reset"


def test_a_long_chain_is_followed_to_its_end():
    # As `raise … from …` leaves it: the same exception is cause and context.
    error = ConnectionResetError(errno.ECONNRESET, "reset")
    for number in range(8):
        outer = RuntimeError(f"layer {number}")
        outer.__cause__ = outer.__context__ = error
        error = outer

    assert failed(error).reason == "reset"


def test_exceptions_that_lead_to_each_other_come_to_an_end():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one

    assert failed(one).reason == "other"


@pytest.mark.parametrize(
    ("location", "leads_away"),
    [
        ("https://example.com/elsewhere", True),
        ("//example.com/elsewhere", True),
        ("http://staging.example.com/", True),
        ("https://staging.example.com:8443/", True),
        ("/login", False),
        ("next", False),
        ("https://STAGING.example.com/there", False),
        ("https://staging.example.com:443/there", False),
        (None, False),
    ],
)
def test_a_redirect_to_another_host_is_a_failure(location, leads_away):
    found = redirected("https://staging.example.com/start", 302, location)

    assert (found is not None) is leads_away
    if found:
        assert found[:2] == ("failed", "redirect")


def test_a_location_is_only_followed_by_redirects():
    assert redirected("https://a.example/", 201, "https://b.example/made") is None
