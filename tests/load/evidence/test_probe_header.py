"""The probe's header, read."""

import pytest

from pytest_serverless.load.evidence.probe_header import find_line, read

VALUE = "v1;instance=4f2a;n=1;init_start=100.120;init_end=100.480;type=snap-start;ms=12.250;now=160.501"


def test_a_header_tells_of_its_instance():
    evidence = read(VALUE)

    assert (evidence.source, evidence.instance, evidence.invocation) == ("probe", "4f2a", 1)
    assert (evidence.init_type, evidence.duration_ms) == ("snap-start", 12.25)
    assert evidence.init_ms == pytest.approx(360.0)
    assert evidence.init_ended_s == 100.48


def test_the_end_of_the_init_is_told_by_the_generators_clock():
    # The instance's clock is 60.001 s behind: its `now` is the moment at which the answer came, to within its way.
    assert read(VALUE, received_s=220.502).init_ended_s == pytest.approx(160.481)


def test_only_the_first_invocation_had_an_init():
    later = read(VALUE.replace("n=1", "n=2"))

    assert (later.invocation, later.init_ms, later.init_ended_s) == (2, None, 100.48)


def test_what_is_not_known_is_none():
    evidence = read("v1;instance=4f2a")

    assert evidence.instance == "4f2a"
    assert {evidence.invocation, evidence.init_ms, evidence.init_ended_s, evidence.init_type, evidence.duration_ms} == {
        None
    }


def test_fields_of_later_versions_of_the_probe_are_passed_over():
    assert read(f"{VALUE};colour=blue;;x").instance == "4f2a"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "v2;instance=1",
        "v1",
        "v1;n=1",
        "v1;instance=;n=1",
        "v1;instance=a;n=one",
        "v1;instance=a;init_end=soon",
        "<script>",
        f"v1;instance={'a' * 2000}",
    ],
)
def test_what_cannot_be_read_is_no_evidence(value):
    assert read(value) is None


def test_the_last_line_of_a_log_counts():
    old, new = "v1;instance=old;n=1", f"{VALUE};request=id-1"
    log = f"x-serverless-probe: {old}\nsaid\nx-serverless-probe: {new}\nEND RequestId: id-1\n"

    assert find_line(log).instance == "4f2a"
    assert find_line(log).request_id == "id-1"
    assert find_line("nothing") is None
    assert find_line("x-serverless-probe: cut") is None
