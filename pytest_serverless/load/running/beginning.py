"""From the command line and the scenarios of a locustfile to a run that may begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.load.auth import AwsSignature, KeyProvider
from pytest_serverless.load.estimates.thresholds import thresholds
from pytest_serverless.load.finding import Limit, Onset, Scaling
from pytest_serverless.load.running.conducting import Settings, longer
from pytest_serverless.load.running.late_evidence import Read, reader_of
from pytest_serverless.load.running.options import caps_of, check_files, expected_ms, overrides_of, settings_of
from pytest_serverless.load.safety import (
    Caps,
    Condition,
    Guard,
    Spending,
    is_own,
    permitted,
    tags_of,
    until_throttled,
)
from pytest_serverless.load.scenarios.definition import Definition, define
from pytest_serverless.load.targets.aws_calls import account_of
from pytest_serverless.load.targets.finding import FoundTarget, find
from pytest_serverless.load.targets.reached import Reached
from pytest_serverless.pricing import Bill
from pytest_serverless.pricing.amounts import money

__all__ = ["Beginning", "GivenScenario", "begin", "begin_watching", "lasting", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenScenario:
    """A scenario as its author wrote it: its name, what its class has, and the folder of its file."""

    name: str
    attributes: Mapping[str, Any]
    directory: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run is begun with; `forecast` says what it will cost, where that can be known."""

    definitions: Sequence[Definition]
    settings: Settings
    found: FoundTarget
    caps: Caps = field(default_factory=Caps)
    spending: Spending | None = None
    abort_on: tuple[Condition, ...] = ()
    read: Read | None = None
    forecast: str = ""

    @property
    def reached(self) -> Reached:
        return self.found.reached

    def close(self) -> None:
        """End what was started for the run; may be called again."""
        self.found.stop()

    def make_guard(self) -> Guard:
        """Return what ends a run that must not go on."""
        return Guard(self.caps, spending=self.spending, abort_on=self.abort_on)

    def secrets(self) -> Iterable[str]:
        """Return what must not stand in a result."""
        return [secret for each in self.definitions if each.auth is not None for secret in each.auth.secrets()]


def read(given: GivenScenario, overrides: Mapping[str, Any] | None = None) -> Definition:
    """Return what a scenario is; raises InvalidParameterError or UnknownNameError for what cannot be one."""
    return define(given.name, given.attributes, overrides, directory=given.directory)


def begin(options: Any, given: Sequence[GivenScenario]) -> Beginning:
    """Choose the scenarios, read them, and find their target.

    `options` are Locust's, ours among them. Raises a ServerlessError that says what is wrong: nothing was sent yet.
    """
    settings = settings_of(options)
    check_files(settings)
    if options.serverless_ca_file and not Path(options.serverless_ca_file).is_file():
        raise InvalidParameterError(f"--serverless-ca-file: there is no file {options.serverless_ca_file}.")
    definitions = _definitions(options, given)
    limits = _Limits.of(options)
    settings = _within(settings, definitions, limits.caps)
    plans = _longest(definitions, settings.extend_s)
    replace(limits.caps, max_cost=None).check(plans)
    found = _found(options, options.host)
    try:
        spending = _allowed(options, definitions, plans, found.reached, limits)
        late = _reader(options, definitions, found.reached)
    except BaseException:
        found.stop()
        raise
    forecast = _forecast(definitions, found.reached, limits)
    return replace(limits.beginning(definitions, settings, found, spending), read=late, forecast=forecast)


def begin_watching(options: Any, host: str | None, limits: Iterable[str]) -> Beginning:
    """Find the target of users that send by themselves, and by what they are judged; see `begin`."""
    settings = settings_of(options)
    check_files(settings)
    settings = replace(settings, closed=True, thresholds=(*thresholds(*limits), *settings.thresholds))
    allowed = _Limits.of(options)
    if options.serverless_cloudwatch:
        raise InvalidParameterError(
            "--serverless-cloudwatch is of scenarios: users that send by themselves go on until they are stopped. Ask "
            "afterwards: pytest-serverless load observe --stack NAME --from -30m."
        )
    _check_run_time(options, allowed.caps)
    found = _found(options, host)
    try:
        reached = found.reached
        allowed.check(options, reached, _signers(reached, []))
        spending = allowed.spending(reached)
    except BaseException:
        found.stop()
        raise
    return allowed.beginning([], settings, found, spending)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What the options allow, read before anything is started."""

    caps: Caps
    tags: Mapping[str, str]
    abort_on: tuple[Condition, ...]
    expected_ms: float

    @staticmethod
    def of(options: Any) -> _Limits:
        return _Limits(
            caps=caps_of(options),
            tags=tags_of(options.serverless_stack_tag),
            abort_on=tuple(Condition.parse(text) for text in options.serverless_abort_on),
            expected_ms=expected_ms(options),
        )

    def check(self, options: Any, reached: Reached, signers: Sequence[KeyProvider | None]) -> None:
        """Raise InvalidParameterError unless the target may be driven; AWS is asked only where an account is named."""
        accounts, found = options.serverless_account, [reached.account]
        if accounts and signers and reached.account is None:
            given = {"region": reached.measured.region, "profile": options.serverless_profile}
            found = [account_of(provider=each, **given) for each in signers]
        for account in found:
            permitted(reached, accounts=accounts, tags=self.tags, account=account, with_aws_credentials=bool(signers))

    def spending(self, reached: Reached) -> Spending | None:
        """Return how the target is priced, which only a cap on the cost needs to be known."""
        return None if self.caps.max_cost is None else Spending.of(reached, duration_ms=self.expected_ms)

    def beginning(
        self, definitions: Sequence[Definition], settings: Settings, found: FoundTarget, spending: Spending | None
    ) -> Beginning:
        return Beginning(
            definitions=definitions,
            settings=settings,
            found=found,
            caps=self.caps,
            spending=spending,
            abort_on=self.abort_on,
        )


def _check_run_time(options: Any, caps: Caps) -> None:
    """Raise InvalidParameterError where users are to send for longer than is allowed."""
    most_s = caps.max_duration_s
    if most_s is not None and (options.run_time or 0) > most_s:
        raise InvalidParameterError(
            f"--serverless-max-duration: --run-time is {options.run_time:g} s, and {most_s:g} s are the most that are "
            "allowed."
        )


def _within(settings: Settings, definitions: Sequence[Definition], caps: Caps) -> Settings:
    """Return settings by which a run goes on for no longer than is allowed, and which say so."""
    most_s, longer_s = caps.max_duration_s, settings.extend_s
    if most_s is None or not longer_s:
        return settings
    left_s = max(most_s - max(each.plan.duration_s for each in definitions), 0.0)
    if longer_s <= left_s:
        return settings
    note = (
        f"--serverless-extend allows {longer_s:g} s more, and --serverless-max-duration {most_s:g} s in all: the run "
        f"goes on for {left_s:g} s at most"
    )
    return replace(settings, extend_s=left_s, notes=(*settings.notes, note))


def _longest(definitions: Sequence[Definition], extend_s: float) -> list[Plan]:
    """Return the plans as long as they may become; InvalidParameterError where going on would be another load."""
    plans = [each.plan for each in definitions]
    if not extend_s:
        return plans
    for definition in definitions:
        last = definition.plan.phases[-1]
        if definition.find is not None:
            raise InvalidParameterError(f"--serverless-extend: {definition.name} searches, and ends when it has found.")
        if not (last.judged and last.expected and last.from_per_s == last.to_per_s and last.pattern != "burst"):
            raise InvalidParameterError(
                f"--serverless-extend goes on with the last phase, and {last.name!r} of {definition.name} is none that "
                "is judged and keeps its rate. End with such a phase, or leave the option out."
            )
    if len({plan.duration_s for plan in plans}) > 1:
        names = " and ".join(each.name for each in definitions)
        raise InvalidParameterError(f"--serverless-extend: {names} end at different times, so none can go on.")
    return [longer(plan, extend_s) for plan in plans]


def _found(options: Any, host: str | None) -> FoundTarget:
    return find(
        host=host,
        stack=options.serverless_stack,
        local=options.serverless_local,
        arguments=options.serverless_local_arguments,
        region=options.serverless_region,
        profile=options.serverless_profile,
        python=options.serverless_python,
    )


def _allowed(
    options: Any, definitions: Sequence[Definition], plans: Sequence[Plan], reached: Reached, limits: _Limits
) -> Spending | None:
    """Return how the run is priced; raise InvalidParameterError for one that may not be, or may cost too much."""
    limits.check(options, reached, _signers(reached, definitions))
    for each in definitions:
        if each.until_throttled or isinstance(each.find, (Limit, Onset, Scaling)):
            functions = [each.function] if each.function else []
            until_throttled(reached, functions, allowed=options.serverless_until_throttled)
    spending = limits.spending(reached)
    if spending is not None:
        limits.caps.check(plans, _expected(spending, definitions, plans))
    return spending


def _expected(spending: Spending, definitions: Sequence[Definition], plans: Sequence[Plan]) -> Bill:
    calls: Counter[str | None] = Counter()
    for each, plan in zip(definitions, plans, strict=True):
        calls[each.function] += round(plan.planned().arrivals)
    return spending.expected(calls)


def _forecast(definitions: Sequence[Definition], reached: Reached, limits: _Limits) -> str:
    """Return what a run will cost, in words; nothing where it costs nothing, or that is not known."""
    if reached.kind == "local" or any(each.find is not None for each in definitions):
        return ""
    try:
        spending = Spending.of(reached, duration_ms=limits.expected_ms)
    except InvalidParameterError:
        return ""
    bill = _expected(spending, definitions, [each.plan for each in definitions])
    return f"the run is expected to cost {money(bill.total)}: {'; '.join(bill.notes)}"


def _reader(options: Any, definitions: Sequence[Definition], reached: Reached) -> Read | None:
    if not options.serverless_cloudwatch:
        return None
    functions = [each.function for each in definitions if each.function is not None]
    return reader_of(reached, functions, profile=options.serverless_profile)


def _signers(reached: Reached, definitions: Sequence[Definition]) -> list[KeyProvider | None]:
    """Return with whose keys requests are signed; None stands for those that AWS's own tools would use."""
    if is_own(reached):
        return []
    own = [each.auth.provider for each in definitions if isinstance(each.auth, AwsSignature)]
    return [*([None] if reached.invoke_url is not None else []), *own]


def _definitions(options: Any, given: Sequence[GivenScenario]) -> list[Definition]:
    overrides = overrides_of(options)
    definitions = [read(each) for each in given]
    if not options.user_classes:
        definitions = [each for each in definitions if not each.only_when_named]
    if not definitions:
        names = ", ".join(each.name for each in given)
        raise InvalidParameterError(f"All scenarios run only when they are named. Name one after the options: {names}.")
    if overrides and len(definitions) > 1:
        names = ", ".join(each.name for each in definitions)
        raise InvalidParameterError(
            f"--serverless-{next(iter(overrides)).replace('_', '-')} is of one scenario, and {len(definitions)} would "
            f"run: {names}. Name one of them after the options."
        )
    chosen = {each.name for each in definitions}
    defined = [read(each, overrides) for each in given if each.name in chosen]
    _check_searches(options, defined)
    if not options.run_time:
        return defined
    return [replace(each, plan=lasting(each.plan, float(options.run_time))) for each in defined]


def _check_searches(options: Any, definitions: Sequence[Definition]) -> None:
    searches = [each.name for each in definitions if each.find is not None]
    if searches and len(definitions) > 1:
        raise InvalidParameterError(
            f"{searches[0]} searches, and must be alone: others would use what it looks for. Name it after the options."
        )
    if searches and options.run_time:
        raise InvalidParameterError(f"{searches[0]} searches, and ends when it has found: leave out --run-time.")
    if searches and (options.processes or options.master):
        raise InvalidParameterError(
            f"{searches[0]} searches, in one process: what is sent next depends on what came of the last. Leave out "
            "--processes and --master."
        )


def lasting(plan: Plan, duration_s: float) -> Plan:
    """Return a plan of that length: its last phase lasts for what the others leave."""
    *others, last = plan.phases
    before_s = plan.duration_s - last.duration_s
    left_s = duration_s - before_s
    if left_s <= 0:
        raise InvalidParameterError(
            f"--run-time is {duration_s:g} s, and the phases before {last.name!r} take {before_s:g} s already. Allow "
            "more, or shorten them."
        )
    return Plan([*others, replace(last, duration_s=left_s)], mix=plan.mix)
