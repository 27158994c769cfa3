"""Filter criteria of event source mappings, by the pages on filtering (https://docs.aws.amazon.com/lambda/latest/dg/)."""

import base64
import json

import pytest

from pytest_serverless.errors import InvalidMappingError, InvalidPatternError
from pytest_serverless.triggers.filter_criteria import FilterCriteria


def criteria(*patterns):
    return {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}


def encoded(value):
    content = value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
    return base64.b64encode(content).decode()


def message(body):
    return {"messageId": "1", "body": body if isinstance(body, str) else json.dumps(body), "eventSource": "aws:sqs"}


def stream_record(value):
    kinesis = {"partitionKey": "1", "data": encoded(value), "sequenceNumber": "49590"}
    return {"kinesis": kinesis, "eventSource": "aws:kinesis", "eventName": "aws:kinesis:record"}


# with-sqs-filtering.html; the table of formats stood under "Properly filtering Amazon SQS messages" of
# invocation-eventfiltering.html until 2023 and holds still.
@pytest.mark.parametrize(
    ("pattern", "body", "passes"),
    [
        ({"body": {"RequestCode": ["BBBB"]}}, {"RequestCode": "BBBB"}, True),
        ({"body": {"RequestCode": ["BBBB"]}}, {"RequestCode": "AAAA"}, False),
        ({"body": {"RecordNumber": [{"numeric": [">", 9999]}]}}, {"RecordNumber": 12345}, True),
        ({"body": {"RecordNumber": [{"numeric": [">", 9999]}]}}, {"RecordNumber": "12345"}, False),
        ({"body": ["hello"]}, "hello", True),
        ({"body": [{"prefix": "Result: "}]}, "Result: ok", True),
        ({"body": [{"prefix": "Result: "}]}, "other", False),
        ({"body": {"a": ["x"]}}, "plain", False),
        ({"body": {"a": [{"exists": False}]}}, "plain", False),
        ({"body": [{"anything-but": "x"}]}, {"a": "x"}, False),
        ({"body": [{"exists": False}]}, {"a": "x"}, False),
        ({"eventSource": ["aws:sqs"]}, "plain", True),
        ({"eventSource": ["aws:sqs"]}, {"a": "x"}, True),
        ({"eventSource": ["aws:kinesis"]}, {"a": "x"}, False),
        ({"body": {"a": ["x"]}}, [{"a": "x"}], True),
        ({"body": ["123"]}, "123", True),
    ],
)
def test_messages_are_filtered_by_what_their_body_is(pattern, body, passes):
    filters = FilterCriteria.parse(criteria(pattern), source="sqs")

    assert filters.matches(message(body)) is passes
    assert (filters.why_not(message(body)) is None) is passes


@pytest.mark.parametrize(
    ("pattern", "data", "passes"),
    [
        ({"data": {"order": {"type": ["buy"]}}}, {"record": 12345, "order": {"type": "buy"}}, True),
        ({"data": {"order": {"type": ["buy"]}}}, {"order": {"type": "sell"}}, False),
        ({"data": {"order": {"type": ["buy"]}}}, "plain", False),
        ({"data": {"order": [{"exists": False}]}}, "plain", False),
        ({"data": {"order": [{"exists": False}]}}, b"\xff\xfe", False),
        ({"kinesis": {"data": {"order": {"type": ["buy"]}}}}, {"order": {"type": "buy"}}, False),
        ({"partitionKey": ["1"]}, b"\xff\xfe", True),
    ],
)
def test_kinesis_records_are_filtered_by_their_decoded_data(pattern, data, passes):
    # with-kinesis-filtering.html
    assert FilterCriteria.parse(criteria(pattern), source="kinesis").matches(stream_record(data)) is passes


CHANGE = {
    "eventName": "INSERT",
    "dynamodb": {
        "Keys": {"CustomerName": {"S": "AnyCompany Industries"}},
        "NewImage": {"AccountManager": {"S": "Pat Candella"}, "Age": {"N": "42"}, "Teams": {"L": [{"S": "Sales"}]}},
        "OldImage": {"AccountManager": {"S": "Terry Whitlock"}},
    },
}


# with-ddb-filtering.html
@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ('{"dynamodb": {"Keys": {"CustomerName": {"S": ["AnyCompany Industries"]}}}}', True),
        ('{"dynamodb": {"NewImage": {"AccountManager": {"S": ["Pat Candella", "Shirley Rodriguez"]}}}}', True),
        (
            '{"dynamodb": {"NewImage": {"AccountManager": {"S": ["Pat Candella"]}}}, '
            '"dynamodb": {"OldImage": {"AccountManager": {"S": ["Terry Whitlock"]}}}}',
            True,
        ),
        (
            '{"dynamodb": {"NewImage": {"AccountManager": {"S": ["Nobody"]}}}, '
            '"dynamodb": {"OldImage": {"AccountManager": {"S": ["Terry Whitlock"]}}}}',
            False,
        ),
        ('{"dynamodb": {"NewImage": {"Teams": [{"exists": true}]}}}', False),
        ('{"dynamodb": {"NewImage": {"Teams": {"L": {"S": [{"exists": true}]}}}}}', True),
        ('{"dynamodb": {"NewImage": {"Age": {"N": [{"numeric": [">", 40]}]}}}}', False),
        ('{"dynamodb": {"NewImage": {"Age": {"N": ["42"]}}}}', True),
        ('{"eventName": ["INSERT"]}', True),
        ('{"eventName": ["REMOVE"]}', False),
    ],
)
def test_changes_of_a_table_are_filtered_as_they_stand_in_the_record(pattern, passes):
    filters = FilterCriteria.parse({"Filters": [{"Pattern": pattern}]}, source="dynamodb")

    assert filters.matches(CHANGE) is passes


@pytest.mark.parametrize("source", ["kinesis", "dynamodb"])
@pytest.mark.parametrize("wanted", [["text"], [{"prefix": "t"}]])
def test_data_of_streams_cannot_be_filtered_as_text(source, wanted):
    field = {"kinesis": "data", "dynamodb": "dynamodb"}[source]

    with pytest.raises(InvalidPatternError, match=r"^Invalid filter pattern definition\."):
        FilterCriteria.parse(criteria({field: wanted}), source=source)


# with-kafka-filtering.html; the table stood under "Properly filtering Amazon MSK, self-managed Apache Kafka, and
# Amazon MQ messages": what differs in kind is judged by its other fields.
@pytest.mark.parametrize(
    ("pattern", "key", "value", "passes"),
    [
        ({"value": {"a": ["x"]}}, "k", {"a": "x"}, True),
        ({"value": {"a": ["x"]}}, "k", {"a": "y"}, False),
        ({"value": {"a": ["x"]}}, "k", "plain", True),
        ({"value": {"a": ["x"]}, "topic": ["t"]}, "k", "plain", True),
        ({"value": {"a": ["x"]}, "topic": ["other"]}, "k", "plain", False),
        ({"value": {"a": ["x"]}, "key": ["k"]}, "k", "plain", True),
        ({"value": {"a": ["x"]}, "key": ["other"]}, "k", "plain", False),
        ({"value": ["plain"]}, "k", "plain", True),
        ({"value": ["plain"]}, "k", "other", False),
        ({"value": ["plain"]}, "k", {"a": "x"}, True),
        ({"value": ["plain"], "topic": ["other"]}, "k", b"\xff", False),
        ({"value": ["plain"], "topic": ["t"]}, "k", b"\xff", True),
    ],
)
@pytest.mark.parametrize("source", ["msk", "kafka"])
def test_kafka_records_of_another_kind_are_judged_by_the_rest(source, pattern, key, value, passes):
    record = {"topic": "t", "partition": 0, "key": encoded(key), "value": encoded(value)}

    assert FilterCriteria.parse(criteria(pattern), source=source).matches(record) is passes


def test_messages_of_brokers_are_filtered_by_their_decoded_data():
    # with-mq-filtering.html
    positive = FilterCriteria.parse(criteria({"data": {"timeout": [{"numeric": [">", 0]}]}}), source="mq")
    results = FilterCriteria.parse(criteria({"data": [{"prefix": "Result: "}]}), source="mq")

    assert not positive.matches({"data": encoded({"timeout": 0, "IPAddress": "203.0.113.254"})})
    assert positive.matches({"data": encoded({"timeout": 5})})
    assert results.matches({"data": encoded("Result: fine")})
    assert not results.matches({"data": encoded("nothing")})


def test_one_filter_of_several_is_enough():
    filters = FilterCriteria.parse(criteria({"body": {"a": [1]}}, {"body": ["plain"]}), source="sqs")

    assert filters.matches(message({"a": 1}))
    assert filters.matches(message("plain"))
    assert not filters.matches(message({"a": 2}))
    assert filters.why_not(message({"a": 2})) == "'body.a' was 2, wanted 1"


@pytest.mark.parametrize("nothing", [None, {}, {"Filters": []}])
@pytest.mark.parametrize("source", ["sqs", "documentdb"])
def test_without_filters_every_record_passes(nothing, source):
    filters = FilterCriteria.parse(nothing, source=source)

    assert filters.matches(message("any"))
    assert filters.why_not(message("any")) is None


def test_a_dropped_record_is_explained():
    filters = FilterCriteria.parse(criteria({"body": {"a": [1]}}), source="sqs")

    assert filters.why_not(message("plain")) == "'body' is a text, and the filter is for JSON: Lambda drops the record"


def test_the_sixth_filter_is_refused():
    FilterCriteria.parse(criteria(*[{"body": [str(number)]} for number in range(5)]), source="sqs")

    with pytest.raises(InvalidMappingError, match="has 6 filters"):
        FilterCriteria.parse(criteria(*[{"body": [str(number)]} for number in range(6)]), source="sqs")


def test_documentdb_cannot_be_filtered():
    with pytest.raises(InvalidMappingError, match="not supported for documentdb"):
        FilterCriteria.parse(criteria({"a": [1]}), source="documentdb")


@pytest.mark.parametrize("pattern", ["", "{}", "[1]", '{"body": "x"}', '{"body": [{"foo": 1}]}', None, {"body": ["x"]}])
def test_a_malformed_filter_is_refused(pattern):
    with pytest.raises(InvalidPatternError, match=r"^Invalid filter pattern definition\."):
        FilterCriteria.parse({"Filters": [{"Pattern": pattern}]}, source="sqs")


def test_a_filter_that_is_too_long_is_refused():
    with pytest.raises(InvalidPatternError, match="Member must have length less than or equal to 4096"):
        FilterCriteria.parse(criteria({"body": ["x" * 4096]}), source="sqs")
