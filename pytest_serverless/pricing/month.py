"""The bill of a month at a profile: what arrives and when, how long it takes, how often it starts cold.

A run that is planned is a short month: its arrivals are the requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import Number, exact, plain
from pytest_serverless.pricing.bill import Bill
from pytest_serverless.pricing.plans import Plan, plan_named
from pytest_serverless.pricing.rates import Rates
from pytest_serverless.pricing.run import price
from pytest_serverless.pricing.usage import Architecture, Gateway, Usage

__all__ = ["FLAT", "HOURS", "Profile", "bill_of_month"]

HOURS = Decimal(730)
"""The hours of a month, 365 × 24 ÷ 12, as the calculators of AWS and Azure count them."""

FLAT: Sequence[Number] = (1,) * 24

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a function is expected to do in a month.

    Either `requests` a month, or `arrival_rate` a second. `shape` has a factor for each hour of the day: the rate of an
    hour is `arrival_rate` times its factor; requests are spread by it. `durations_ms` are one duration, or many that
    are equally likely. `cold_share` of what instances on demand serve starts cold, which takes `init_ms`;
    `init_billed` is the plan's unless given. `provisioned` instances are kept ready for `provisioned_hours` of the
    month, its busiest, all of it unless given. `at_once` is how many requests an instance serves at a time on average,
    where a plan allows more than one: they are billed once.
    """

    memory_mb: int
    durations_ms: Sequence[Number]
    requests: Number | None = None
    arrival_rate: Number | None = None
    shape: Sequence[Number] = FLAT
    cold_share: Number = 0
    init_ms: Number = 0
    init_billed: bool | None = None
    provisioned: int = 0
    provisioned_hours: Number | None = None
    at_once: Number = 1
    architecture: Architecture = "x86"
    storage_mb: int = 512
    vcpu: Number | None = None
    gateway: Gateway | None = None
    hours: Number = HOURS

    def __post_init__(self) -> None:
        if (self.requests is None) == (self.arrival_rate is None):
            raise InvalidParameterError("A profile has requests a month, or an arrival rate: one of both.")
        if len(self.shape) != 24 or not any(exact(factor, "A factor of the shape") for factor in self.shape):
            raise InvalidParameterError(
                f"The shape of a day has a factor for each of its 24 hours, not all 0; these are {len(self.shape)}."
            )
        if not self.durations_ms:
            raise InvalidParameterError("A profile has a duration, or several that are equally likely.")
        if exact(self.cold_share, "The share of cold starts") > 1:
            raise InvalidParameterError(f"The share of cold starts is 0 to 1, not {self.cold_share}.")
        if exact(self.at_once, "at_once") < 1:
            raise InvalidParameterError(f"An instance serves 1 request at once or more, not {self.at_once}.")


def bill_of_month(profile: Profile, *, plan: str = "aws.lambda", rates: Rates | None = None) -> Bill:
    """Return the bill of a month at a profile, with the steps from the profile to it.

    `rates` are those of the plan's default region unless given. Raises InvalidParameterError for what the plan does
    not have.
    """
    chosen = plan_named(plan)
    _check(profile, chosen)
    hourly = _hourly(profile)
    requests = exact(profile.requests) if profile.requests is not None else sum(hourly, _ZERO)
    steps = [] if profile.requests is not None else [_rate_step(profile, requests)]
    ready_s = _provisioned_s(profile, chosen.kept_step_s)
    ready = _served(profile, hourly) if profile.provisioned else _ZERO
    mean_ms, init_steps = _mean_ms(profile, chosen)
    kept_s = ready_s * profile.provisioned
    ready_ms = ready * _warm_ms(profile, chosen) / exact(profile.at_once)
    usage = Usage(
        memory_mb=profile.memory_mb,
        requests=requests - ready,
        billed_ms=(requests - ready) * mean_ms / exact(profile.at_once),
        provisioned_requests=ready,
        provisioned_billed_ms=min(ready_ms, kept_s * 1000),  # they cannot be busy for longer than they are there
        provisioned_s=kept_s,
        architecture=profile.architecture,
        storage_mb=profile.storage_mb,
        vcpu=None if profile.vcpu is None else exact(profile.vcpu),
        gateway=profile.gateway,
    )
    steps += [*init_steps, _billed_step(usage, mean_ms, profile, chosen)]
    if profile.provisioned:
        steps.append(_provisioned_step(profile, usage, requests, ready_s))
    return price([usage], chosen, rates or Rates.load(plan), steps, _notes(chosen))


def _notes(plan: Plan) -> list[str]:
    """Tell what makes the bill an upper bound where instances serve several at once."""
    if not plan.many_at_once:
        return []
    return [
        f"upper bound: every request is rounded up to {plan.increments.minimum_ms:,} ms by itself. An instance is "
        "billed while it serves any, so requests that overlap, or follow each other closely, cost less."
    ]


def _check(profile: Profile, plan: Plan) -> None:
    if exact(profile.at_once) != 1 and not plan.many_at_once:
        raise InvalidParameterError(f"On {plan.title} an instance serves, or is billed for, one request at a time.")
    if plan.name != "aws.lambda" and (profile.gateway or profile.storage_mb != 512 or profile.architecture != "x86"):
        raise InvalidParameterError(f"API Gateway, ephemeral storage and arm are of AWS Lambda, not {plan.title}.")
    if profile.vcpu is not None and plan.name != "gcp.run":
        raise InvalidParameterError(f"vCPU are set on Cloud Run; on {plan.title} they go with the memory.")


def _hourly(profile: Profile) -> list[Decimal]:
    """Return the requests in a month of each hour of the day."""
    factors = [exact(factor) for factor in profile.shape]
    if profile.requests is not None:
        return [exact(profile.requests, "The requests") * factor / sum(factors) for factor in factors]
    seconds = exact(profile.hours) / 24 * 3600
    return [exact(profile.arrival_rate or 0, "The arrival rate") * factor * seconds for factor in factors]


def _mean_ms(profile: Profile, plan: Plan) -> tuple[Decimal, list[str]]:
    """Return what is billed for a request on demand on average, and how that comes about."""
    share, init = exact(profile.cold_share), exact(profile.init_ms, "The init")
    billed = plan.init_billed if profile.init_billed is None else profile.init_billed
    warm = _warm_ms(profile, plan)
    if not share:
        return warm, []
    if not billed:
        return warm, [f"cold starts: {plain(share * 100)} % of requests, init is not billed"]
    cold = _mean([plan.increments.billed_ms(exact(each) + init) for each in profile.durations_ms])
    mean = share * cold + (1 - share) * warm
    text = f"{plain(share * 100)} % cold × {plain(cold)} ms + {plain(100 - share * 100)} % warm × {plain(warm)} ms"
    return mean, [f"{text} = {plain(mean)} ms billed a request"]


def _warm_ms(profile: Profile, plan: Plan) -> Decimal:
    return _mean([plan.increments.billed_ms(each) for each in profile.durations_ms])


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, _ZERO) / len(values)


def _provisioned_s(profile: Profile, step_s: int = 1) -> Decimal:
    """Return for how long each instance is kept ready."""
    hours = profile.hours if profile.provisioned_hours is None else profile.provisioned_hours
    if exact(hours, "The hours") > exact(profile.hours):
        raise InvalidParameterError(f"A month has {profile.hours} hours; {hours} cannot be provisioned.")
    return (exact(hours) * 3600 / step_s).to_integral_value(ROUND_CEILING) * step_s


def _served(profile: Profile, hourly: list[Decimal]) -> Decimal:
    """Return how many requests the instances serve that are kept ready: in the busiest hours, what finds one free.

    What finds all busy runs on demand: its share is Erlang's loss formula, for Poisson arrivals.
    """
    days = exact(profile.hours) / 24
    left = _provisioned_s(profile) / 3600
    mean_s = float(_mean([exact(each) for each in profile.durations_ms])) / 1000
    servers = int(profile.provisioned * exact(profile.at_once))
    served = _ZERO
    for requests in sorted(hourly, reverse=True):
        covered = min(left, days)
        left -= covered
        rate = float(requests / (days * 3600))
        share = Decimal(str(round(1 - _lost(rate * mean_s, servers), 9)))
        served += requests * covered / days * share
    return served


@lru_cache(maxsize=24)
def _lost(offered: float, servers: int) -> float:
    """Return the share of arrivals that find all servers busy: Erlang's B."""
    lost = 1.0
    for count in range(1, servers + 1):
        lost = offered * lost / (count + offered * lost)
    return lost


def _rate_step(profile: Profile, requests: Decimal) -> str:
    factors = [exact(factor) for factor in profile.shape]
    rate = exact(profile.arrival_rate or 0)
    day = sum(factors, _ZERO) / 24
    shape = "" if day == 1 else f" × {plain(day)} (mean of the day's shape)"
    return f"{plain(rate)} a second{shape} × {plain(exact(profile.hours))} h × 3,600 = {plain(requests, 0)} requests"


def _billed_step(usage: Usage, mean_ms: Decimal, profile: Profile, plan: Plan) -> str:
    rounding = plan.increments
    least = f", at least {rounding.minimum_ms:,} ms" if rounding.minimum_ms > rounding.step_ms else ""
    many = len(profile.durations_ms)
    of = f" (the mean of {many:,} durations, each rounded)" if many > 1 else ""
    once = f" ÷ {plain(exact(profile.at_once))} at once" if exact(profile.at_once) != 1 else ""
    return (
        f"{plain(usage.requests, 0)} requests × {plain(mean_ms)} ms{of}{once} = {plain(usage.billed_ms, 0)} ms billed, "
        f"in steps of {rounding.step_ms:,} ms{least}"
    )


def _provisioned_step(profile: Profile, usage: Usage, requests: Decimal, ready_s: Decimal) -> str:
    share = usage.provisioned_requests / requests if requests else _ZERO
    served = f"{plain(usage.provisioned_requests, 0)} requests ({plain(share * 100)} %)"
    return (
        f"{profile.provisioned:,} instances kept ready × {plain(ready_s)} s serve {served}: in the month's busiest "
        "hours, what finds one free (Erlang B)"
    )
