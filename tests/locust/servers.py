"""What stands at the other end: servers that remember when requests came, or that behave badly."""

import time

from tests.load.drivers.servers import OK, Server, answering, resetting, unheard

__all__ = ["OK", "Recorder", "Server", "answering", "recording", "resetting", "silent", "unheard"]


class Recorder:
    """Answers each request after a while, and keeps when it came."""

    def __init__(self, answer=OK, after_s=0.0):
        self.answer = answer
        self.after_s = after_s
        self.times = []

    def __call__(self, server, connection):
        while server.read(connection):
            self.times.append(time.time())
            if self.after_s:
                time.sleep(self.after_s)
            connection.sendall(self.answer)

    def wait_for(self, requests, unless, within_s=40.0):
        """Wait until so many have come, unless the process that sends them has ended."""
        until = time.monotonic() + within_s
        while len(self.times) < requests:
            assert unless.poll() is None, unless.stdout.read()
            assert time.monotonic() < until, f"{len(self.times)} of {requests} requests came within {within_s:g} s"
            time.sleep(0.02)


def recording(**given):
    """Return the URL of a server, and what it remembers."""
    recorder = Recorder(**given)
    return Server(recorder).url, recorder


def silent(server, connection):
    """Take requests, and never answer."""
    while server.read(connection):
        pass
