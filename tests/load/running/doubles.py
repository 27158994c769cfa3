"""Time that moves when somebody waits, and answers as Lambda's Invoke API gives them."""

import base64

from pytest_serverless.load.running.edges import Edges


class Clockwork:
    """A clock that `sleep` moves on; nothing runs beside."""

    def __init__(self, now_s):
        self.now_s = now_s
        self.slept = []
        self.edges = Edges(
            clock=lambda: self.now_s,
            sleep=self.sleep,
            processor=lambda: 0.0,
            spawn=_nothing_beside,
            make_crew=_nothing_beside,
        )

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now_s += seconds


def _nothing_beside(*_):
    raise AssertionError("nothing is to run beside")


def tail(id_, *, ms=100.0, init_ms=None):
    """Return the end of an invocation's log, as the header `X-Amz-Log-Result` has it."""
    init = f"Init Duration: {init_ms:.2f} ms\t" if init_ms is not None else ""
    report = f"REPORT RequestId: {id_}\tDuration: {ms:.2f} ms\tBilled Duration: {ms:.0f} ms\tMemory Size: 128 MB\t"
    return base64.b64encode(f"START RequestId: {id_}\n{report}Max Memory Used: 36 MB\t{init}\n".encode()).decode()
