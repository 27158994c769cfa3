import json

import pytest

from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.aws.messages import (
    Delivery,
    decode_outcome,
    decode_throttle,
    encode_outcome,
    encode_throttle,
)
from pytest_serverless.outcome import Failure, LogLine, Outcome


def outcome(**changed):
    plain = {
        "function": "work",
        "provider": "aws",
        "request_id": "r",
        "status": "success",
        "payload": b'{"a": "\xc3\xbc"}',
        "value": {"a": "ü"},
        "duration_ms": 1.25,
        "billed_ms": 2,
        "memory_mb": 128,
        "memory_used_mb": 40,
        "log": "START\n",
    }
    return Outcome(**{**plain, **changed})


@pytest.mark.parametrize(
    "whole",
    [
        outcome(),
        outcome(payload=b"\xff\xfe", value=b"\xff\xfe"),
        outcome(
            status="error",
            init_ms=3.5,
            payload=b'{"errorMessage": "no"}',
            value={"errorMessage": "no"},
            failure=Failure(type="KeyError", message="no", stack_trace=("File 1", "File 2")),
            lines=(LogLine(time=1.5, source="log", message="m", level="INFO", logger="root"),),
        ),
    ],
)
def test_an_outcome_crosses_whole(whole):
    assert decode_outcome(encode_outcome(whole)) == whole


def test_an_exception_stays_where_it_was_raised():
    failed = outcome(status="error", failure=Failure(type="E", message="m", exception=ValueError("m")))

    assert decode_outcome(encode_outcome(failed)).failure == Failure(type="E", message="m")


@pytest.mark.parametrize("text", ['{"a": 1}', '"ü\\ud800"', "null"])
def test_a_delivery_crosses_to_the_byte(text):
    delivery = Delivery(function="Work", payload=text.encode(), cause="s3", request_id="r", trace_id="Root=1")

    assert Delivery.decode(delivery.encode()) == delivery


def test_a_lone_surrogate_crosses():
    delivery = Delivery(function="Work", payload='"\ud800"'.encode(errors="surrogatepass"), cause="x")

    assert Delivery.decode(delivery.encode()) == delivery


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"function": "a"}', b'{"payload": 1, "function": "a"}', b"nul"])
def test_what_is_no_delivery_is_refused(body):
    with pytest.raises(ValueError):
        Delivery.decode(body)


def test_a_throttle_crosses():
    assert decode_throttle(encode_throttle("CallerRateLimitExceeded")) == "CallerRateLimitExceeded"


def test_a_configuration_crosses(tmp_path):
    whole = Configuration(
        template=tmp_path / "t.yaml", platform="http://h:1", choices={"parameters": {"A": "1"}, "account": "1" * 12}
    )

    assert Configuration.decode(whole.encode()) == whole
    assert json.loads(whole.encode())["template"] == str(tmp_path / "t.yaml")
    assert (whole.account, Configuration(template=tmp_path, platform="").account) == ("1" * 12, "123456789012")
