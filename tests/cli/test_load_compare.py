import dataclasses

import pytest

from pytest_serverless.cli import main
from pytest_serverless.load.results import write
from tests.load.results.runs import FUNCTION, START_S, TARGET, count, make_run
from tests.load.results.variants import EAGER, LAZY, variants


@pytest.fixture
def compare(tmp_path, capsys):
    def compare(a, b=None, *options):
        names = []
        for name, one in (("a", a), ("b", b)):
            if one is not None:
                write(one, tmp_path / f"{name}.json")
                names.append(str(tmp_path / f"{name}.json"))
        code = main(["load", "compare", *names, *options])
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


def interleaved(**settings):
    return make_run(variants(**settings), mix={EAGER: 0.5, LAZY: 0.5})


def test_what_differs_on_purpose_is_compared_and_told(compare, before):
    target = dataclasses.replace(TARGET, functions=(dataclasses.replace(FUNCTION, provisioned=6, memory_mb=1024),))
    other = make_run(count(arrivals=2000, seed=2), target=target)

    code, _, err = compare(before, other)
    assert code == 2
    assert "If that is on purpose, say so: --differs memory,provisioned." in err
    code, out, err = compare(before, other, "--differs", "memory, provisioned")
    assert (code, err) == (0, "")
    assert "on purpose, memory: 512 in A, 1024 in B" in out


def test_how_many_more_samples_tell_a_difference_of_the_size_that_is_named(compare, before):
    other = make_run(count(arrivals=2000, seed=2))
    _, out, _ = compare(before, other, "--tell", "latency.warm.p50=0.5ms", "--tell", "latency.mean=1s")
    said = " ".join(out.split())

    assert "latency.warm.p50: about" in said
    assert "more warm answers of each run are needed to tell a difference of 0.5 ms" in said
    assert "latency.mean: there are enough requests to tell a difference of 1,000 ms" in said


def test_the_variants_of_one_run_are_compared(compare):
    code, out, err = compare(interleaved(seed=10))
    cold = next(line for line in out.splitlines() if line.startswith("  latency.cold.p50: "))

    assert (code, err) == (1, "")
    low, high = (float(each) for each in cold.partition("(")[2].rstrip(")").split(" to "))
    assert low < -210 < high < 0
    assert "A is eager, B is lazy, of Shop" in out


def test_with_too_few_samples_it_is_said_how_many_more(compare):
    code, out, _ = compare(interleaved(seed=10, arrivals=120), None, "--tell", "throttles=1%")
    said = " ".join(out.split())

    assert code == 0
    assert (
        "latency.cold.p50: about 5 more cold starts (in 69 requests) of each variant are needed for an interval" in said
    )
    assert "more requests of each variant are needed to tell a difference of 1.00 points" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tell", "latency.warm.p50"], "write METRIC=SIZE"),
        (["--tell", "latency.warm.p50=fast"], "write METRIC=SIZE"),
        (["--tell", "throttles=0%"], "write METRIC=SIZE"),
        (["--tell", "latncy=1ms"], "There is no metric named 'latncy'"),
        (["--tell", "instances=3"], "There is no metric that is compared here named 'instances'"),
        (["--differs", "memory"], "--differs is of two runs"),
    ],
)
def test_what_cannot_be_asked_exits_with_2(compare, options, said):
    code, out, err = compare(interleaved(seed=10, arrivals=60), None, *options)

    assert (code, out) == (2, "")
    assert said in err


def test_one_run_without_variants_or_one_that_is_invalid_is_nothing_to_compare(compare, before):
    code, _, err = compare(before)
    assert code == 2
    assert "has no variants that could be compared" in err

    run = interleaved(seed=10)
    invalid = dataclasses.replace(run, validity=dataclasses.replace(run.validity, reasons=("the generator slept",)))
    code, _, err = compare(invalid)
    assert code == 2
    assert "is INVALID: the generator slept." in err
