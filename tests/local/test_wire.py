"""The listener, asked with sockets: whatever a client sends, it gets its answers, in order, or is told why not."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest

pytest.importorskip("httptools")

from pytest_serverless.errors import AddressInUseError
from pytest_serverless.local.wire.listener import Listener, address_of
from pytest_serverless.local.wire.messages import Asked, Reply
from tests.local.surfaces.serving import on_a_loop

pytestmark = pytest.mark.realtime

WITHIN_S = 10


def echo(asked):
    return Reply(200, f"{asked.method} {asked.target} ".encode() + asked.body)


@contextlib.contextmanager
def listening(handler=echo, **options):
    with on_a_loop() as run:

        async def opened():
            return await Listener(handler, **options).open()

        async def closed():
            listener.close()
            await asyncio.sleep(0)

        listener = run(opened())
        try:
            yield listener
        finally:
            run(closed())


class Client:
    def __init__(self, listener):
        self.socket = socket.create_connection((listener.host, listener.port), timeout=WITHIN_S)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part.encode() if isinstance(part, str) else part)
        return self

    def more(self):
        try:
            found = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.received += found
        return bool(found)

    def until(self, ending):
        while ending not in self.received and self.more():
            pass
        return self.received

    def rest(self):
        while self.more():
            pass
        return self.received

    def answer(self):
        """The next answer that says its length: head and body."""
        self.until(b"\r\n\r\n")
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))[15:])
        while len(body) < length and self.more():
            body = self.received.partition(b"\r\n\r\n")[2]
        self.received = body[length:]
        return head.decode("latin-1"), body[:length]


def get(path="/", *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""])


def post(body, *headers, path="/"):
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines)


def test_a_connection_is_kept_for_the_next_request():
    with listening() as listener, Client(listener) as client:
        first = client.send(get("/1")).answer()
        second = client.send(post("body", path="/2")).answer()

    assert [first[1], second[1]] == [b"GET /1 ", b"POST /2 body"]
    assert "connection" not in first[0].lower()


def test_an_answer_is_one_write_and_nothing_waits_for_it():
    with listening() as listener, Client(listener) as client:
        begun = time.perf_counter()
        for _ in range(50):
            client.send(post("x" * 3_000)).answer()
        took = time.perf_counter() - begun

    assert took / 50 < 0.02  # Nagle's algorithm and delayed acknowledgements cost 40 ms each


@pytest.mark.parametrize("version", ["HTTP/1.1\r\nConnection: close", "HTTP/1.0"])
def test_a_connection_is_closed_where_the_client_wants_it(version):
    with listening() as listener, Client(listener) as client:
        answer = client.send(f"GET / {version}\r\nHost: x\r\n\r\n").rest()

    assert answer.endswith(b"Connection: close\r\n\r\nGET / ")


def test_requests_that_are_sent_at_once_are_answered_in_their_order():
    async def slow_at_first(asked):
        await asyncio.sleep(0.05 if asked.path == "/0" else 0)
        return echo(asked)

    with listening(slow_at_first) as listener, Client(listener) as client:
        client.send("".join(get(f"/{number}") for number in range(200)))
        answers = [client.answer()[1] for _ in range(200)]

    assert answers == [f"GET /{number} ".encode() for number in range(200)]


@pytest.mark.parametrize("pause", [0, 0.05])
def test_nothing_is_done_or_said_after_a_request_that_ends_the_connection(pause):
    seen = []

    async def note(asked):
        seen.append(asked.path)
        await asyncio.sleep(pause)
        return echo(asked)

    with listening(note) as listener, Client(listener) as client:
        answers = client.send(get("/1", "Connection: close") + get("/2")).rest()

    assert seen == ["/1"]
    assert answers.endswith(b"Connection: close\r\n\r\nGET /1 ")


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_request_may_come_in_pieces(size):
    sent = post("body" * 100, "X-Long: " + "y" * 500).encode()
    with listening() as listener, Client(listener) as client:
        for start in range(0, len(sent), size):
            client.send(sent[start : start + size])
        assert client.answer()[1] == b"POST / " + b"body" * 100


def test_a_body_may_come_in_chunks():
    chunks = "4\r\nbody\r\n3;note=x\r\n123\r\n0\r\n\r\n"
    with listening() as listener, Client(listener) as client:
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)
        assert client.answer()[1] == b"POST / body123"
        assert client.send(get("/after")).answer()[1] == b"GET /after "


def test_head_is_answered_without_the_body_that_its_length_tells_of():
    with listening() as listener, Client(listener) as client:
        client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n", get("/next", "Connection: close"))
        first, _, rest = client.rest().partition(b"\r\n\r\n")

    assert b"Content-Length: 10" in first
    assert rest.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_no_length(status):
    with listening(lambda _: Reply(status, b"none")) as listener, Client(listener) as client:
        answer = client.send(get("/", "Connection: close")).rest()

    assert b"Content-Length" not in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_asks_whether_to_go_on_is_told_to():
    with listening() as listener, Client(listener) as client:
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.received = b""
        assert client.send("body").answer()[1] == b"POST / body"


def test_a_client_that_asks_whether_to_send_too_much_is_told_not_to():
    with listening(most_bytes=10) as listener, Client(listener) as client:
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
        assert client.rest().startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("way", ["length", "chunked"])
def test_a_client_that_sends_too_much_sees_why_before_it_is_cut_off(way):
    seen = []
    head = "Content-Length: 8000000" if way == "length" else "Transfer-Encoding: chunked"
    chunk = b"x" * 80_000 if way == "length" else b"13880\r\n" + b"x" * 80_000 + b"\r\n"
    with listening(seen.append, most_bytes=100_000) as listener, Client(listener) as client:
        client.send(f"POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n", *[chunk] * 100)
        answer = client.rest()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"The body is too large.\n")
    assert seen == []


@pytest.mark.parametrize("sent", [get("/", *[f"X-{n}: {'y' * 1_000}" for n in range(70)]), get("/" + "y" * 70_000)])
def test_headers_that_are_too_large_are_refused(sent):
    with listening() as listener, Client(listener) as client:
        assert client.send(sent).rest().startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "sent",
    [
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
    ],
)
def test_what_is_not_http_is_refused_and_reaches_nobody(sent):
    seen = []
    with listening(seen.append) as listener, Client(listener) as client:
        assert client.send(sent).rest().startswith(b"HTTP/1.1 400 ")

    assert seen == []


def test_what_was_asked_before_nonsense_is_answered():
    async def later(asked):
        await asyncio.sleep(0.05)
        return echo(asked)

    with listening(later) as listener, Client(listener) as client:
        answers = client.send(get("/1"), get("/2"), "nonsense\r\n\r\n").rest()

    assert answers.index(b"GET /1") < answers.index(b"GET /2") < answers.index(b"HTTP/1.1 400 ")


def test_an_upgrade_is_declined_by_an_answer():
    offer = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]
    with listening() as listener, Client(listener) as client:
        client.send(get("/1", *offer), get("/2"))
        assert [client.answer()[1], client.answer()[1]] == [b"GET /1 ", b"GET /2 "]


@pytest.mark.parametrize("later", [False, True])
def test_a_handler_that_raises_is_a_500_and_the_next_request_is_answered(later, capfd):
    def broken(asked):
        if asked.path == "/bad":
            raise RuntimeError("broken")
        return echo(asked)

    async def broken_later(asked):
        await asyncio.sleep(0)
        return broken(asked)

    with listening(broken_later if later else broken) as listener, Client(listener) as client:
        head, _ = client.send(get("/bad")).answer()
        assert head.startswith("HTTP/1.1 500 ")
        assert client.send(get("/good")).answer()[1] == b"GET /good "

    assert "RuntimeError: broken" in capfd.readouterr().err


def test_one_who_waits_is_told_that_the_client_has_gone():
    gone, asked_for = threading.Event(), threading.Event()

    def wait(asked):
        asked.when_gone(gone.set)
        asked_for.set()
        return asyncio.get_running_loop().create_future()

    with listening(wait) as listener:
        with Client(listener) as client:
            client.send(get())
            assert asked_for.wait(WITHIN_S)
            assert not gone.is_set()
        assert gone.wait(WITHIN_S)


def test_closing_drops_connections_and_cancels_what_was_done_for_them():
    begun, ended = threading.Event(), []

    async def wait(asked):
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def opened():
        return await Listener(wait).open()

    async def closed():
        listener.close()
        await asyncio.sleep(0.01)

    with on_a_loop() as run, contextlib.ExitStack() as clients:
        listener = run(opened())
        busy, idle = (clients.enter_context(Client(listener)) for _ in range(2))
        busy.send(get())
        assert begun.wait(WITHIN_S)
        run(closed())
        assert ended == [True]
        assert [busy.rest(), idle.rest()] == [b"", b""]
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((listener.host, listener.port), timeout=1)


def test_a_port_that_is_taken_is_said_with_its_address():
    async def fail():
        with pytest.raises(AddressInUseError, match=f"127.0.0.1:{listener.port}"):
            await Listener(echo, port=listener.port).open()

    with listening() as listener:
        asyncio.run(fail())


def test_a_large_answer_arrives_whole():
    with listening(lambda _: Reply(200, b"x" * 8_000_000)) as listener, Client(listener) as client:
        assert len(client.send(get()).answer()[1]) == 8_000_000


def test_headers_cannot_be_ended_by_a_value():
    reply = Reply(200, b"body", [("X-A", "1\r\nX-B: 2"), ("X-C\r\nX-D", "3")])

    head = reply.encoded(close=False, is_head=False).partition(b"\r\n\r\n")[0].split(b"\r\n")

    assert head == [b"HTTP/1.1 200 OK", b"X-A: 1 X-B: 2", b"X-C X-D: 3", b"Content-Length: 4"]


def test_an_address_of_ipv6_stands_in_brackets():
    assert [address_of("127.0.0.1", 80), address_of("::1", 80)] == ["127.0.0.1:80", "[::1]:80"]


def test_the_parts_of_a_request_are_as_they_were_sent():
    asked = Asked("GET", "/a%2Fb?c=%20&d", [("X-Two", "1"), ("x-two", "2")], b"")

    assert (asked.path, asked.query) == ("/a%2Fb", "c=%20&d")
    assert (asked.header("X-TWO"), asked.header("none", "default")) == ("1", "default")
