"""Handlers that do what sandboxes are there to survive."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

count = 0


def counts(event, context):
    global count  # noqa: PLW0603  # what a warm sandbox keeps
    count += 1
    return {"count": count, "pid": os.getpid()}


def echo(event, context):
    return event


def sleeps(event, context):
    with open(os.path.join(tempfile.gettempdir(), "kept"), "a") as file:
        file.write("x")
    time.sleep(event.get("seconds", 30))
    return {"pid": os.getpid()}


def deadline(event, context):
    return {"remaining": context.get_remaining_time_in_millis(), "now": time.time() * 1000}


def dies(event, context):
    print("about to", end="")
    sys.stdout.flush()
    if "signal" in event:
        os.kill(os.getpid(), event["signal"])
        time.sleep(5)
    os._exit(event["status"])


def takes(event, context):
    held = bytearray(os.urandom(1) * (event["mb"] * 1024 * 1024))
    time.sleep(event.get("seconds", 0))
    return len(held)


def child_takes(event, context):
    code = f"held = b'x' * ({event['mb']} << 20); import time; time.sleep(20)"
    subprocess.run([sys.executable, "-c", code], check=False)
    return "the child was let be"


def large(event, context):
    return "x" * event["size"]


def variables(event, context):
    return dict(os.environ)


def environment(event, context):
    import resource

    return {
        "path": sys.path,
        "cwd": os.getcwd(),
        "tmp": tempfile.gettempdir(),
        "stdin": sys.stdin.read(),
        "session": os.getsid(0) == os.getpid(),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "open": sorted(int(name) for name in os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else [],
        "user": os.getuid(),
        "version": sys.version_info[:2],
    }


def writes(event, context):
    where = os.path.join(event.get("folder", tempfile.gettempdir()), event["name"])
    found = os.path.exists(where)
    with open(where, "a") as file:
        file.write("x")
    return {"found": found, "where": where, "size": os.path.getsize(where)}


def logs(event, context):
    logging.getLogger().setLevel("DEBUG")
    logging.info("two\nlines")
    print("one\ntwo")
    logging.getLogger("named").warning("\u00fcml\u00e4ut %s", 1)
    os.write(1, b"\xff\xfe not text\n")
    print("to stderr", file=sys.stderr)
    sys.stdout.write("no end")


def logs_json(event, context):
    logging.warning("plain")
    logging.getLogger("named").error("with more", extra={"order": 7})


def floods(event, context):
    for number in range(event["lines"]):
        print("line", number)


def looks_like_a_frame(event, context):
    os.write(1, b"before \xa5\x5a\x00\xff after\n")
    os.write(1, b"cut \xa5\x5a")
    os.write(1, b"\x00\x03\xff\xff\xff\xff no\n")


def leaves_children(event, context):
    """Leave a child in the group, and one that has a session of its own and lost its parent."""
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    in_group = subprocess.Popen(sleeping)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        away = subprocess.Popen(sleeping)
        os.write(writing, str(away.pid).encode())
        os._exit(0)
    os.close(writing)
    away = int(os.read(reading, 20))
    if event.get("wait"):
        time.sleep(30)
    return [in_group.pid, away]


def on_sigterm(event, context):
    def note(*_):
        with open(event["file"], "w") as file:
            file.write("ended in order")
        sys.exit(0)

    signal.signal(signal.SIGTERM, note)


def ignores_sigterm(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return os.getpid()


def dies_later(event, context):
    threading.Timer(event["seconds"], os._exit, [7]).start()
    return os.getpid()


def telemetry(event, context):
    import http.client

    answers = {}
    for method, path in event["asked"]:
        connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        connection.request(method, path, b"{}")
        answer = connection.getresponse()
        answers[path] = [answer.status, answer.read().decode()]
        connection.close()
    return answers


def context_of(event, context):
    client = context.client_context
    return json.loads(json.dumps([client and client.custom, context.tenant_id, os.environ.get("_X_AMZN_TRACE_ID")]))


def recurses(event, context):
    return recurses(event, context)


def answers_and_dies(event, context):
    """Answer by itself, and end without waiting for what is said to that."""
    import socket

    host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
    time.sleep(event["seconds"])
    path = f"/2018-06-01/runtime/invocation/{context.aws_request_id}/response"
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n".encode() + b'"last"')
    os._exit(3)
