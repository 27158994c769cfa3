"""What we rely on inside moto and botocore is as we think it is, in the versions that are installed."""

import sys
import warnings

import pytest

from pytest_serverless.backends.moto import assumptions
from pytest_serverless.backends.moto.assumptions import ASSUMPTIONS, Assumption, broken
from pytest_serverless.backends.moto.fanout import Patching


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda one: one.text)
def test_it_holds(assumption):
    assert assumption.check() is None


def test_one_that_does_not_hold_is_told_of(monkeypatch):
    from moto.core.models import MockAWS

    monkeypatch.setattr(MockAWS, "start", lambda self: None)

    [(assumption, found)] = broken()
    assert assumption.needed_for == "standing aside for them"
    assert found == "MockAWS.start['self'], MockAWS.stop['self', 'remove_data']"


def test_a_place_that_is_gone_is_warned_of_once_and_left_alone():
    patching = Patching([("sys", "no.such_place", lambda original: original)])
    before = dict(vars(sys))

    with pytest.warns(UserWarning, match=r"no sys\.no\.such_place"):
        patching.apply()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        patching.apply()
    patching.undo()

    assert vars(sys).keys() == before.keys()


def test_a_mock_that_lacks_somebody_elses_library_breaks_nothing(monkeypatch):
    def lacking(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    holds = Assumption("a", "b", lambda: lacking("joserfc"))
    broke = Assumption("c", "d", lambda: lacking("moto.gone.models"))
    monkeypatch.setattr(assumptions, "ASSUMPTIONS", (holds, broke))

    assert broken() == [(broke, "there is no moto.gone.models")]
