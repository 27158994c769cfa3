import dataclasses
import itertools

import pytest

from pytest_serverless.load.results import exit_code, outcome_of
from tests.load.results.runs import count, make_run


@pytest.mark.parametrize(
    ("outcomes", "is_valid", "complete", "code"),
    [
        ([], True, True, 0),
        (["pass", "pass"], True, True, 0),
        (["pass", "fail", "inconclusive"], True, True, 1),
        (["pass", "inconclusive"], True, True, 4),
        (["pass"], True, False, 4),
        ([], True, False, 4),
        (["fail"], True, False, 1),
        (["pass"], False, True, 3),
        (["fail"], False, False, 3),
        ([], False, True, 3),
    ],
)
def test_exit_codes(outcomes, is_valid, complete, code):
    assert exit_code(outcomes, is_valid=is_valid, complete=complete) == code


def test_only_a_whole_valid_run_without_a_doubt_passes():
    words = ("pass", "fail", "inconclusive")
    for outcomes in itertools.product(words, repeat=3):
        for is_valid, complete in itertools.product((True, False), repeat=2):
            passed = exit_code(outcomes, is_valid=is_valid, complete=complete) == 0
            worth = {outcome_of(each, is_valid=is_valid, complete=complete) for each in outcomes}
            assert passed == (worth == {"pass"}) == (is_valid and complete and set(outcomes) == {"pass"})


def test_the_code_of_a_run():
    counted = count(arrivals=900, reserved=20)

    def code(**facts):
        return make_run(counted, **{"limits": ("throttles < 5%",), **facts}).exit_code

    assert code() == 0
    assert code(limits=("throttles > 5%",)) == 1
    assert code(limits=("latency.p99.9 < 9s",)) == 4
    assert code(complete=False) == 4
    assert code(facts_of_generation={"lost_workers": 1}) == 3
    assert dataclasses.replace(make_run(counted, limits=()), complete=False).exit_code == 4
