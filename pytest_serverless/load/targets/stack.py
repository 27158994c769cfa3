"""A deployed CloudFormation stack as a target: those of SAM and of the Serverless Framework are such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError, ServerlessError, UnknownNameError, near_misses
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets.aws_calls import AwsCalls
from pytest_serverless.load.targets.reached import Reached
from pytest_serverless.load.targets.stack_apis import Apis
from pytest_serverless.load.targets.stack_functions import Functions
from pytest_serverless.load.targets.stack_resources import StackResource

__all__ = ["reach_stack"]

_SETTLED: Final = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
}
_GONE: Final = {"DELETE_COMPLETE", "DELETE_SKIPPED"}
_MOST_NAMED: Final = 20
_NESTED: Final = "AWS::CloudFormation::Stack"


def reach_stack(name: str, *, region: str | None = None, profile: str | None = None, session: Any = None) -> Reached:
    """Read what a stack has: its URLs, its functions and their settings, and what else a run must know.

    `name` is its name, or its ARN. Without `session` (one of boto3) it is asked with the credentials of `profile` or
    the environment. Resources of nested stacks have ids with a dot, `Nested.Function`. What it takes is told by
    `policy`.

    Raises UnknownNameError where there is no such stack, CredentialsError where it cannot be read,
    InvalidParameterError where it cannot be measured, and MissingExtraError without boto3.
    """
    if not name.strip():
        raise InvalidParameterError("--serverless-stack names no stack.")
    calls = AwsCalls(session, region=region, profile=profile)
    account = str(calls.ask("sts", "get_caller_identity")["Account"])
    stack = _described(calls, name.strip(), account)
    notes = _check_status(stack)
    resources = list(_resources(calls, stack["StackId"]))
    functions, apis = Functions(calls, resources), Apis(calls, resources)
    if not functions.names and not apis.urls:
        kinds = ", ".join(sorted({each.type for each in resources})) or "nothing"
        raise InvalidParameterError(
            f"Nothing in the stack {stack['StackName']} can be sent to: it has no Lambda function, REST API, HTTP API "
            f"or function URL that answers. It has {kinds}.{''.join(f' {note}' for note in apis.notes)}"
        )
    return Reached(
        kind="stack",
        measured=Target(
            url=next(iter(apis.urls.values())) if len(apis.urls) == 1 else None,
            functions=functions.settings,
            provider="aws",
            region=calls.region,
        ),
        urls=apis.urls,
        paths=apis.paths,
        invoke_url=calls.client("lambda").meta.endpoint_url if functions.names else None,
        functions=functions.names,
        resources={each.id: each.physical for each in resources},
        account=account,
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        notes=(*notes, *functions.notes, *apis.notes),
    )


def _described(calls: AwsCalls, name: str, account: str) -> dict[str, Any]:
    try:
        stacks = calls.ask("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except ServerlessError as error:
        if "does not exist" in str(error.__cause__):
            raise _no_such(calls, name, account) from error
        raise
    found: dict[str, Any] = stacks[0]
    return found


def _no_such(calls: AwsCalls, name: str, account: str) -> ServerlessError:
    """Return the error of a stack that there is not, with the names of those there are, if they can be had."""
    states = [*sorted(_SETTLED), "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    try:
        listed = calls.pages("cloudformation", "list_stacks", "StackSummaries", StackStatusFilter=states)
        known = [each["StackName"] for each in listed if "ParentId" not in each]
    except ServerlessError:
        known = []
    shown = near_misses(name, known) or sorted(known)[:_MOST_NAMED]
    return UnknownNameError(f"stack in {calls.region} of the account {account}", name, shown)


def _check_status(stack: Mapping[str, Any]) -> list[str]:
    """Return what to know of a stack's state; raise InvalidParameterError where it must not be measured."""
    name, status = stack["StackName"], str(stack["StackStatus"])
    if status in _SETTLED:
        rolled_back = "ROLLBACK" in status
        return [f"The last update of {name} was rolled back: what is measured is what was before."] * rolled_back
    why = str(stack.get("StackStatusReason", ""))
    told = f"The stack {name} is in the state {status}" + (f" ({why.rstrip('.')})." if why else ".")
    if status.startswith("DELETE_"):
        raise InvalidParameterError(f"{told} What is left of it cannot be measured. Deploy it again.")
    if status == "REVIEW_IN_PROGRESS":
        raise InvalidParameterError(f"{told} Nothing of it was deployed yet: execute its change set.")
    if status.endswith("_IN_PROGRESS"):
        raise InvalidParameterError(f"{told} A run would measure two versions as one. Wait until it is done.")
    raise InvalidParameterError(f"{told} What it has is not what its template says. Deploy it again.")


def _resources(calls: AwsCalls, stack: str, prefix: str = "") -> Iterator[StackResource]:
    for each in calls.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack):
        physical = each.get("PhysicalResourceId")
        if not physical or each["ResourceStatus"] in _GONE:
            continue
        id_, type_ = f"{prefix}{each['LogicalResourceId']}", each["ResourceType"]
        yield StackResource(id=id_, type=type_, physical=physical)
        if type_ == _NESTED:
            yield from _resources(calls, physical, f"{id_}.")
