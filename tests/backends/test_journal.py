"""Every call is recorded in order, with what it was about and the invocation that made it."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_serverless.backends.journal import Refusal, current_invocation, invocation


def test_calls_stand_in_order_with_their_parameters(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="uploads")
    s3.put_object(Bucket="uploads", Key="a/b", Body=b"body")

    first, second = aws.journal.calls
    assert (first.service, first.operation, first.resource) == ("s3", "CreateBucket", "arn:aws:s3:::uploads")
    assert (second.operation, second.resource) == ("PutObject", "arn:aws:s3:::uploads/a/b")
    assert dict(second.parameters) == {"Bucket": "uploads", "Key": "a/b", "Body": b"body"}
    assert first.error is None
    assert first.request_id is None
    assert first.time <= second.time


def test_parameters_are_kept_as_they_were_given(aws):
    item = {"id": {"S": "1"}}
    with pytest.raises(ClientError):
        boto3.client("dynamodb").put_item(TableName="none", Item=item)
    item["id"]["S"] = "changed"

    assert aws.journal.calls[0].parameters["Item"] == {"id": {"S": "1"}}


def test_a_resource_of_boto3_is_recorded_as_it_was_called(aws):
    with pytest.raises(ClientError):
        boto3.resource("dynamodb").Table("items").put_item(Item={"id": "1"})

    assert aws.journal.calls[0].resource == "arn:aws:dynamodb:us-east-1:123456789012:table/items"


def test_the_error_is_the_services_code(aws):
    with pytest.raises(ClientError):
        boto3.client("s3").get_object(Bucket="none", Key="k")

    assert aws.journal.calls[0].error == "NoSuchBucket"


def test_a_call_that_was_never_sent_is_not_recorded(aws):
    client = boto3.client("s3")
    client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    with pytest.raises(Exception, match="Parameter validation failed"):
        client.get_object(Bucket="b")

    assert aws.journal.calls == []


def test_calls_belong_to_the_invocation_that_is_open(aws):
    sns = boto3.client("sns")
    with invocation("outer"):
        sns.list_topics()
        with invocation("inner"):
            sns.list_topics()
        sns.list_topics()
    sns.list_topics()

    assert [call.request_id for call in aws.journal.calls] == ["outer", "inner", "outer", None]


def test_calls_of_a_pool_belong_to_the_innermost_open_invocation(aws):
    sns = boto3.client("sns")
    with ThreadPoolExecutor(2) as pool:
        with invocation("first"):
            pool.submit(sns.list_topics).result()
        with invocation("second"):
            pool.submit(sns.list_topics).result()
        pool.submit(sns.list_topics).result()

    assert [call.request_id for call in aws.journal.calls] == ["first", "second", None]


def test_work_that_an_invocation_left_behind_counts_for_the_next():
    with invocation("first"):
        left_behind = contextvars.copy_context()
    with invocation("second"):
        assert left_behind.run(current_invocation) == "second"

    assert left_behind.run(current_invocation) is None


def test_no_invocation_is_open_after_one_that_raised():
    with pytest.raises(ZeroDivisionError), invocation("bad"):
        raise ZeroDivisionError

    assert current_invocation() is None


def test_a_call_within_a_call_stands_after_it(own_backend):
    def run_function(*_):
        own_backend.client("sns").list_topics()
        return 200, {}, b"{}"

    own_backend.route("lambda", run_function)
    with own_backend.entered():
        own_backend.client("lambda").invoke(FunctionName="f")

        assert [call.operation for call in own_backend.journal.calls] == ["Invoke", "ListTopics"]


def test_our_own_calls_are_not_recorded(aws):
    with aws.journal.quietly():
        boto3.client("sns").list_topics()

    assert aws.journal.calls == []


def test_each_test_has_its_own_record(started):
    with started.entered():
        boto3.client("sns").list_topics()
    with started.entered():
        assert started.journal.calls == []


@pytest.fixture
def judged(aws):
    aws.journal.judges.append(lambda call: Refusal("AccessDenied", f"no {call.operation}"))
    yield aws
    aws.journal.judges.clear()


def test_a_refused_call_raises_the_services_error_and_does_nothing(judged):
    client = boto3.client("s3")

    with pytest.raises(ClientError, match=r"\(AccessDenied\) when calling the CreateBucket operation: no CreateBucket"):
        client.create_bucket(Bucket="uploads")

    assert [call.error for call in judged.journal.calls] == ["AccessDenied"]
    with judged.journal.quietly():
        assert client.list_buckets()["Buckets"] == []


def test_a_refused_call_raises_the_class_that_handlers_catch(aws):
    client = boto3.client("dynamodb")
    aws.journal.judges.append(lambda call: Refusal("ResourceNotFoundException", "none", 400))
    try:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.describe_table(TableName="t")
    finally:
        aws.journal.judges.clear()


def test_a_stub_of_the_user_answers_and_is_recorded(aws):
    from botocore.stub import Stubber

    client = boto3.client("sns")
    with Stubber(client) as stub:
        stub.add_response("list_topics", {"Topics": [{"TopicArn": "stubbed"}]})

        assert client.list_topics()["Topics"] == [{"TopicArn": "stubbed"}]
    assert [call.operation for call in aws.journal.calls] == ["ListTopics"]
