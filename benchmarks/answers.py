"""What it costs to tell what an answer means and whether it was cold: beside botocore, which reads answers for callers.

Microseconds of the processor for each answer, the median of the rounds. The peer of the tail is a regular expression
over the whole of it, as tools have that read REPORT lines; both begin with base64.
"""

from __future__ import annotations

import base64
import re
import statistics
from collections.abc import Callable

import botocore.session
from botocore.parsers import create_parser
from measure import arguments, median_ratio, seconds_per_call, take_turns

from pytest_serverless.admission import throttles
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.evidence import evidence_of_tail, read_header

HEADERS = {
    "content-type": "application/json",
    "x-amzn-requestid": "b5e1ed5a",
    "date": "now",
    "connection": "keep-alive",
}
THROTTLED = {**HEADERS, "x-amzn-errortype": "TooManyRequestsException"}
BODY = throttles.body(throttles.RESERVED_CONCURRENCY)
REPORT = (
    "REPORT RequestId: 45c5a7a5-f9b1-4b6c-9a57-0f7d2b7e3a1b\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
)
SHORT = base64.b64encode(f"START RequestId: 1 Version: $LATEST\nEND RequestId: 1\n{REPORT}".encode()).decode()
FULL = base64.b64encode(("a line that the function wrote\n" * 200 + REPORT).encode()[-4096:]).decode()
PROBE = "v1;instance=4f2a;n=2;init_start=100.120;init_end=100.480;type=on-demand;ms=12.250;now=160.501"

_peer = re.compile(
    r"REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms\s+Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB\s+"
    r"Max Memory Used: (\d+) MB(?:\s+Init Duration: ([\d.]+) ms)?"
).search


def by_search(encoded: str) -> object:
    """Read a report as most tools do."""
    return _peer(base64.b64decode(encoded).decode())


def by_botocore() -> Callable[[], object]:
    """Return what parses a refusal as botocore's clients do."""
    model = botocore.session.get_session().get_service_model("lambda").operation_model("Invoke")
    parser = create_parser(model.service_model.protocol)
    answer = {"status_code": 429, "headers": THROTTLED, "body": BODY}
    return lambda: parser.parse(answer, model.output_shape)


def main() -> None:
    args = arguments(__doc__)
    invoke, http, rest = Classifier("lambda_invoke"), Classifier("http"), Classifier("rest_api")
    subjects: dict[str, Callable[[], object]] = {
        "200 of the Invoke API": lambda: invoke(200, HEADERS, b"{}"),
        "200 of any server": lambda: http(200, HEADERS, b"{}"),
        "429 of the Invoke API": lambda: invoke(429, THROTTLED, BODY),
        "  peer: botocore": by_botocore(),
        "500 of a REST API": lambda: rest(500, HEADERS, b'{"message": "Internal server error"}'),
        "the probe's header": lambda: read_header(PROBE, 200.0),
        "a short tail": lambda: evidence_of_tail(SHORT),
        "  peer: short, searched": lambda: by_search(SHORT),
        "a tail of 4 KB": lambda: evidence_of_tail(FULL),
        "  peer: 4 KB, searched": lambda: by_search(FULL),
    }
    calls, rounds = (200, 3) if args.quick else (5000, 9)
    found = take_turns({name: seconds_per_call(call, calls) for name, call in subjects.items()}, rounds)
    for name, seconds in found.items():
        print(f"{name:26} {statistics.median(seconds) * 1e6:7.2f} µs")
    ratio = median_ratio(found["a tail of 4 KB"], found["  peer: 4 KB, searched"])
    print(f"a tail of 4 KB takes {ratio:.2f} of what a search of the whole does")


if __name__ == "__main__":
    main()
