"""What the platform itself knows of a stretch of time: its logs and metrics, read after a run, of any generator."""

from pytest_serverless.load.observing.asking import evidence_for, observe_exports, observe_functions
from pytest_serverless.load.observing.completing import Completion, complete
from pytest_serverless.load.observing.joining import Identified, Joined
from pytest_serverless.load.observing.making import make_observed
from pytest_serverless.load.observing.observed import (
    ObservedFunction,
    ObservedStack,
    Queried,
    is_observed,
    read_observed,
)
from pytest_serverless.load.observing.window import Window, window_of

__all__ = [
    "Completion",
    "Identified",
    "Joined",
    "ObservedFunction",
    "ObservedStack",
    "Queried",
    "Window",
    "complete",
    "evidence_for",
    "is_observed",
    "make_observed",
    "observe_exports",
    "observe_functions",
    "read_observed",
    "window_of",
]
