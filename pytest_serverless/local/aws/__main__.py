"""The process of the mocked services.

It reads a `Configuration` from the first line of its standard input, and ends when there is nothing more to read: with
whoever started it, however that ended. It writes lines of JSON: `port` and `pid` once it answers, or `error` where it
cannot start; then a `note` for what was dropped, tried again or kept as a dead letter.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

from pytest_serverless.errors import ServerlessError
from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.aws.front import Front
from pytest_serverless.local.aws.notes import Notes
from pytest_serverless.local.aws.platform_client import PlatformClient
from pytest_serverless.local.aws.services import Services
from pytest_serverless.local.wire.listener import Listener


def main() -> None:
    """Be that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everybody; whoever started us decides
    notes = Notes(sys.stdout)
    sys.stdout = sys.stderr  # what is printed is no line of ours
    configuration = Configuration.decode(sys.stdin.buffer.readline())
    has_failed = threading.Event()
    threading.Thread(target=_end_with_input, args=(has_failed,), name="serverless-end", daemon=True).start()
    try:
        asyncio.run(_serve(configuration, notes))
    except ServerlessError as error:
        has_failed.set()
        notes.say({"error": str(error), "type": type(error).__name__})
        _end(1)


async def _serve(configuration: Configuration, notes: Notes) -> None:
    platform = PlatformClient(configuration.platform)
    services = Services(configuration, platform, tell=notes.tell)
    with services.running():
        front = Front(services, platform, host=configuration.host)
        listener = Listener(front, host=configuration.host, port=configuration.port)
        await listener.open()
        notes.say({"port": listener.port, "pid": os.getpid()})
        await asyncio.Event().wait()


def _end_with_input(has_failed: threading.Event) -> None:
    sys.stdin.buffer.read()
    _end(int(has_failed.is_set()))


def _end(status: int) -> None:
    """End at once: threads may be out at functions, and nothing is worth keeping."""
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
