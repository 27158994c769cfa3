"""From limits to what admission remembers: whose room is whose, at which rates, and refused in which words."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_serverless.admission import throttles
from pytest_serverless.admission.buckets import Bucket
from pytest_serverless.admission.decisions import Refused
from pytest_serverless.admission.limits import FunctionLimits, Limits
from pytest_serverless.admission.sandboxes import FunctionState, Group, Pool
from pytest_serverless.admission.truth import Truth

__all__ = ["states"]


def states(limits: Limits, functions: Mapping[str, FunctionLimits], truth: Truth) -> dict[str, FunctionState]:
    """Return the state of each function, at the beginning."""
    taken = sum(own.provisioned_in_all if own.reserved is None else own.reserved for own in functions.values())
    shared = _pool(limits, limits.account_concurrency - taken, limits.account_concurrency, is_reserved=False)
    return {name: _state(name, own, limits, shared, truth) for name, own in functions.items()}


def _state(name: str, own: FunctionLimits, limits: Limits, shared: Pool, truth: Truth) -> FunctionState:
    is_reserved = own.reserved is not None
    pool = shared
    if own.reserved is not None:
        pool = _pool(limits, own.reserved - own.provisioned_in_all, own.reserved, is_reserved=True)
    scaling = _bucket(limits.scaling_burst, limits.scaling_per_10_s / 10)
    state = FunctionState(name, truth.functions[name], Group(pool, per_sandbox=own.per_sandbox), scaling)
    for qualifier, count in own.provisioned.items():
        kept = _pool(limits, count, count, is_reserved=is_reserved)
        state.provisioned[qualifier] = Group(kept, per_sandbox=own.per_sandbox, qualifier=qualifier)
        state.wanted[qualifier] = count
    if own.reserved != 0:
        state.queue_s = own.queue_s
        state.queue_starts = own.queue_starts
    return state


def _pool(limits: Limits, limit: int, rated: int, *, is_reserved: bool) -> Pool:
    """Return room for `limit` sandboxes; the rate goes by `rated`, of which some may be elsewhere."""
    concurrency = throttles.RESERVED_CONCURRENCY if is_reserved else throttles.ACCOUNT_CONCURRENCY
    scaling = concurrency if limits.scaling_reason == "as_concurrency" else limits.scaling_reason
    per_s = limits.requests_per_s_each * rated
    return Pool(
        limit,
        _bucket(per_s * limits.rate_burst_s, per_s),
        Refused(concurrency, "reserved" if is_reserved else "account"),
        Refused(throttles.RESERVED_RATE if is_reserved else throttles.ACCOUNT_RATE, "rate"),
        Refused(scaling, "scaling"),
    )


def _bucket(capacity: float, per_s: float) -> Bucket | None:
    """Return a bucket, None where it can never be empty."""
    return Bucket(capacity, per_s) if capacity < float("inf") else None
