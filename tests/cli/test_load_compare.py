import dataclasses

import pytest

from pytest_serverless.cli import main
from pytest_serverless.load.results import write
from tests.load.results.runs import START_S, count, make_run


@pytest.fixture
def compare(tmp_path, capsys):
    def compare(a, b):
        for name, one in (("a", a), ("b", b)):
            write(one, tmp_path / f"{name}.json")
        code = main(["load", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")])
        out, err = capsys.readouterr()
        return code, out, err

    return compare


@pytest.fixture(scope="module")
def before():
    return make_run(count(arrivals=2000))


def test_runs_that_differ_by_chance_exit_with_0(compare, before):
    code, out, err = compare(before, make_run(count(arrivals=2000, seed=2)))

    assert (code, err) == (0, "")
    assert out.startswith("No change exceeds its interval\n")
    assert "CHANGED" not in out


def test_a_change_exits_with_1_and_is_told_with_its_interval(compare, before):
    code, out, _ = compare(before, make_run(count(arrivals=2000, seed=2, service_s=0.13)))
    p50 = next(line for line in out.splitlines() if line.startswith("  latency.warm.p50:"))

    assert code == 1
    assert "metrics changed by more than chance" in out.splitlines()[0]
    low, high = (float(each) for each in p50.partition("(")[2].rstrip(")").split(" to "))
    assert low < 30 < high
    assert max(map(len, out.splitlines())) <= 100
    assert "…" not in out
    assert "  throttles: " in out
    assert next(line for line in out.splitlines() if line.startswith("  throttles: ")).split()[2] == "points"


def test_days_apart_are_told(compare, before):
    later = dataclasses.replace(before, started_s=START_S + 3 * 86400)

    assert "on different days the same platform differs by itself" in " ".join(compare(before, later)[1].split())


def test_runs_that_cannot_be_compared_exit_with_2_and_say_why(compare, before):
    other = dataclasses.replace(
        before,
        arrival_rate=5.0,
        validity=dataclasses.replace(before.validity, reasons=("the generator slept",)),
    )
    code, out, err = compare(before, other)

    assert (code, out) == (2, "")
    assert "B is INVALID: the generator slept. arrival rate: 50.0 in A, 5.0 in B." in err
