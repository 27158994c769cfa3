"""Who may run now, and where: concurrency, scaling, rates and the choice of a sandbox; pure, on a clock of its caller.

One decision is made for each arrival; nothing here waits, starts or sends. `simulation` runs the same decisions in
virtual time.
"""

from pytest_serverless.admission.decisions import Granted, Refused, Waiting
from pytest_serverless.admission.gate import Admission
from pytest_serverless.admission.limits import LAMBDA, FunctionLimits, Limits
from pytest_serverless.admission.personality import Personality
from pytest_serverless.admission.truth import Truth

__all__ = ["LAMBDA", "Admission", "FunctionLimits", "Granted", "Limits", "Personality", "Refused", "Truth", "Waiting"]
