"""`pytest-serverless load cost`: the bill of a month, or of a planned run, with its steps."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_serverless.errors import InvalidParameterError

if TYPE_CHECKING:
    from decimal import Decimal

    from pytest_serverless.pricing import Profile

__all__ = ["add_parser", "run"]

_PLANS = {
    "aws": {"lambda": "aws.lambda"},
    "azure": {"flex": "azure.flex", "consumption": "azure.consumption"},
    "gcp": {"run": "gcp.run", "functions": "gcp.functions"},
}
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9}
_COUNT = re.compile(r"(?P<number>\d[\d_,]*(\.\d+)?|\.\d+)\s*(?P<unit>[kmbg]?)", re.IGNORECASE)
_DRAWS = 10_000


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `cost` command."""
    parser = subparsers.add_parser(
        "cost",
        help="the bill of a month at a profile, or of a planned run",
        description="Print what functions cost in a month at a profile, with the steps that lead to it. A planned run "
        "is a short month: its arrivals are the requests. Exits with 1 where it is more than --max-cost.",
    )
    parser.add_argument("--provider", choices=tuple(_PLANS), default="aws", help="default: %(default)s")
    plans = "; ".join(f"{provider}: {', '.join(names)}" for provider, names in _PLANS.items())
    parser.add_argument("--plan", help=f"how it is billed; {plans}; default: the first of each")
    parser.add_argument("--region", help="default: us-east-1, eastus or us-central1")
    parser.add_argument("--rates", type=Path, metavar="FILE", help="rates of your own, TOML or JSON")
    _add_profile(parser)
    _add_settings(parser)
    _add_output(parser)
    parser.set_defaults(run=run)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("profile")
    arrivals = group.add_mutually_exclusive_group(required=True)
    arrivals.add_argument("--requests", metavar="N", help="in a month, as 30M or 250k")
    arrivals.add_argument("--rate", metavar="N", help="arrivals a second, in hours with the factor 1")
    group.add_argument("--shape", metavar="F,F,…", help="24 factors, one for each hour of the day; default: all 1")
    group.add_argument(
        "--duration", required=True, metavar="TIME", help="of a request: 200ms, or lognormal:median=200ms,sigma=0.4"
    )
    group.add_argument("--cold-share", default="0", metavar="SHARE", help="of requests that start cold, as 1%% or 0.01")
    group.add_argument(
        "--init", default="0ms", metavar="TIME", help="how long a cold start takes; default: %(default)s"
    )
    group.add_argument(
        "--init-billed",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether that is billed; on AWS it is since 2025-08-01; default: as the plan does it",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings of the function")
    group.add_argument("--memory", type=int, required=True, metavar="MB")
    group.add_argument("--architecture", choices=("x86", "arm"), default="x86", help="default: %(default)s")
    group.add_argument("--storage", type=int, default=512, metavar="MB", help="ephemeral storage on AWS")
    group.add_argument("--vcpu", metavar="N", help="on Cloud Run; default: what goes with the memory")
    group.add_argument("--at-once", default="1", metavar="N", help="requests an instance serves at a time, on average")
    group.add_argument(
        "--provisioned",
        type=int,
        default=0,
        metavar="N",
        help="instances kept ready: provisioned concurrency, always ready, minimum instances",
    )
    group.add_argument("--provisioned-hours", metavar="HOURS", help="of the month, its busiest; default: all")
    group.add_argument("--gateway", choices=("rest", "http"), help="behind API Gateway")


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--free-tier", action="store_true", help="take off what is free each month")
    group.add_argument("--max-cost", metavar="USD", help="exit with 1 where the list's price is more")
    group.add_argument("--json", action="store_true", help="print the bill as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the bill; return 1 where it is over the most that it may cost."""
    from pytest_serverless.pricing import Rates, bill_of_month, over_budget

    plan = _plan(args.provider, args.plan)
    bill = bill_of_month(_profile(args), plan=plan, rates=Rates.load(plan, args.region, own=args.rates))
    refusal = None if args.max_cost is None else over_budget(bill, args.max_cost)
    if args.json:
        print(json.dumps({**bill.as_json(), "over_budget": refusal}, indent=2, ensure_ascii=False))
    else:
        print(bill.explain(free_tier=args.free_tier), *([refusal] if refusal else []), sep="\n\n")
    return 1 if refusal else 0


def _plan(provider: str, plan: str | None) -> str:
    plans = _PLANS[provider]
    if plan is not None and plan not in plans:
        raise InvalidParameterError(f"--plan {plan}: {provider} has {' and '.join(plans)}.")
    return plans[plan] if plan is not None else next(iter(plans.values()))


def _profile(args: argparse.Namespace) -> Profile:
    from pytest_serverless.pricing import Profile

    durations = _durations_ms(args.duration)
    return Profile(
        memory_mb=args.memory,
        durations_ms=durations,
        requests=None if args.requests is None else _count("--requests", args.requests),
        arrival_rate=None if args.rate is None else _count("--rate", args.rate),
        shape=(1,) * 24 if args.shape is None else args.shape.split(","),
        cold_share=_share(args.cold_share),
        init_ms=_mean(_durations_ms(args.init)),
        init_billed=args.init_billed,
        provisioned=args.provisioned,
        provisioned_hours=args.provisioned_hours,
        at_once=args.at_once,
        architecture=args.architecture,
        storage_mb=args.storage,
        vcpu=args.vcpu,
        gateway=args.gateway,
    )


def _durations_ms(text: str) -> list[Decimal]:
    """Return one duration, or so many draws, the same ones each time, from a distribution."""
    from decimal import Decimal
    from random import Random

    from pytest_serverless.admission.durations import Durations

    durations, draws = Durations.parse(text), Random(0)  # noqa: S311  # a sample, no secret
    count = _DRAWS if ":" in text else 1
    return [Decimal(str(round(durations.draw(draws) * 1000, 6))) for _ in range(count)]


def _mean(values: list[Decimal]) -> Decimal:
    return sum(values, start=values[0] - values[0]) / len(values)


def _count(option: str, text: str) -> Decimal:
    from decimal import Decimal

    found = _COUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidParameterError(f"{option} {text}: write a number, as 30000000, 30M or 250k.")
    return Decimal(re.sub("[_,]", "", found["number"])) * _FACTORS[found["unit"].lower()]


def _share(text: str) -> Decimal:
    from decimal import Decimal, InvalidOperation

    number, percent, rest = text.strip().partition("%")
    try:
        value = Decimal(number) / (100 if percent else 1)
    except InvalidOperation:
        value = Decimal(-1)
    if rest or not 0 <= value <= 1:
        raise InvalidParameterError(f"--cold-share {text}: write a share from 0 to 1, as 1% or 0.01.")
    return value
