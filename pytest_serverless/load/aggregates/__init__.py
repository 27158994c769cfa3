"""What was observed, counted: it takes in one observation at a time, and merges across worker processes.

Merging is associative and commutative: whichever way observations are divided over processes and times, the sum is the
same to the last microsecond. That is why every sum here is one of whole numbers.
"""

from pytest_serverless.load.aggregates.aggregate import Aggregate
from pytest_serverless.load.aggregates.cells import CLASSES, Cell
from pytest_serverless.load.aggregates.dispatch import Dispatch
from pytest_serverless.load.aggregates.histogram import Histogram
from pytest_serverless.load.aggregates.in_flight import InFlight, InFlightGauge, most_at_once
from pytest_serverless.load.aggregates.instances import Instance, Instances

__all__ = [
    "CLASSES",
    "Aggregate",
    "Cell",
    "Dispatch",
    "Histogram",
    "InFlight",
    "InFlightGauge",
    "Instance",
    "Instances",
    "most_at_once",
]
