"""What an answer means: a kind, the reason of it, and whose doing it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from pytest_serverless.load.observations import Kind

__all__ = ["REASONS", "SCALING_PER_10_S", "Context", "Verdict", "inferred"]

SCALING_PER_10_S: Final = 1000
"""Sandboxes that Lambda adds to one function in ten seconds (scaling-behavior.html of its guide, 2026-11)."""

_SCALES_FAST: Final = 0.8
"""The share of that rate from which on its limit can be what refuses."""

REASONS: Mapping[str, str] = {
    "account_concurrency": "the account's concurrency was used up",
    "reserved_concurrency": "the function's reserved concurrency was used up",
    "scaling": "sandboxes were added as fast as the platform adds them",
    "account_rate": "more requests a second than ten times the account's concurrency",
    "reserved_rate": "more requests a second than ten times the reserved concurrency",
    "caller_rate": "the generator's own account calls the Invoke API too fast: nothing of the function's",
    "snapshots": "too many snapshots were being made",
    "capacity": "the platform lacked something to start a sandbox with: addresses, interfaces, a mount, a snapshot",
    "gateway": "the gateway's rate for the stage or the account",
    "quota": "the quota of a usage plan",
    "edge": "the rate of functions at the edge",
    "service": "a service that was written to said that it comes too fast",
    "host_queue": "the host of the instance had too many requests, or too little memory or processor",
    "no_worker": "the front end knew no instance that could answer",
    "instances": "no instance was free, and no more were allowed",
    "rate": "requests in a stretch of time",
    "concurrency": "requests that run at once",
    "overload": "the platform said that it is overloaded",
    "unnamed": "429, and nothing that says of what; without the probe it may be the function's own",
    "throttle_or_error": "the gateway says the same of a throttled and of a failed function",
    "throttle_or_timeout": "the same is said of a throttled function and of one that took too long",
    "http_502": "502, by the function or by what stands before it",
    "http_503": "503, by the function or by what stands before it",
    "unhandled": "the function failed",
    "timeout": "no answer within the time that there was for it",
    "out_of_memory": "the function used more memory than it has",
    "exit": "the function ended its process",
    "response_too_large": "the function's response was larger than the platform sends",
    "handler_error": "the function itself answered 5xx",
    "handler_429": "the function itself answered 429: it ran, so the platform had room",
    "configuration": "the platform cannot start the function as it is configured",
    "platform": "the platform says that it failed itself",
    "unauthorized": "the credentials were not accepted: 401, or an error that says so",
    "forbidden": "403: not allowed, or not there",
    "not_found": "404: not there",
    "too_large": "413: the request was larger than is taken",
    "refused": "nothing accepted connections at the address",
    "reset": "the connection was reset",
    "closed": "the connection was closed before the answer was whole",
    "tls": "the TLS handshake failed",
    "dns": "the name of the host was not found",
    "unreachable": "there was no route to the host",
    "redirect": "the answer led to another host",
    "protocol": "what came was no HTTP",
    "credentials": "there were no credentials that hold, and nothing was sent",
    "generator": "the generator could not send: no connection, port or file left to it, or what is no request",
    "stopped": "the run ended before the answer came",
    "rejected": "the scenario's own check did not confirm the answer; the check's name may follow, and what it raised",
    "other": "anything else",
}
"""Every reason that the tables and the transport give, and what it means; `http_` and a status are besides."""


class Verdict(NamedTuple):
    """What an answer came to.

    `whose` is "ours" where the generator or its account is at fault, not what it measures. `is_inferred` marks what
    the answer itself does not say.
    """

    kind: Kind
    reason: str = ""
    whose: Literal["target", "ours"] = "target"
    is_inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known around a refusal: requests in flight, this one included, and the limit of the concurrency.

    It must be about this function alone: for the account's limit, `in_flight` has to count all of its functions.
    `new_instances_10_s` is how many instances were first seen in the ten seconds before, None if that is not known.
    """

    in_flight: int
    limit: int
    new_instances_10_s: int | None = None


def inferred(verdict: Verdict, context: Context) -> Verdict:
    """Return what a refusal for concurrency means in its context: Lambda has no Reason for its scaling rate.

    What runs is at most what is in flight: where that is below the limit, the concurrency cannot be used up. New
    instances must have come at about the rate of scaling, where they were counted.
    """
    if verdict.kind != "throttled" or verdict.reason not in {"account_concurrency", "reserved_concurrency"}:
        return verdict
    new = context.new_instances_10_s
    if context.in_flight > context.limit or (new is not None and new < _SCALES_FAST * SCALING_PER_10_S):
        return verdict
    return Verdict("throttled", "scaling", is_inferred=True)
