from pytest_serverless.clock import FixedClock
from pytest_serverless.events.mint import Mint
from pytest_serverless.local.aws.real_time import RealTime
from pytest_serverless.local.aws.traces import Traces


def test_a_request_with_the_header_came_through_the_same_functions():
    traces = Traces(Mint(clock=FixedClock(0x5E1BE3A9)))
    header = traces.begin(("Resize", "Work"))

    assert header.startswith("Root=1-5e1be3a9-")
    assert traces.lineage(header) == ("Resize", "Work")
    assert traces.lineage(f"Lineage=1:2;{header.replace('Sampled=0', 'Sampled=1')}") == ("Resize", "Work")
    assert traces.lineage("Root=1-00000000-000000000000000000000000;Parent=0") == traces.lineage("") == ()


def test_a_trace_goes_on_and_its_branches_are_told_apart():
    traces = Traces(Mint())
    first = traces.begin(("Work",))
    second = traces.begin(("Work", "Work"), first)

    assert second.partition(";")[0] == first.partition(";")[0]
    assert (traces.lineage(first), traces.lineage(second)) == (("Work",), ("Work", "Work"))


def test_real_time_leaps_where_the_clock_was_set_and_not_where_we_moved_it():
    time = RealTime()
    with time.running():
        time.skip(3600)
        assert not time.has_leapt()
        assert time.now() > RealTime().now() - 1

    assert time.has_leapt()  # the clock went back by itself, for all that it knows
    assert not time.has_leapt()
