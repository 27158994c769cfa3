"""Makes the resources of a template in moto's backends, under exactly the names that the template was resolved with.

Moto's own CloudFormation is not used: it drops half of a SAM template without a word, and takes a second to import.
"""

from __future__ import annotations

from pytest_serverless.backends.moto.provision.engine import Provisioned, missing, provision
from pytest_serverless.backends.moto.provision.reach import reachable
from pytest_serverless.backends.moto.provision.table import Missing

__all__ = ["Missing", "Provisioned", "missing", "provision", "reachable"]
