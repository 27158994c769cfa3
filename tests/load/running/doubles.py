"""Answers as Lambda's Invoke API gives them."""

import base64


def tail(id_, *, ms=100.0, init_ms=None):
    """Return the end of an invocation's log, as the header `X-Amz-Log-Result` has it."""
    init = f"Init Duration: {init_ms:.2f} ms\t" if init_ms is not None else ""
    report = f"REPORT RequestId: {id_}\tDuration: {ms:.2f} ms\tBilled Duration: {ms:.0f} ms\tMemory Size: 128 MB\t"
    return base64.b64encode(f"START RequestId: {id_}\n{report}Max Memory Used: 36 MB\t{init}\n".encode()).decode()
