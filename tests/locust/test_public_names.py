"""The modules that no other process may import."""

import subprocess
import sys

LOOK = """
import importlib, pkgutil
import pytest_serverless.load.drivers, pytest_serverless.locust

packages = (pytest_serverless.locust, pytest_serverless.load.drivers)
names = [one.name for each in packages for one in pkgutil.walk_packages(each.__path__, f"{each.__name__}.")]
for name in ["pytest_serverless.locust", *names]:
    module = importlib.import_module(name)
    offered = module.__all__
    assert len(set(offered)) == len(offered), name
    assert not [missing for missing in offered if not hasattr(module, missing)], name
print(len(names))
"""


def test_every_name_that_they_offer_is_there():
    looked = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60, check=False)

    assert looked.returncode == 0, looked.stderr
    assert int(looked.stdout) > 12
