"""Triggers in real time: what a service causes arrives at the platform's server as an invocation."""

import base64
import gzip
import json
import time
from itertools import pairwise

import pytest

from pytest_serverless.local.aws.messages import Delivery, encode_outcome
from tests.local.aws.conftest import outcome

pytestmark = pytest.mark.realtime


def overlap(runs):
    """How many ran at once, at most."""
    return max(sum(other.began <= run.began < other.ended for other in runs) for run in runs)


def sent(cloud, queue, bodies, **options):
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=cloud.ref(queue), MessageBody=body, **options)


def counts(cloud, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.ref(queue), AttributeNames=names)["Attributes"]
    return [int(found[name]) for name in names]


def test_a_message_is_with_the_function_at_once(cloud):
    began = time.monotonic()
    sent(cloud, "Jobs", ["hello"])
    [ran] = cloud.until(lambda: cloud.platform.of("Work"))

    assert ran.ended - began < 2
    assert [record["body"] for record in ran.event["Records"]] == ["hello"]
    assert not ran.delivery.synchronous
    cloud.until(lambda: counts(cloud, "Jobs") == [0, 0])


def test_batches_overlap(cloud):
    cloud.platform.takes_s["Work"] = 0.3
    began = time.monotonic()
    sent(cloud, "Jobs", "abcde")
    runs = cloud.until(lambda: len(cloud.platform.of("Work")) == 5 and cloud.platform.of("Work"))

    assert overlap(runs) == 5
    assert time.monotonic() - began < 1.4


def test_what_the_function_names_stays_and_comes_again(cloud):
    cloud.platform.answers["Work"] = lambda event: {
        "batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in event["Records"] if each["body"] == "b"]
    }
    sent(cloud, "Jobs", "ab")
    cloud.until(lambda: len(cloud.platform.of("Work")) == 2)
    cloud.until(lambda: counts(cloud, "Jobs") == [0, 1])
    again = cloud.until(lambda: len(cloud.platform.of("Work")) == 3 and cloud.platform.of("Work")[-1])

    assert [each["body"] for each in again.event["Records"]] == ["b"]
    assert again.event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_groups_keep_their_order_side_by_side(cloud):
    cloud.platform.takes_s["Step"] = 0.1
    for number in range(3):
        for group in ("x", "y"):
            sent(cloud, "Steps", [f"{group}{number}"], MessageGroupId=group)
    runs = cloud.until(lambda: len(cloud.platform.of("Step")) == 6 and cloud.platform.of("Step"))

    by_group = {group: [run for run in runs if run.event["Records"][0]["body"][0] == group] for group in "xy"}
    for group, mine in by_group.items():
        assert [run.event["Records"][0]["body"] for run in mine] == [f"{group}{number}" for number in range(3)]
        assert all(one.ended <= other.began for one, other in pairwise(mine))
    assert overlap(runs) == 2


def test_an_upload_invokes(cloud):
    cloud.client("s3").put_object(Bucket=cloud.ref("Uploads"), Key="a b.jpg", Body=b"123")
    [ran] = cloud.until(lambda: cloud.platform.of("Resize"))

    assert ran.event["Records"][0]["s3"]["object"]["key"] == "a+b.jpg"
    assert ran.delivery.request_id


def test_uploads_overlap(cloud):
    cloud.platform.takes_s["Resize"] = 0.3
    for key in "abcde":
        cloud.client("s3").put_object(Bucket=cloud.ref("Uploads"), Key=key, Body=b"")
    runs = cloud.until(lambda: len(cloud.platform.of("Resize")) == 5 and cloud.platform.of("Resize"))

    assert overlap(runs) == 5


def test_a_topic_sends_to_a_queue_that_a_function_polls(cloud):
    cloud.client("sns").publish(TopicArn=cloud.ref("News"), Message="extra", Subject="read")
    [ran] = cloud.until(lambda: cloud.platform.of("Hear"))

    assert json.loads(ran.event["Records"][0]["body"])["Message"] == "extra"


def test_a_rule_invokes(cloud):
    entries = [{"Source": source, "DetailType": "Placed", "Detail": '{"id": 1}'} for source in ("shop", "else")]
    cloud.client("events").put_events(Entries=entries)
    [ran] = cloud.until(lambda: cloud.platform.of("Watch"))

    assert (ran.event["source"], ran.event["detail"]) == ("shop", {"id": 1})
    [told] = cloud.until(lambda: cloud.bodies("Plain"))  # its destination
    assert json.loads(told)["requestContext"]["condition"] == "Success"


def test_a_tables_stream_is_followed(cloud):
    for number in "12":
        cloud.client("dynamodb").put_item(TableName=cloud.ref("Items"), Item={"id": {"S": number}})
    cloud.until(lambda: sum(len(ran.event["Records"]) for ran in cloud.platform.of("Follow")) == 2)

    records = [record for ran in cloud.platform.of("Follow") for record in ran.event["Records"]]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in records] == ["1", "2"]


def test_items_past_their_time_are_deleted_and_followed(cloud):
    past = str(int(time.time()) - 10)
    cloud.client("dynamodb").put_item(TableName=cloud.ref("Items"), Item={"id": {"S": "1"}, "expires": {"N": past}})
    cloud.until(lambda: sum(len(ran.event["Records"]) for ran in cloud.platform.of("Follow")) == 2)

    removed = cloud.platform.of("Follow")[-1].event["Records"][-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"]["principalId"] == "dynamodb.amazonaws.com"


def test_a_schedule_comes_due(cloud):
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1.5))
    cloud.client("scheduler").create_schedule(
        Name="soon",
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": cloud.arn("Work"), "RoleArn": "arn:aws:iam::123456789012:role/any", "Input": '{"n": 1}'},
    )
    [ran] = cloud.until(lambda: cloud.platform.of("Work"))

    assert ran.event == {"n": 1}


def test_subscribers_on_the_web_may_ask_the_services_meanwhile(cloud):
    """A subscriber that looks something up before it answers must not wait for itself."""
    sns, asked = cloud.client("sns"), []

    def looks_up(request):
        if request.header("x-amz-sns-message-type") == "Notification":
            asked.append(cloud.client("sqs").list_queues()["QueueUrls"])

    cloud.platform.on_other = looks_up
    sns.subscribe(TopicArn=cloud.ref("News"), Protocol="http", Endpoint=f"{cloud.platform.url}/hook")
    began = time.monotonic()
    sns.publish(TopicArn=cloud.ref("News"), Message="extra")
    cloud.until(lambda: asked)

    assert time.monotonic() - began < 3


def test_a_service_may_wait_for_a_function_that_asks_the_services(cloud):
    cognito, pool = cloud.client("cognito-idp"), cloud.ref("People")

    def check(event):
        cloud.client("sqs").list_queues()
        return {**event, "response": {"autoConfirmUser": True}}

    cloud.platform.answers["Check"] = check
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]
    answer = cognito.sign_up(ClientId=client, Username="ann", Password="Secret-123")

    assert answer["UserConfirmed"]
    [ran] = cloud.platform.of("Check")
    assert (ran.event["triggerSource"], ran.delivery.synchronous) == ("PreSignUp_SignUp", True)


def test_logs_go_to_whoever_subscribes(cloud):
    name = cloud.arn("Check").rpartition(":")[2]
    written = outcome(name, "r-1", log="START RequestId: r-1\n[ERROR] broken\nEND RequestId: r-1\n")
    cloud.ask("POST", "outcomes", encode_outcome(written))
    [ran] = cloud.until(lambda: cloud.platform.of("Alarm"))
    told = json.loads(gzip.decompress(base64.b64decode(ran.event["awslogs"]["data"])))

    assert [one["message"].strip() for one in told["logEvents"]] == ["[ERROR] broken"]


def test_a_stream_is_read_one_batch_at_a_time(cloud):
    cloud.platform.takes_s["Read"] = 0.1
    for number in "1234":
        cloud.client("kinesis").put_record(StreamName=cloud.ref("Clicks"), Data=number.encode(), PartitionKey="p")
    cloud.until(lambda: sum(len(ran.event["Records"]) for ran in cloud.platform.of("Read")) == 4)

    assert overlap(cloud.platform.of("Read")) == 1


def test_a_throttled_event_is_tried_again_and_not_counted(cloud):
    cloud.platform.throttled["Resize"] = 1
    began = time.monotonic()
    cloud.client("s3").put_object(Bucket=cloud.ref("Uploads"), Key="k", Body=b"")
    [ran] = cloud.until(lambda: cloud.platform.of("Resize"))

    assert 0.9 < ran.began - began < 3
    assert "attempt" not in ran.delivery.cause


def test_an_event_of_the_invoke_api_is_delivered(cloud):
    trace = "Root=1-5e1be3a9-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
    delivery = Delivery(
        function="Work", payload=b'{"n": 1}', cause="Event", request_id="r-1", qualifier="live", trace_id=trace
    )
    cloud.ask("POST", "events", delivery.encode())
    [ran] = cloud.until(lambda: cloud.platform.of("Work"))

    assert (ran.event, ran.delivery.request_id, ran.delivery.synchronous) == ({"n": 1}, "r-1", False)
    assert ran.delivery.qualifier == "live"
    assert ran.delivery.trace_id.startswith("Root=1-5e1be3a9-0123456789abcdef01234567;Parent=")


def test_state_tells_when_all_is_quiet(cloud):
    assert cloud.until(lambda: cloud.ask("GET", "state")["quiet"])
    cloud.platform.takes_s["Work"] = 0.5
    sent(cloud, "Jobs", ["hello"])
    cloud.until(lambda: cloud.platform.ran)
    busy = cloud.ask("GET", "state")
    cloud.until(lambda: cloud.platform.of("Work"))
    cloud.until(lambda: cloud.ask("GET", "state")["quiet"])

    assert (busy["quiet"], busy["in_flight"]) == (False, 1)
    assert {"kind": "invocation", "subject": "Work"}.items() <= cloud.ask("GET", "state")["timeline"][-1].items()


def test_reset_forgets_what_is_under_way(cloud):
    cloud.platform.takes_s["Watch"] = 0.3
    entry = {"Source": "shop", "DetailType": "Placed", "Detail": "{}"}
    cloud.client("events").put_events(Entries=[entry])
    cloud.until(lambda: cloud.platform.ran)
    cloud.ask("POST", "reset")
    cloud.until(lambda: cloud.platform.of("Watch"))
    time.sleep(0.2)
    state = cloud.until(lambda: (found := cloud.ask("GET", "state"))["quiet"] and found)

    assert (state["timeline"], state["left"]) == ([], [])
    assert cloud.bodies("Plain") == []  # its destination is not told


def test_many_messages_at_once_are_all_delivered_once(cloud):
    cloud.platform.takes_s["Work"] = 0.05
    for start in range(0, 200, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
        cloud.client("sqs").send_message_batch(QueueUrl=cloud.ref("Jobs"), Entries=entries)
    cloud.until(lambda: len(cloud.platform.of("Work")) >= 200, within_s=20)
    cloud.until(lambda: counts(cloud, "Jobs") == [0, 0])

    bodies = [record["body"] for ran in cloud.platform.of("Work") for record in ran.event["Records"]]
    assert sorted(map(int, bodies)) == list(range(200))


# Where waits pass at once


def test_retries_of_an_event_pass_at_once_and_end_in_the_dead_letter_queue(skipping):
    skipping.platform.answers["Resize"] = lambda event: 1 / 0
    began = time.monotonic()
    skipping.client("s3").put_object(Bucket=skipping.ref("Uploads"), Key="k", Body=b"")
    dead = skipping.until(lambda: skipping.bodies("Failures"))

    assert time.monotonic() - began < 5
    assert len(skipping.platform.of("Resize")) == 3
    assert len({ran.delivery.request_id for ran in skipping.platform.of("Resize")}) == 1
    assert json.loads(dead[0])["Records"][0]["s3"]["object"]["key"] == "k"


def test_visibility_timeouts_pass_at_once(skipping):
    skipping.platform.answers["Work"] = lambda event: 1 / 0
    sent(skipping, "Jobs", ["poison"])

    assert skipping.until(lambda: skipping.bodies("Failures")) == ["poison"]
    assert len(skipping.platform.of("Work")) == 3


def test_time_is_not_moved_on_while_a_function_runs(skipping):
    skipping.platform.takes_s["Work"] = 0.5
    sent(skipping, "Jobs", ["slow"])
    skipping.until(lambda: skipping.platform.of("Work"))
    skipping.until(lambda: skipping.ask("GET", "state")["quiet"])

    assert len(skipping.platform.of("Work")) == 1


def test_a_loop_is_stopped_by_the_traces_that_sdks_send_back(skipping):
    import http.client

    def again(event):
        trace = skipping.platform.ran[-1].delivery.trace_id
        host, _, port = skipping.url.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        body = json.dumps({"QueueUrl": skipping.ref("Jobs"), "MessageBody": "again"})
        connection.request("POST", "/", body, {"X-Amz-Target": "AmazonSQS.SendMessage", "X-Amzn-Trace-Id": trace})
        connection.getresponse().read()
        connection.close()

    skipping.platform.answers["Work"] = again
    sent(skipping, "Jobs", ["first"])
    skipping.until(lambda: "recursive loop" in str(skipping.ask("GET", "state")["timeline"]))

    assert len(skipping.platform.ran) == 16
    skipping.until(lambda: skipping.bodies("Failures") == ["again"])
