"""The probe as a function has it: loaded from its file, anew for every instance."""

import importlib.util
import itertools

from pytest_serverless.load.probes import probe_file

_numbers = itertools.count()


def new_instance():
    """The module as a new instance of a function loads it."""
    spec = importlib.util.spec_from_file_location(f"probe_of_instance_{next(_numbers)}", probe_file("python"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
