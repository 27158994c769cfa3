"""What a process of a run counts, by the evidence that answers bring."""

import pytest

from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.evidence import HEADER, evidence_of_tail
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.load.results import Target
from pytest_serverless.load.running.counted import Counted
from pytest_serverless.load.running.session import Order
from pytest_serverless.load.running.watching import Requested, Watching
from pytest_serverless.load.targets.reached import Reached
from tests.load.running.doubles import tail
from tests.load.running.virtual import World

NOON = 1_795_435_200.0


def counted(evidence):
    made = Counted(None, round_trip_ms=0.0)
    for number, each in enumerate(evidence):
        at_s = NOON + number
        made.add(Observation("shop", "invoke Pay", "hold", at_s, at_s, at_s + 0.5, "ok", "", 200, each))
    return made.cell()


def reports(first, later):
    """REPORT lines as Lambda's answers bring them: the first on an instance has an Init Duration."""
    return [
        *(evidence_of_tail(tail(f"a{n}", init_ms=300.0), NOON) for n in range(first)),
        *(evidence_of_tail(tail(f"b{n}"), NOON) for n in range(later)),
    ]


def test_a_report_tells_whose_instance_is_new_without_a_number():
    cell = counted(reports(3, 7))

    assert (cell.new_instances, cell.numbered) == (3, 10)
    assert sum(each.new_instances for each in cell.course()) == 3
    assert sum(each.numbered for each in cell.course()) == 10
    assert Measured(cell).of("cold_starts.new_instance").value == pytest.approx(0.3)


def test_what_tells_neither_a_number_nor_an_init_is_not_known():
    cell = counted([Evidence(source="probe", instance="a")] * 5)

    assert (cell.new_instances, cell.numbered, cell.evidenced) == (0, 0, 5)
    assert isinstance(Measured(cell).of("cold_starts.new_instance"), Unknown)


def test_users_of_others_are_counted_the_same():
    order = Order(worker=0, workers=1, seed=0, reached=Reached(kind="url", measured=Target()), plans={})
    watching = Watching(order, World().edges(), path="http")
    watching.start(NOON)
    for number in (1, 2, 3):
        watching.saw(
            Requested(
                step="GET /",
                url="https://shop.example.com/",
                started_s=NOON,
                ended_s=NOON + 0.1,
                status=200,
                headers={HEADER: f"v1;instance=a;n={number}"},
                body=b"",
                error=None,
            )
        )

    cell = watching.report().aggregate.cell()
    assert (cell.new_instances, cell.numbered) == (1, 3)
