"""Adaptive runs: what is sent next depends on what came of the last, until a limit is found or it is said why not."""

from pytest_serverless.load.finding.found import Found
from pytest_serverless.load.finding.searches import (
    SEARCH_PHASE,
    SEARCHES,
    Idle,
    Limit,
    Onset,
    Scaling,
    Search,
    search_of,
)
from pytest_serverless.load.finding.steps import StepSender, at_most
from pytest_serverless.load.finding.virtual import VirtualSender

__all__ = [
    "SEARCHES",
    "SEARCH_PHASE",
    "Found",
    "Idle",
    "Limit",
    "Onset",
    "Scaling",
    "Search",
    "StepSender",
    "VirtualSender",
    "at_most",
    "search_of",
]
