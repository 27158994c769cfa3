"""How a backend calls the functions of the application that it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pytest_serverless.outcome import Outcome

__all__ = ["FunctionCaller", "Functions"]


class FunctionCaller(Protocol):
    """Invokes a function by its ARN and returns how that ended; None where the application has no such function.

    `cause` says in words what called it. `answered` tells whether the outcome, a failure too, reaches whoever made the
    request that caused it.
    """

    def __call__(self, arn: str, event: Any, *, cause: str, answered: bool) -> Outcome | None: ...


Functions = Callable[[], "FunctionCaller | None"]
"""Gives what calls functions just now; None where no application is served, and services do as without functions."""
