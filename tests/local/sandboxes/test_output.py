"""Lines and frames in what a process writes, however it is cut into pieces."""

import json
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.invocation.aws_log import render
from pytest_serverless.invocation.runtime import Figures
from pytest_serverless.local.sandboxes.output import MOST_LINE_BYTES, Splitter
from pytest_serverless.local.sandboxes.variables import call_of
from tests.local.sandboxes.house import CLIENTS, function_of, in_house

STAMP = "2026-11-23T10:00:00.000Z"


def frame(text, kind=0xA55A0003, moment=1_795_000_000.5):
    data = text.encode()
    return struct.pack(">IIQ", kind, len(data), int(moment * 1e6)) + data


def split(*pieces, source="stdout"):
    splitter = Splitter(source)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return [*lines, *splitter.finish()]


def test_text_is_cut_at_line_breaks():
    assert [line.message for line in split(b"one\ntw", b"o\n\nthr", b"ee")] == ["one", "two", "", "three"]


def test_a_frame_is_one_message_with_its_level_and_time():
    (line,) = split(frame(f"[WARNING]\t{STAMP}\tthe-id\ttwo\nlines\n"))

    assert (line.source, line.level, line.message, line.time) == ("log", "WARNING", "two\nlines", 1_795_000_000.5)


def test_a_frame_between_lines_keeps_its_place():
    lines = split(b"before\n" + frame(f"[INFO]\t{STAMP}\t\tin between\n") + b"after\n")

    assert [line.message for line in lines] == ["before", "in between", "after"]
    assert sorted(line.time for line in lines) == [line.time for line in lines]


def test_json_is_read_where_it_is_only_the_platform_s():
    fields = {"timestamp": STAMP, "level": "ERROR", "message": "plain", "logger": "root", "requestId": "the-id"}
    plain, more = split(*(frame(json.dumps({**fields, **more}) + "\n", 0xA55A0016) for more in ({}, {"order": 7})))

    assert (plain.source, plain.level, plain.message, plain.logger) == ("log", "ERROR", "plain", "root")
    assert (more.source, json.loads(more.message)["order"]) == ("stdout", 7)


@pytest.mark.parametrize(
    "report",
    [
        "[ERROR] ValueError: no\nTraceback (most recent call last):\n\u00a0\u00a0File",
        json.dumps({"errorType": "E", "errorMessage": "m", "stackTrace": [], "requestId": "", "level": "ERROR"}),
    ],
)
def test_the_client_s_report_of_an_error_is_left_to_the_log(report):
    assert split(frame(report, 0xA55A0017)) == []


def test_text_that_looks_like_a_frame_is_text():
    lines = split(b"before \xa5\x5a\x00\xff after\n", b"cut \xa5\x5a", b"\x00\x03\xff\xff\xff\xff no, it is none\n")

    assert len(lines) == 2
    assert lines[0].message.startswith("before ")
    assert lines[1].message.endswith(" no, it is none")


def test_what_is_no_text_is_shown_as_well_as_can_be():
    assert [line.message for line in split(b"\xff\xfe here\n")] == ["\ufffd\ufffd here"]


def test_a_line_without_end_is_cut():
    lines = split(*[b"x" * 100_000] * 5)

    assert sum(len(line.message) for line in lines) == 500_000
    assert max(len(line.message) for line in lines) <= MOST_LINE_BYTES + 100_000


def test_a_pipe_other_than_stdout_has_no_frames():
    (line,) = split(frame("text\n"), source="stderr")

    assert line.source == "stderr"
    assert line.message.endswith("text")


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    st.lists(st.one_of(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20), st.none()), max_size=8),
    st.lists(st.integers(1, 12), min_size=1, max_size=40),
)
def test_how_it_is_cut_into_pieces_makes_no_difference(parts, cuts):
    data = b"".join(frame(f"[INFO]\t{STAMP}\t\tmessage\n") if part is None else part.encode() for part in parts)
    pieces, rest = [], data
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]

    assert [line.message for line in split(*pieces, rest)] == [line.message for line in split(data)]


@pytest.mark.realtime
@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_handler_writes_is_heard_line_by_line(client):
    async def work(house):
        return await house.ran("deeds.logs"), house.lines

    ran, heard = in_house(work, client=client)

    found = [(line.source, line.level, line.message) for line in ran.lines if line.source != "stderr"]
    assert found == [
        ("log", "INFO", "two\nlines"),
        ("stdout", None, "one"),
        ("stdout", None, "two"),
        ("log", "WARNING", "ümläut 1"),
        ("stdout", None, "\ufffd\ufffd not text"),
        ("stdout", None, "no end"),
    ]
    assert [line.message for line in ran.lines if line.source == "stderr"] == ["to stderr"]
    assert tuple(line for _, line in heard) == ran.lines
    assert len({request_id for request_id, _ in heard}) == 1
    assert all(abs(line.time - time.time()) < 60 for line in ran.lines)


@pytest.mark.realtime
@pytest.mark.parametrize("client", CLIENTS)
def test_messages_in_json_keep_what_the_function_added(client):
    async def work(house):
        return await house.ran("deeds.logs_json", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"})

    plain, more = in_house(work, client=client).lines

    assert (plain.source, plain.level, plain.message, plain.logger) == ("log", "WARNING", "plain", "root")
    assert json.loads(more.message)["order"] == 7
    assert json.loads(more.message)["message"] == "with more"


@pytest.mark.realtime
def test_lines_are_heard_while_the_handler_runs():
    async def work(house):
        return await house.ran("deeds.floods", {"lines": 20_000}, timeout_s=20)

    ran = in_house(work)

    assert [line.message for line in ran.lines] == [f"line {number}" for number in range(20_000)]


@pytest.mark.realtime
def test_bytes_like_those_of_a_frame_break_nothing():
    async def work(house):
        return await house.ran("deeds.looks_like_a_frame")

    assert len(in_house(work).lines) == 2


@pytest.mark.realtime
@pytest.mark.parametrize("client", CLIENTS)
def test_the_log_shows_an_error_once(client):
    async def work(house):
        return await house.ran("not_there.handler")

    ran = in_house(work, client=client)

    figures = Figures(
        status=ran.status,
        started=ran.started,
        duration_ms=0,
        billed_ms=0,
        init_ms=1.0,
        init_overran=False,
        memory_used_mb=1,
    )
    log = render(call_of(function_of(), "the-id", ""), ran.lines, figures, ran.failure)
    assert log.count("Runtime.ImportModuleError: Unable to import module") == 1
