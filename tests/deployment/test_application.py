"""An application on mocked backends, as its tests use it."""

import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError, UnexpectedFailureError, UnknownNameError


def upload(shop, key="tom & jerry.jpg"):
    boto3.client("s3").put_object(Bucket=shop.ref("Uploads"), Key=key, Body=b"x")


def send(shop, *bodies):
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body)


class TestNames:
    def test_ref_and_attribute_are_those_of_the_template(self, shop):
        assert shop.ref("Jobs").startswith("https://sqs.us-east-1.amazonaws.com/123456789012/shop-Jobs-")
        assert shop.attribute("Jobs", "Arn").startswith("arn:aws:sqs:us-east-1:123456789012:shop-Jobs-")
        assert shop.ref("Work") == shop.app.functions["Work"].name

    @pytest.mark.parametrize(
        ("ask", "message"),
        [
            (lambda shop: shop.ref("Upload"), r"no resource of template\.yaml named 'Upload'.*'Uploads'"),
            (
                lambda shop: shop.attribute("Jobs", "arn"),
                r"no attribute of Jobs \(AWS::SQS::Queue\) named 'arn'.*'Arn'",
            ),
            (lambda shop: shop.invoke("Resiz"), r"no function of template\.yaml named 'Resiz'.*'Resize'"),
            (lambda shop: shop.invocations("Resiz"), "Did you mean 'Resize'"),
            (lambda shop: shop.expect_failures("Wrk"), "Did you mean 'Work'"),
        ],
    )
    def test_a_name_that_is_not_there_is_answered_with_the_nearest(self, shop, ask, message):
        with pytest.raises(UnknownNameError, match=message):
            ask(shop)

    def test_only_what_is_needed_is_made(self, shop):
        shop.ref("Uploads")

        buckets = {bucket["Name"] for bucket in shop.aws.client("s3").list_buckets()["Buckets"]}

        assert buckets == {shop.app.resources["Uploads"].name}


class TestInvoke:
    def test_a_function_is_invoked_with_its_own_environment(self, shop):
        module = shop.module("Work")

        assert module.os.environ.get("TABLE") is None
        assert shop.invoke("Work", events.build("aws.sqs.standard", body="one")) == {"batchItemFailures": []}
        assert module.table.name == shop.ref("Items")

    def test_its_own_exception_is_raised_and_is_no_surprise_at_the_end(self, shop):
        with pytest.raises(RuntimeError, match="crashed"):
            shop.invoke("Work", {"Records": [{"body": "crash"}]})

    def test_the_outcome_of_a_failure_is_no_surprise_either(self, shop):
        assert shop.invoke("Work", {"Records": [{"body": "crash"}]}, check=False).status == "error"

    def test_a_patched_module_is_the_one_that_runs(self, shop, monkeypatch):
        monkeypatch.setattr(shop.module("Work"), "table", None)

        with pytest.raises(AttributeError):
            shop.invoke("Work", {"Records": [{"body": "one"}]})

    def test_functions_of_one_module_share_nothing(self, shop):
        shop.module("Work").seen.append(1)

        assert shop.module("Get").seen == []


class TestSettle:
    def test_an_upload_runs_all_that_it_causes(self, shop):
        upload(shop)

        assert shop.settle() == 2
        assert [outcome.value for outcome in shop.invocations("Resize")] == [1]
        assert [outcome.status for outcome in shop.invocations("Work")] == ["success"]
        assert shop.request("GET", "/items/resized").status == 200

    def test_an_object_that_the_filter_leaves_out_calls_nobody(self, shop):
        upload(shop, "notes.txt")

        assert shop.settle() == 0

    def test_messages_arrive_in_batches_and_are_gone_afterwards(self, shop):
        send(shop, "a", "b", "c")

        assert shop.settle() == 2
        assert [call.operation for call in shop.calls(function="Work")] == ["PutItem"] * 3
        assert shop.settle() == 0

    def test_what_a_function_could_not_process_is_tried_again_and_ends_as_a_dead_letter(self, shop):
        send(shop, "good", "bad")
        before = time.time()

        assert shop.settle() == 3

        assert (shop.queue("Jobs").bodies, shop.queue("Failures").bodies) == ([], ["bad"])
        assert 90 < time.time() - before < 100, "three visibility timeouts of 30 seconds have passed"
        assert [entry.subject for entry in shop.timeline.of("dead letter")] == ["Failures"]

    def test_the_event_is_accurate_and_of_the_message_that_was_sent(self, shop, monkeypatch):
        seen = []
        monkeypatch.setattr(shop.module("Work"), "work", lambda event, context: seen.append(event))
        url = shop.ref("Jobs")
        sent = boto3.client("sqs").send_message(
            QueueUrl=url,
            MessageBody="h\u00e9llo",
            MessageAttributes={
                "n": {"DataType": "Number", "StringValue": "3"},
                "b": {"DataType": "Binary", "BinaryValue": b"x"},
            },
        )

        shop.settle()

        [event] = seen
        assert events.check(event) == []
        [record] = event["Records"]
        assert (record["messageId"], record["body"]) == (sent["MessageId"], "h\u00e9llo")
        assert record["md5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]

    def test_a_topic_reaches_its_function(self, shop):
        boto3.client("sns").publish(
            TopicArn=shop.ref("News"),
            Message="out now",
            Subject="News",
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "x"},
                "n": {"DataType": "Number", "StringValue": "1.5"},
            },
        )

        assert shop.settle() == 1
        assert shop.invocations("Tell")[0].value == [
            "out now",
            "News",
            {"kind": {"Type": "String", "Value": "x"}, "n": {"Type": "Number", "Value": "1.5"}},
        ]

    def test_a_failure_that_nobody_expected_is_told_with_the_timeline(self, shop):
        send(shop, "crash")
        shop.settle()

        with pytest.raises(UnexpectedFailureError, match=r"3 unexpected failed invocations \(of Work\)") as caught:
            shop._records.demand_none_unexpected()
        assert "1 of Jobs" in str(caught.value)
        assert "RuntimeError: crashed" in str(caught.value)
        for record in shop._records.of():
            record.expected = True

    def test_expected_failures_are_counted(self, shop):
        send(shop, "crash")
        with shop.expect_failures("Work", times=3):
            shop.settle()

        message = "Expected at least one failed invocation of Work, and there were none"
        with pytest.raises(UnexpectedFailureError, match=message), shop.expect_failures("Work"):
            shop.settle()

    def test_a_failure_that_nothing_brought_about_says_what_brings_it_about(self, shop):
        send(shop, "crash")

        message = r"Expected 2 failed invocations of Work, and there were none\.\nNothing has happened: .*settle\(\)"
        with pytest.raises(UnexpectedFailureError, match=message), shop.expect_failures("Work", times=2):
            pass

    def test_a_look_that_misses_says_that_nothing_was_delivered_yet(self, shop):
        upload(shop)
        with pytest.raises(AssertionError, match=r"it is empty\.\nserverless\.settle\(\) was not called"):
            shop.queue("Jobs").one(body="x")

        shop.settle()
        with pytest.raises(AssertionError) as caught:
            shop.queue("Jobs").one(body="x")
        assert "settle()" not in str(caught.value)

    def test_an_asynchronous_invocation_that_waits_is_something_to_deliver(self, shop):
        boto3.client("lambda").invoke(FunctionName=shop.ref("Work"), InvocationType="Event", Payload=b"{}")

        with pytest.raises(AssertionError, match=r"settle\(\) was not called"):
            shop.queue("Jobs").one()

    def test_an_application_that_feeds_itself_is_stopped(self, shop, monkeypatch):
        def again(event, context):
            boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody="again")

        monkeypatch.setattr(shop.module("Work"), "work", again)
        send(shop, "start")

        with pytest.raises(AssertionError, match=r"feeds itself: Work \(16 times\) → Work .*RecursiveLoop: Allow"):
            shop.settle()

    def test_what_goes_on_and_on_is_stopped(self, shop):
        shop.aws.client("sqs").set_queue_attributes(QueueUrl=shop.ref("Jobs"), Attributes={"RedrivePolicy": ""})
        send(shop, "crash")

        with (
            shop.expect_failures("Work"),
            pytest.raises(AssertionError, match=r"gave up after 20 invocations: .*Jobs: messages for Work"),
        ):
            shop.settle(most=20)


class TestRequest:
    def test_a_route_is_answered_by_its_function(self, shop):
        shop.aws.client("dynamodb").put_item(TableName=shop.ref("Items"), Item={"id": {"S": "42"}})

        response = shop.request("GET", "/items/42")

        assert (response.status, response.json()) == (200, {"id": "42"})
        assert [outcome.ok for outcome in shop.invocations("Get")] == [True]

    def test_a_path_without_a_route_calls_nobody(self, shop):
        response = shop.request("GET", "/nowhere")

        assert (response.status, response.json()) == (403, {"message": "Missing Authentication Token"})
        assert shop.invocations() == []

    def test_a_crash_behind_an_api_is_a_502_and_unexpected(self, shop):
        with shop.expect_failures("Get", times=1):
            response = shop.request("GET", "/items/crash")

        assert (response.status, response.json()) == (502, {"message": "Internal server error"})


class TestInvokeApi:
    def test_a_function_may_invoke_another(self, shop):
        value = shop.invoke("Ask", {"Records": [{"body": "one", "messageId": "1"}]})

        assert value == [200, None, json.dumps({"batchItemFailures": []})]
        assert [outcome.status for outcome in shop.invocations("Work")] == ["success"]

    def test_its_failure_is_handed_to_the_caller(self, shop):
        with shop.expect_failures("Work", times=1):
            status, error, payload = shop.invoke("Ask", {"Records": [{"body": "crash"}]})

        assert (status, error, json.loads(payload)["errorType"]) == (200, "Unhandled", "RuntimeError")

    def test_an_asynchronous_invocation_waits_for_settle(self, shop):
        event = {"Records": [{"body": "later", "messageId": "1"}], "how": {"InvocationType": "Event"}}

        assert shop.invoke("Ask", event)[0] == 202
        assert shop.invocations("Work") == []
        assert shop.settle() == 1
        assert [outcome.ok for outcome in shop.invocations("Work")] == [True]

    def test_the_test_itself_may_ask(self, shop):
        client = boto3.client("lambda")

        answer = client.invoke(FunctionName=shop.ref("Work"), Payload=b'{"Records": []}', LogType="Tail")

        assert json.load(answer["Payload"]) == {"batchItemFailures": []}
        assert answer["ExecutedVersion"] == "$LATEST"
        assert "LogResult" in answer
        assert client.invoke(FunctionName=shop.ref("Work"), InvocationType="DryRun")["StatusCode"] == 204

    def test_what_cannot_be_read_is_refused_as_by_the_service(self, shop):
        with pytest.raises(ClientError, match="InvalidRequestContentException"):
            boto3.client("lambda").invoke(FunctionName=shop.ref("Work"), Payload=b"{")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            boto3.client("lambda").invoke(FunctionName="nobody", Payload=b"{}")


class TestCalls:
    def test_calls_are_those_of_whoever_made_them(self, shop):
        upload(shop)
        shop.settle()

        assert [call.operation for call in shop.calls()] == ["PutObject", "PutItem", "SendMessage", "PutItem"]
        [put] = shop.calls("dynamodb", "PutItem", function="Resize")
        assert put.resource.endswith(f":table/{shop.ref('Items')}")
        assert put.action == "dynamodb:PutItem"
        assert put.request_id == shop.invocations("Resize")[0].request_id
        assert shop.calls("s3")[0].request_id is None

    def test_the_timeline_is_a_table(self, shop):
        upload(shop)
        shop.settle()

        head, resize, work = str(shop.timeline).splitlines()
        assert head.split() == ["time", "what", "of", "by", "status"]
        assert resize.split()[1:5] == ["invocation", "Resize", "s3:ObjectCreated:Put", "Uploads/tom"]
        assert work.split()[-1] == "success"


def test_one_test_has_one_application(make_serverless, template):
    shop = make_serverless(template)

    assert make_serverless(template) is shop
    with pytest.raises(InvalidParameterError, match=r"has an application already.*write a test for each"):
        make_serverless(template, parameters={"Stage": "x"})


def test_what_one_test_left_is_not_there_in_the_next(pytester, template):
    test = """
        import boto3

        def test_{n}(serverless):
            table = boto3.resource("dynamodb").Table(serverless.ref("Items"))
            assert table.scan()["Count"] == 0
            boto3.client("sqs").send_message(QueueUrl=serverless.ref("Jobs"), MessageBody="left")
            serverless.settle() if {n} % 2 else None
            table.put_item(Item={{"id": "left"}})
            serverless.request("GET", "/items/left").json()
        """
    import textwrap

    tests = template.parent / "tests"
    tests.mkdir()
    (tests / "test_many.py").write_text("\n".join(textwrap.dedent(test.format(n=n)) for n in range(4)))

    pytester.runpytest_inprocess(str(tests), f"--rootdir={template.parent}").assert_outcomes(passed=4)


def test_an_answer_that_names_another_message_is_told_of(shop, monkeypatch):
    monkeypatch.setattr(
        shop.module("Work"), "work", lambda event, context: {"batchItemFailures": [{"itemIdentifier": "other"}]}
    )
    send(shop, "a")

    assert shop.settle() == 3
    assert "names what is not of the batch" in shop.timeline.of("retry")[0].what
