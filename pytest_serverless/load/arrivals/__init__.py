"""When arrivals are intended: phases of Poisson, uniform or synchronised arrivals, split over worker processes.

Times are seconds from the start, known before anything is sent: an open system does not wait for its answers.
"""

from pytest_serverless.load.arrivals.mix import Mix
from pytest_serverless.load.arrivals.phases import Pattern, Phase
from pytest_serverless.load.arrivals.plan import Arrival, Plan, Planned
from pytest_serverless.load.arrivals.seeds import derive_seed
from pytest_serverless.load.arrivals.share import Share

__all__ = ["Arrival", "Mix", "Pattern", "Phase", "Plan", "Planned", "Share", "derive_seed"]
