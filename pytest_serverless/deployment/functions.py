"""Functions that a service calls before it answers, or that a deployment calls: found by their ARNs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.app.model import App, Resource
from pytest_serverless.outcome import Outcome

__all__ = ["MOST_IN_A_CHAIN", "FunctionsByArn", "function_of", "is_custom", "may_recur"]

MOST_IN_A_CHAIN = 16
"""About so often Lambda runs a function in one chain of requests before it stops a loop.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (2026-11).
"""


def function_of(app: App, arn: str) -> str | None:
    """Return the id of the function that an ARN names, with or without a version or alias; None if it is another's."""
    parts = arn.split(":")
    name = parts[6] if len(parts) > 6 and parts[2] == "lambda" else arn
    return next((id_ for id_, function in app.functions.items() if function.name == name), None)


def may_recur(app: App, function: str) -> bool:
    """Tell whether a function's template says that its loops are meant."""
    resource = app.resources.get(function)
    return resource is not None and resource.properties.get("RecursiveLoop") == "Allow"


def is_custom(resource: Resource) -> bool:
    """Tell whether a resource is made by a function."""
    return resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"


class FunctionsByArn:
    """What a backend calls the functions of one application with: see `backends.functions.FunctionCaller`.

    `run` invokes a function by its id; it takes `cause` and `expected`: a failure is expected where it reaches whoever
    made the request, and has the error in hand.
    """

    def __init__(self, app: App, run: Callable[..., Outcome]) -> None:
        self._app = app
        self._run = run

    def __call__(self, arn: str, event: Any, *, cause: str, answered: bool) -> Outcome | None:
        """Invoke the function of that ARN; None where the application has none."""
        function = function_of(self._app, arn)
        return None if function is None else self._run(function, event, cause=cause, expected=answered)
