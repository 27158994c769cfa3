"""The result of a run: one versioned JSON document of what was sent, what was seen and what it decides.

Everything here is a function of its arguments, but for reading and writing the file.
"""

from pytest_serverless.load.results.changes import Change
from pytest_serverless.load.results.comparing import FACTS, Comparison, compare, why_incomparable
from pytest_serverless.load.results.differences import Differences, differences_of
from pytest_serverless.load.results.files import read, without, write
from pytest_serverless.load.results.making import make_result
from pytest_serverless.load.results.result import SCHEMA, ColdStartSource, Generator, Result
from pytest_serverless.load.results.target import Target, TargetFunction, redacted
from pytest_serverless.load.results.verdict import Outcome, exit_code, outcome_of

__all__ = [
    "FACTS",
    "SCHEMA",
    "Change",
    "ColdStartSource",
    "Comparison",
    "Differences",
    "Generator",
    "Outcome",
    "Result",
    "Target",
    "TargetFunction",
    "compare",
    "differences_of",
    "exit_code",
    "make_result",
    "outcome_of",
    "read",
    "redacted",
    "why_incomparable",
    "without",
    "write",
]
