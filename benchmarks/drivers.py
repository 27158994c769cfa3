"""What a request costs the generator: our Lambda driver beside boto3, our HTTP driver beside FastHttpUser.

All four run in one process that Locust has patched, in turns, each as closed loops of 20 greenlets against the same
server on the loopback, which has a process of its own. The Lambda drivers sign, and read the end of the log; ours finds
the REPORT in it, too. The HTTP drivers both report to Locust's own statistics, as users' requests do. Run it with the
Python that Locust is installed for.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from measure import arguments, locust_is_missing, median_ratio

if locust_is_missing():
    sys.exit(0)

import locust  # before all that uses sockets, for it replaces them

# isort: split
import boto3
import gevent
from botocore.config import Config
from locust.env import Environment
from tiny_server import serving

from pytest_serverless.load.auth import AwsSignature
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.connections import GeventTransport
from pytest_serverless.load.drivers.http_driver import HttpDriver
from pytest_serverless.load.drivers.lambda_driver import LambdaDriver

GREENLETS = 20
ROUNDS = 7
SECONDS = 2.0
PAYLOAD = b'{"order": 17, "items": ["a", "b", "c"]}'


class Cost(NamedTuple):
    """What one round came to."""

    cpu_us: float
    per_second: float


def closed_loops(calls: list[Callable[[], object]], seconds: float) -> Cost:
    """Have each greenlet call again and again; return the processor's time of a call, and how many there were."""
    count = 0

    def loop(call: Callable[[], object]) -> None:
        nonlocal count
        while time.perf_counter() < until:
            call()
            count += 1

    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    until = started + seconds
    gevent.joinall([gevent.spawn(loop, call) for call in calls], raise_error=True)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s / count * 1e6, count / took)


def our_invocations(url: str) -> list[Callable[[], object]]:
    keys = SimpleNamespace(access_key="AKIDEXAMPLE", secret_key="secret", token=None)
    signature = AwsSignature("lambda", "us-east-1", SimpleNamespace(get_frozen_credentials=lambda: keys))
    driver = LambdaDriver(GeventTransport(GREENLETS), url, Classifier("lambda_invoke"), signature)

    def invoke() -> None:
        sent = driver.send("POST", "checkout", {}, PAYLOAD)
        assert sent.verdict.kind == "ok"
        assert sent.evidence is not None

    return [invoke] * GREENLETS


def boto3s_invocations(url: str) -> list[Callable[[], object]]:
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=GREENLETS)
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("lambda", endpoint_url=url, config=config, **keys)

    def invoke() -> None:
        answer = client.invoke(FunctionName="checkout", LogType="Tail", Payload=PAYLOAD)
        answer["Payload"].read()
        assert answer["LogResult"]

    return [invoke] * GREENLETS


def our_requests(url: str, environment: Environment) -> list[Callable[[], object]]:
    driver = HttpDriver(GeventTransport(GREENLETS), url, Classifier("http"))
    fire = environment.events.request.fire

    def get() -> None:
        sent = driver.send("GET", "/items", {})
        exchange = sent.exchange
        fire(
            request_type="GET",
            name="/items",
            response_time=(exchange.ended_s - exchange.started_s) * 1e3,
            response_length=len(exchange.body),
            response=exchange,
            context={},
            exception=exchange.error,
            start_time=exchange.started_s,
            url=url,
        )
        assert sent.verdict.kind == "ok"

    return [get] * GREENLETS


def fast_http_users_requests(url: str, environment: Environment) -> list[Callable[[], object]]:
    class Visitor(locust.FastHttpUser):
        host = url

    def get(client: Any) -> Callable[[], object]:
        return lambda: client.get("/items")

    return [get(Visitor(environment).client) for _ in range(GREENLETS)]


def compared(ours: list[Cost], theirs: list[Cost], name: str, peer: str) -> None:
    for who, costs in ((name, ours), (peer, theirs)):
        cpu, rate = (statistics.median(values) for values in zip(*costs, strict=True))
        print(f"{who:>34}: {cpu:7.1f} µs of processor each, {rate:8,.0f} /s")
    cpu = median_ratio([cost.cpu_us for cost in ours], [cost.cpu_us for cost in theirs])
    rate = median_ratio([cost.per_second for cost in ours], [cost.per_second for cost in theirs])
    print(f"{'':>34}  {cpu:.2f} times its processor, {rate:.1f} times its rate\n")


def main() -> None:
    quick = arguments(__doc__).quick
    seconds, rounds = (0.2, 2) if quick else (SECONDS, ROUNDS)
    environment = Environment(user_classes=[])
    environment.create_local_runner()
    with serving("invocation") as url:
        subjects = {
            "Lambda driver": our_invocations(url),
            "boto3": boto3s_invocations(url),
            "HTTP driver": our_requests(url, environment),
            "FastHttpUser": fast_http_users_requests(url, environment),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in subjects}
        for calls in subjects.values():
            closed_loops(calls, seconds / 4)  # its connections are open now
        for _ in range(rounds):
            for name, calls in subjects.items():
                costs[name].append(closed_loops(calls, seconds))
    print(f"medians of {rounds} rounds, {GREENLETS} greenlets, locust {locust.__version__}, boto3 {boto3.__version__}")
    compared(costs["Lambda driver"], costs["boto3"], "Lambda driver", "boto3 under gevent")
    compared(costs["HTTP driver"], costs["FastHttpUser"], "HTTP driver, reported to Locust", "FastHttpUser")


if __name__ == "__main__":
    main()
