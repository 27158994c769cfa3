"""What an answer means, as tables that can be added to, and what it means that none came."""

from pytest_serverless.load.classes.classifier import Classifier
from pytest_serverless.load.classes.rules import Rule, parse_rules, read_rules, statuses
from pytest_serverless.load.classes.settling import Settled, settled
from pytest_serverless.load.classes.tables import TABLES, Table
from pytest_serverless.load.classes.transport import failed, redirected
from pytest_serverless.load.classes.verdicts import REASONS, Context, Verdict, inferred

__all__ = [
    "REASONS",
    "TABLES",
    "Classifier",
    "Context",
    "Rule",
    "Settled",
    "Table",
    "Verdict",
    "failed",
    "inferred",
    "parse_rules",
    "read_rules",
    "redirected",
    "settled",
    "statuses",
]
