"""Whether a target may be driven at all: allowed accounts and tags, and what may be throttled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from pytest_serverless.errors import InvalidParameterError, or_list
from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets.address import is_this_machine
from pytest_serverless.load.targets.reached import Reached

__all__ = ["is_own", "permitted", "tags_of", "until_throttled"]


def tags_of(texts: Iterable[str]) -> dict[str, str]:
    """Read tags from NAME=VALUE, as `--serverless-stack-tag` has them; raises InvalidParameterError."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InvalidParameterError(f"--serverless-stack-tag takes NAME=VALUE, got {text!r}.")
        found[name] = value
    return found


def permitted(
    reached: Reached,
    *,
    accounts: Iterable[str] = (),
    tags: Mapping[str, str] | None = None,
    account: str | None = None,
    with_aws_credentials: bool = False,
) -> None:
    """Raise InvalidParameterError unless a target is in one of the accounts, and its stack has all of the tags.

    Nothing that is empty restricts, and what runs on this machine is nobody else's. `account` is whose credentials
    requests are signed with, from STS (`account_of`), where the target does not tell it; `with_aws_credentials` says
    that there are such requests, as all to the Invoke API are: then the account must be known. Of an address that is
    asked without them it cannot be.
    """
    allowed = [each.replace("-", "").strip() for each in accounts]
    _check_form(allowed)
    if is_own(reached):
        return
    if allowed:
        signed = with_aws_credentials or reached.kind == "stack" or reached.invoke_url is not None
        _check_account(reached.account or account, allowed, reached, signed)
    if tags:
        _check_tags(reached, tags)


def _check_form(accounts: Iterable[str]) -> None:
    for each in accounts:
        if len(each) != 12 or not each.isdecimal():
            raise InvalidParameterError(f"--serverless-account {each}: an AWS account has 12 digits.")


def is_own(reached: Reached) -> bool:
    """Tell whether a target is on this machine, and nobody else's."""
    hosts = [urlsplit(url).hostname or "" for url in (*reached.urls.values(), reached.invoke_url) if url]
    is_here = bool(hosts) and all(is_this_machine(host) for host in hosts)
    return reached.kind == "local" or (reached.kind == "url" and is_here)


def _check_account(found: str | None, allowed: list[str], reached: Reached, is_signed: bool) -> None:
    if found is None and is_signed:
        raise InvalidParameterError(
            f"The account of {reached.measured} is not known, and {or_list(allowed)} alone may be driven "
            "(--serverless-account). Let sts:GetCallerIdentity be asked with the credentials of the run."
        )
    if found is not None and found not in allowed:
        raise InvalidParameterError(
            f"{reached.measured} is in the AWS account {found}, and {or_list(allowed)} alone may be driven "
            "(--serverless-account). Are these the right credentials, and is it the right stack?"
        )


def _check_tags(reached: Reached, tags: Mapping[str, str]) -> None:
    wanted = ", ".join(f"{name}={value}" for name, value in tags.items())
    if reached.kind != "stack":
        raise InvalidParameterError(
            f"{reached.measured} is an address, and stacks with {wanted} alone may be driven (--serverless-stack-tag). "
            "Name its stack with --serverless-stack; --host may stand beside it."
        )
    wrong = [name for name, value in tags.items() if reached.tags.get(name) != value]
    if wrong:
        there = ", ".join(f"{name}={value}" for name, value in sorted(reached.tags.items())) or "none"
        raise InvalidParameterError(
            f"The stack of {reached.measured} has not the tags {wanted}, which what may be driven has "
            f"(--serverless-stack-tag). It has {there}."
        )


def until_throttled(reached: Reached, functions: Iterable[str] = (), *, allowed: bool = False) -> None:
    """Raise InvalidParameterError unless throttling what is driven leaves everything else in the account alone.

    `functions` are the ids or names that the run drives; without any, all that the target has may be reached. Each
    needs a limit of its own, reserved concurrency (or a most of instances, elsewhere than on AWS), unless `allowed`.
    """
    if allowed or is_own(reached):
        return
    by_name = {each.name: each for each in reached.measured.functions}
    names = [reached.function(each).partition(":")[0] for each in functions] or list(by_name)
    without = [name for name in names if not _has_limit(by_name.get(name))]
    if names and not without:
        return
    which = ", ".join(without) if without else f"what stands at {reached.measured}"
    known = "" if all(name in by_name for name in without) and without else ", or whether it has is not known"
    where = f" {reached.account}" if reached.account else ""
    raise InvalidParameterError(
        f"This run goes on until functions are throttled, and {which} has no reserved concurrency{known}. It would "
        f"take all the concurrency that the account{where} has in {reached.measured.region or 'its region'}, and every "
        "other function there, those of production too, would be throttled with it. Reserve concurrency for each that "
        "is driven (ReservedConcurrentExecutions), or say that this is meant: --serverless-until-throttled."
    )


def _has_limit(function: TargetFunction | None) -> bool:
    return function is not None and (function.reserved is not None or function.most_instances is not None)
