"""What a run will cost, and what it has cost until now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets.reached import Reached
from pytest_serverless.pricing import Bill, Rates, Usage, bill_of_run, plan_named

__all__ = ["EXPECTED_MS", "Spending", "bill_so_far"]

EXPECTED_MS: Final = 1_000.0
"""So long an invocation is taken to last before one was seen."""

_LOCAL: Final = "priced as AWS would: on the local platform nothing is paid"

_PLANS: Final = {"aws": "aws.lambda", "local": "aws.lambda", "azure": "azure.consumption", "gcp": "gcp.run"}
_GATEWAYS: Final[Mapping[str, Literal["rest", "http"]]] = {"rest_api": "rest", "http_api": "http"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How requests to a target are priced: by its functions' memory, where a request does not tell it by the largest.

    Made by `Spending.of`. `note` tells what was supposed. What is sent to the local platform is priced as AWS would.
    """

    plan: str
    rates: Rates
    functions: Mapping[str, TargetFunction]
    largest: TargetFunction
    gateway: Literal["rest", "http"] | None
    duration_ms: float
    note: str = ""

    @staticmethod
    def of(
        reached: Reached, *, duration_ms: float = EXPECTED_MS, memory_mb: int | None = None, plan: str | None = None
    ) -> Spending:
        """Return how a target is priced; `memory_mb` is for one that does not tell it, `plan` one of `pricing.PLANS`.

        Raises InvalidParameterError where nothing tells what a request costs there.
        """
        target = reached.measured
        name = plan or _PLANS.get(target.provider)
        sizes = [each for each in target.functions if each.memory_mb]
        if memory_mb is not None:
            sizes = [TargetFunction(name="", memory_mb=memory_mb)]
        if name is None or not sizes:
            missing = "whose it is" if name is None else "how much memory its functions have"
            raise InvalidParameterError(
                f"--serverless-max-cost: nothing tells what a request to {target} costs, for it is not known {missing}"
                ". Name the stack with --serverless-stack; without one, cap the run by --serverless-max-arrivals."
            )
        plan_named(name)
        largest = max(sizes, key=lambda each: (each.memory_mb or 0, each.architecture != "arm64"))
        rates, note = _rates(name, target.region)
        known = {each.name: each for each in sizes}
        return Spending(
            plan=name,
            rates=rates,
            functions={**known, **{id_: known[each] for id_, each in reached.functions.items() if each in known}},
            largest=largest,
            gateway=_gateway(reached) if name == "aws.lambda" else None,
            duration_ms=duration_ms,
            note="; ".join(filter(None, [note, _LOCAL if target.provider == "local" else ""])),
        )

    def expected(self, calls: Mapping[str | None, float]) -> Bill:
        """Return the bill of planned calls: how many by the function, its id or name, None for those by HTTP.

        Every call is taken to last `duration_ms`. A journey of several calls is that many.
        """
        each_ms = plan_named(self.plan).increments.billed_ms(self.duration_ms)
        usages = [
            self._usage(self._function(function), round(count), round(count) * each_ms, by_http=function is None)
            for function, count in calls.items()
        ]
        supposed = f"supposed that each of {sum(calls.values()):,.0f} calls takes {self.duration_ms:g} ms"
        return self._bill(usages, supposed)

    def until_now(self, aggregate: Aggregate) -> Bill:
        """Return the bill of what was observed: what functions told to be billed, else the time that answers took."""
        merged: dict[tuple[int, str | None], Usage] = {}
        for usage in (usage for cell in aggregate.cells.values() for usage in self._usages(cell)):
            kind = usage.memory_mb, usage.gateway
            merged[kind] = merged[kind].merge(usage) if kind in merged else usage
        untold = sum(_answered(cell) - _told(cell) for cell in aggregate.cells.values())
        supposed = f"of {untold:,} answers nothing tells what was billed: the time that they took is taken for it"
        return self._bill(list(merged.values()), supposed if untold > 0 else "")

    def _usages(self, cell: Cell) -> Iterator[Usage]:
        for memory_mb, (requests, billed_ms) in cell.billed.items():
            function = self._of_size(memory_mb)
            yield self._usage(function, requests, Decimal(billed_ms), by_http=False)  # its REPORT line came with it
        left = _answered(cell) - _told(cell)
        if left > 0:
            yield self._usage(self.largest, left, left * self._billed_ms(cell), by_http=True)

    def _billed_ms(self, cell: Cell) -> Decimal:
        """Return what one request of a cell is billed that did not tell: its time on the way counts, too."""
        times = [cell.service[name] for name in ("warm", "cold", "unknown", "failed")]
        count = sum(each.count for each in times)
        mean_ms = sum(each.total_us for each in times) / count / 1e3 if count else self.duration_ms
        return plan_named(self.plan).increments.billed_ms(round(mean_ms, 3))

    def _of_size(self, memory_mb: int) -> TargetFunction:
        """Return the function that has so much memory, the dearest of several; the largest, as if it had, if none."""
        sized = [each for each in self.functions.values() if each.memory_mb == memory_mb]
        if not sized:
            return replace(self.largest, memory_mb=memory_mb or self.largest.memory_mb)
        return next((each for each in sized if each.architecture != "arm64"), sized[0])

    def _function(self, function: str | None) -> TargetFunction:
        return self.functions.get((function or "").partition(":")[0], self.largest)

    def _usage(self, function: TargetFunction, requests: int, billed_ms: Decimal, *, by_http: bool) -> Usage:
        return Usage(
            memory_mb=function.memory_mb or 0,
            requests=Decimal(requests),
            billed_ms=billed_ms,
            architecture="arm" if function.architecture == "arm64" else "x86",
            gateway=self.gateway if by_http else None,
        )

    def _bill(self, usages: list[Usage], *supposed: str) -> Bill:
        bill = bill_of_run(usages, plan=self.plan, rates=self.rates)
        return replace(bill, notes=[text for text in (*supposed, self.note) if text])


def bill_so_far(reached: Reached, aggregate: Aggregate) -> Bill | None:
    """Return the bill of what was observed of a target; None where nothing tells what that costs.

    Of functions that are not known their REPORT lines tell the memory: such are AWS's alone.
    """
    sizes = [memory_mb for cell in aggregate.cells.values() for memory_mb in cell.billed if memory_mb]
    try:
        spending = Spending.of(reached)
    except InvalidParameterError:
        if not sizes:
            return None
        spending = Spending.of(reached, memory_mb=max(sizes), plan="aws.lambda")
    bill = spending.until_now(aggregate)
    return bill if bill.lines else None


def _answered(cell: Cell) -> int:
    return cell.count_of("ok") + cell.count_of("function_error")


def _told(cell: Cell) -> int:
    """Return how many answers told what was billed for them."""
    return sum(requests for requests, _ in cell.billed.values())


def _gateway(reached: Reached) -> Literal["rest", "http"] | None:
    """Return the dearest kind of API that requests may go through."""
    kinds = {_GATEWAYS[path] for path in reached.paths.values() if path in _GATEWAYS}
    return "rest" if "rest" in kinds else "http" if kinds else None


def _rates(plan: str, region: str | None) -> tuple[Rates, str]:
    """Return the rates of a region; where there are none for it, those of the dearest region there is."""
    known = Rates.regions(plan)
    if region is None or region in known:
        return Rates.load(plan, region), ""
    return max((Rates.load(plan, each) for each in known), key=_price_of_an_hour), (
        f"there are no rates of {region}: those of the dearest region are taken"
    )


def _price_of_an_hour(rates: Rates) -> Decimal:
    usage = Usage(memory_mb=1024, requests=Decimal(3_600), billed_ms=Decimal(3_600_000))
    return bill_of_run([usage], plan=rates.plan, rates=rates).total
