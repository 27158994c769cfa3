"""The places in moto that functions are called from are where they were."""

import importlib
import inspect

import pytest

from pytest_serverless.backends.moto import cognito_triggers, rotation

PLACES = [*cognito_triggers.patches(lambda: None), *rotation.patches(lambda: None)]


@pytest.mark.parametrize(("module", "path"), [place[:2] for place in PLACES])
def test_it_is_a_function_there(module, path):
    owner, name = path.split(".")

    assert inspect.isfunction(vars(getattr(importlib.import_module(module), owner))[name])
