"""Exchanges with servers of all manners, in a process of their own: what came of each, as JSON.

Run as `python -m tests.load.drivers.exchanging plain|patched`: as it is, or with the standard library patched as
Locust patches it.
"""

import json
import socket
import struct
import sys
import tempfile
import time
import zlib
from pathlib import Path

if sys.argv[1:] == ["patched"]:
    from gevent import monkey

    monkey.patch_all()

import gevent

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.classes import Classifier, failed
from pytest_serverless.load.drivers import pools, tls
from pytest_serverless.load.drivers.connections import GeventTransport
from pytest_serverless.load.drivers.http_driver import HttpDriver
from tests.load.drivers.servers import OK, Server, answering, authority_and_context, resetting, unheard

GET = ("GET", "/path?query=1", {})


def told(exchange):
    """What a test may ask of an exchange."""
    error = exchange.error
    return {
        "status": exchange.status,
        "headers": dict(exchange.headers),
        "body": exchange.body.decode("latin-1"),
        "error": type(error).__name__ if error else None,
        "message": str(error),
        "reason": failed(error).reason if error else None,
        "new_connection": exchange.new_connection,
        "wire_attempts": exchange.wire_attempts,
        "seconds": exchange.ended_s - exchange.started_s,
    }


def exchanged(server, *, method="GET", body=b"", headers=None, url=None, **settings):
    transport = GeventTransport(**{"timeout_s": 5.0, **settings})
    return told(transport.exchange(method, (url or server.url) + "/path?query=1", headers or {}, body))


def several(server, count, method="GET", pause=lambda: None, **settings):
    """One exchange after the other over the same transport."""
    transport = GeventTransport(**{"timeout_s": 5.0, **settings})
    found = []
    for _ in range(count):
        found.append(told(transport.exchange(method, server.url + "/", {}, b"")))
        pause()
    return {"exchanges": found, "connections": server.connections, "requests": len(server.requests)}


def failures():
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    yield "refused", exchanged(None, url=unheard())
    yield "dns", exchanged(None, url="http://nowhere.invalid")
    yield "reset", exchanged(Server(resetting))
    yield "reset while it is sent", exchanged(Server(resetting_early), method="POST", body=b"." * 30_000_000)
    yield "closed before an answer", exchanged(Server(answering(times=1)))
    yield "half a body", exchanged(Server(answering(half, times=1)))
    yield (
        "half a chunk",
        exchanged(Server(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", times=1))),
    )
    yield "half a head", exchanged(Server(answering(b"HTTP/1.1 200 OK\r\nContent-", times=1)))
    yield "an interim answer alone", exchanged(Server(answering(b"HTTP/1.1 100 Continue\r\n\r\n", times=1)))
    yield "garbage", exchanged(Server(answering(b"SSH-2.0-OpenSSH_9.2\r\n")))
    yield "two answers", exchanged(Server(answering(OK + OK)))
    yield (
        "broken gzip",
        exchanged(Server(answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"))),
    )


def timeouts(context, authority):
    silent = Server(lambda server, connection: server.read(connection) and gevent.sleep(5))
    drop = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"."] * 900, wait=lambda: time.sleep(0.05))
    mute = Server(lambda server, connection: time.sleep(5))
    silent_tls = Server(lambda server, connection: server.read(connection) and time.sleep(5), context)
    yield "silence", exchanged(silent, timeout_s=0.2)
    yield "drop by drop", exchanged(Server(drop), timeout_s=0.3)
    yield "no handshake", exchanged(mute, url=mute.url.replace("http", "https"), timeout_s=0.2)
    yield "silence over TLS", exchanged(silent_tls, timeout_s=0.3, ca_file=authority)
    yield "a body nobody reads", exchanged(mute, method="POST", body=b"." * 30_000_000, timeout_s=0.3)


def over_tls(folder):
    authority, context = authority_and_context(folder)
    _, for_another = authority_and_context(folder, "127.0.0.2")
    server = Server(answering(OK), context)
    plain = Server(lambda server, connection: connection.recv(1) and connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"))
    yield "an unknown authority", exchanged(server)
    yield "an authority that is named", exchanged(server, ca_file=authority)
    yield "anybody", exchanged(server, insecure=True)
    other = Server(answering(OK), for_another)
    yield "another host's certificate", exchanged(other, ca_file=str(folder / "127.0.0.2-authority.pem"))
    yield "no TLS at all", exchanged(plain, url=plain.url.replace("http", "https"))
    yield "kept open over TLS", several(Server(answering(OK), context), 3, ca_file=authority)
    yield "opened before, over TLS", opened_before(Server(answering(OK), context), ca_file=authority)
    yield (
        "closed while idle, over TLS",
        several(Server(answering(OK, times=1), context), 3, pause=lambda: gevent.sleep(0.05), ca_file=authority),
    )
    yield "one context", tls.context(authority) is tls.context(authority)
    yield from timeouts(context, authority)
    yield from troubles(context, authority)


def answers():
    yield "plain", exchanged(Server(answering(OK)))
    yield (
        "in two parts",
        exchanged(
            Server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", b"k", wait=lambda: gevent.sleep(0.01)))
        ),
    )
    yield "until closed", exchanged(Server(answering(b"HTTP/1.1 200 OK\r\n\r\nall of it", times=1)))
    yield (
        "in chunks",
        exchanged(
            Server(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n"))
        ),
    )
    yield (
        "after an interim one",
        exchanged(
            Server(answering(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK, wait=lambda: gevent.sleep(0.01)))
        ),
    )
    yield (
        "to HEAD",
        several(Server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")), count=2, method="HEAD"),
    )
    zipped = zlib.compress(b"zipped" * 100, wbits=31)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    yield "in gzip", exchanged(Server(answering(head % len(zipped) + zipped)))
    cookies = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2\r\n\r\n"
    yield "with two cookies", exchanged(Server(answering(cookies)))
    yield (
        "of eight megabytes",
        {
            **exchanged(Server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" + b"." * 8_000_000))),
            "body": "",
        },
    )
    yield (
        "that leads elsewhere",
        several(Server(answering(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")), 1),
    )
    yield "before all was sent", exchanged(Server(refusing_early), method="POST", body=b"." * 30_000_000)


def resetting_early(server, connection):
    connection.recv(1000)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def refusing_early(server, connection):
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def connections():
    yield "kept open", several(Server(answering(OK)), 3)
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    yield "closed as it was said", several(Server(answering(closing, times=1)), 3)
    yield "said to be closed, and is not", several(Server(answering(closing)), 2)
    yield "closed while idle", several(Server(answering(OK, times=1)), 3, pause=lambda: gevent.sleep(0.05))
    yield (
        "spoken to while idle",
        several(
            Server(answering(OK, b"HTTP/1.1 408 Request Timeout\r\n\r\n", wait=lambda: gevent.sleep(0.02))),
            2,
            pause=lambda: gevent.sleep(0.05),
        ),
    )
    for method in ("GET", "DELETE", "POST"):
        yield f"closed when it is used again, {method}", several(Server(answering_once), 2, method)
    yield "opened before", opened_before(Server(answering(OK)))
    yield "all in use", all_in_use()
    yield "given up", given_up()
    yield "closed by us", closed_by_us()


def answering_once(server, connection):
    server.read(connection)
    connection.sendall(OK)
    server.read(connection)


def opened_before(server, **settings):
    transport = GeventTransport(most_connections=5, timeout_s=5.0, **settings)
    opened = [transport.open(server.url, 3), transport.open(server.url, 9)]
    gevent.sleep(0.05)
    sent = len(server.requests)
    greenlets = [gevent.spawn(transport.exchange, "GET", server.url + "/", {}) for _ in range(5)]
    gevent.joinall(greenlets)
    return {
        "opened": opened,
        "sent": sent,
        "connections": server.connections,
        "new": [greenlet.value.new_connection for greenlet in greenlets],
        "statuses": [greenlet.value.status for greenlet in greenlets],
    }


def all_in_use():
    slow = Server(answering(OK, wait=lambda: time.sleep(0.01)))
    slow.serve = lambda server, connection: server.read(connection) and (time.sleep(0.3), connection.sendall(OK))
    transport = GeventTransport(most_connections=2, timeout_s=5.0)
    greenlets = [gevent.spawn(transport.exchange, "GET", slow.url + "/", {}) for _ in range(3)]
    gevent.joinall(greenlets)
    sent = HttpDriver(GeventTransport(1), slow.url, Classifier("http"))
    both = [gevent.spawn(sent.send, "GET", "/", {}) for _ in range(2)]
    gevent.joinall(both)
    return {
        "exchanges": [told(greenlet.value) for greenlet in greenlets],
        "verdicts": [list(greenlet.value.verdict) for greenlet in both],
    }


def given_up():
    """A greenlet that is killed while it waits leaves no half-read connection behind."""
    server = Server(lambda server, connection: server.read(connection) and (gevent.sleep(0.2), connection.sendall(OK)))
    transport = GeventTransport(most_connections=1, timeout_s=5.0)
    killed = gevent.spawn(transport.exchange, "GET", server.url + "/", {})
    gevent.sleep(0.05)
    killed.kill()
    return told(transport.exchange("GET", server.url + "/", {}))


def closed_by_us():
    transport = GeventTransport(timeout_s=5.0)
    server = Server(lambda server, connection: server.read(connection) and (connection.sendall(OK), connection.recv(1)))
    transport.exchange("GET", server.url + "/", {})
    transport.close()
    return told(transport.exchange("GET", server.url + "/", {}))


def names():
    """Lookups are counted, and a name leads to an address where nobody listens besides the right one."""
    looked_up = []

    def getaddrinfo(host, port, *rest):
        looked_up.append(host)
        return [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    server, true = Server(answering(OK)), pools.socket.getaddrinfo
    url = f"http://shop.example:{server.port}/"
    pools.socket.getaddrinfo = getaddrinfo
    try:
        transport = GeventTransport(timeout_s=5.0)
        opened = transport.open(url, 4)
        exchanges = [gevent.spawn(transport.exchange, "GET", url, {}) for _ in range(6)]
        gevent.joinall(exchanges)
        again = transport.exchange("GET", url.replace("shop", "SHOP"), {})
    finally:
        pools.socket.getaddrinfo = true
    yield (
        "a name of two addresses",
        {
            "opened": opened,
            "looked_up": looked_up,
            "statuses": [each.value.status for each in exchanges],
            "again": told(again),
        },
    )
    yield "a name that is none", exchanged(None, url="http://.example.com")
    yield "a file without certificates", [refused_certificates(path) for path in (__file__, "/nowhere/ca.pem")]


def refused_certificates(path):
    try:
        GeventTransport(ca_file=path)
    except InvalidParameterError as error:
        return str(error)
    return None


def round_trips():
    server = Server(answering(OK))
    transport = GeventTransport(timeout_s=5.0)
    yield "a round trip", {"ms": transport.round_trip_ms(server.url), "sent": len(server.requests)}
    yield "no round trip", transport.round_trip_ms(unheard())


def troubles(context, authority):
    urls = {"nobody": unheard(), "no name": "http://.example.com", "a stranger": Server(answering(OK), context).url}
    for what, url in urls.items():
        transport = GeventTransport(timeout_s=5.0)
        yield f"opened to {what}", [transport.open(url, 2), failed(transport.trouble(url)).reason]
    transport, server = GeventTransport(timeout_s=5.0, ca_file=authority), Server(answering(OK), context)
    yield "opened to somebody", [transport.open(server.url, 2), transport.trouble(server.url)]


def main():
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in (failures(), answers(), connections(), round_trips(), names(), over_tls(Path(folder))):
            for name, outcome in part:
                found[name] = outcome
    print(json.dumps(found))


if __name__ == "__main__":
    main()
