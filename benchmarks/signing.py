"""What it costs to sign a request: beside botocore's signer, whose signature must be the same.

Microseconds of the processor for each request, the median of the rounds. botocore is given its request ready made, so
that only its signing counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from measure import arguments, median_ratio, seconds_per_call, take_turns

from pytest_serverless.load.signing import Keys, Signer

URL = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/checkout/invocations"
HEADERS = {"Content-Type": "application/json", "X-Amz-Log-Type": "Tail"}
BODIES = {"150 bytes": b"x" * 150, "64 KiB": b"x" * 65_536, "1 MiB": b"x" * 1_048_576}
KEYS = {
    "": Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ", session token": Keys("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "t" * 800),
}


def by_us(keys: Keys, body: bytes) -> Callable[[], object]:
    signer, clock = Signer("lambda", "eu-west-1"), time.time
    return lambda: signer.sign("POST", URL, HEADERS, body, keys=keys, now_s=clock())


def by_botocore(keys: Keys, body: bytes) -> Callable[[], object]:
    signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token), "lambda", "eu-west-1")
    request = AWSRequest(method="POST", url=URL, headers=HEADERS, data=body)
    return lambda: signer.add_auth(request)


def main() -> None:
    rounds, calls = (3, 200) if arguments(__doc__).quick else (15, 2000)
    for size, body in BODIES.items():
        for kind, keys in KEYS.items():
            each = calls if len(body) < 1024 else calls // 20
            subjects = {
                name: seconds_per_call(call(keys, body), each) for name, call in (("us", by_us), ("peer", by_botocore))
            }
            found = take_turns(subjects, rounds)
            ours, peers = (statistics.median(found[name]) * 1e6 for name in ("us", "peer"))
            print(
                f"{size + kind:>24}: ours {ours:8.1f} µs, botocore {peers:8.1f} µs: "
                f"{1 / median_ratio(found['us'], found['peer']):.1f} times as fast"
            )


if __name__ == "__main__":
    main()
