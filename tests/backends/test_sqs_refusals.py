"""What SQS refuses, in its own words.

Where a test says "recorded", the code and the message are those of the service, kept by
https://github.com/localstack/localstack in tests/aws/services/sqs/test_sqs.snapshot.json (November 2023; the limits of
size have grown since) and test_sqs_move_task.snapshot.json.
"""

import json

import pytest

from tests.backends.sqs_client import make_world, refusal

MIB = 1_048_576
INVALID = "InvalidParameterValue"
SIMPLE = "AWS.SimpleQueueService."


@pytest.fixture
def fifo_url(sqs):
    return sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]


def arn(name):
    return f"arn:aws:sqs:us-east-1:123456789012:{name}"


def text(value):
    return {"DataType": "String", "StringValue": value}


def test_a_queue_that_does_not_exist(sqs):
    # recorded
    expected = f"{SIMPLE}NonExistentQueue", "The specified queue does not exist."

    assert refusal(sqs.get_queue_url, QueueName="no") == expected
    assert (
        refusal(sqs.send_message, QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/no", MessageBody="a")
        == expected
    )


def test_the_exception_has_both_names_of_the_error(sqs):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as refused:
        sqs.get_queue_url(QueueName="no")

    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused.value.response["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert refused.value.response["Error"]["Type"] == "Sender"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    "url", ["https://sqs.us-east-1.amazonaws.com/", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"]
)
def test_an_address_of_another_place(sqs, url):
    said = refusal(sqs.receive_message, QueueUrl=url)

    assert said == ("InvalidAddress", f"The address {url} is not valid for this endpoint.")


@pytest.mark.parametrize(
    ("name", "attributes", "message"),
    [
        ("", {}, "Queue name cannot be empty"),
        ("tom & jerry", {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
        ("a" * 81, {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
        ("a.fifo", {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
        (
            "a",
            {"FifoQueue": "true"},
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length.",
        ),
    ],
)
def test_names_that_a_queue_cannot_have(sqs, name, attributes, message):
    assert refusal(sqs.create_queue, QueueName=name, Attributes=attributes) == (INVALID, message)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DelaySeconds", "901"),
        ("DelaySeconds", "-1"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", str(MIB + 1)),
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", ""),
        ("VisibilityTimeout", " 2"),
        ("VisibilityTimeout", "3.5"),
        ("KmsDataKeyReusePeriodSeconds", "59"),
        ("KmsDataKeyReusePeriodSeconds", "86401"),
        ("SqsManagedSseEnabled", "maybe"),
        ("Policy", "{"),
        ("Policy", "[]"),
        ("Policy", '{"Version": "2012-10-17", "Statement": []}'),
        ("Policy", '{"Version": "1999", "Statement": {}}'),
        ("Policy", '{"Dummy": 1, "Statement": [{}]}'),
    ],
)
def test_values_that_an_attribute_cannot_have(sqs, url, name, value):
    expected = "InvalidAttributeValue", f"Invalid value for the parameter {name}."

    assert refusal(sqs.create_queue, QueueName="other", Attributes={name: value}) == expected
    if value or name != "Policy":
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value}) == expected


@pytest.mark.parametrize("name", ["Dummy", "All", "QueueArn", "CreatedTimestamp", "ApproximateNumberOfMessages"])
def test_attributes_that_cannot_be_given(sqs, url, name):
    expected = "InvalidAttributeName", f"Unknown Attribute {name}."

    assert refusal(sqs.create_queue, QueueName="other", Attributes={name: "1"}) == expected
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: "1"}) == expected


def test_an_attribute_that_cannot_be_asked_for(sqs, url):
    said = refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Dummy"])

    assert said == ("InvalidAttributeName", "Unknown Attribute Dummy.")


def test_attributes_of_fifo_queues_alone(sqs, url):
    # the first recorded
    for name, value in (("FifoQueue", "true"), ("ContentBasedDeduplication", "true")):
        said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value})
        assert said == ("InvalidAttributeName", f"Unknown Attribute {name}.")
    for name, value in (("DeduplicationScope", "queue"), ("FifoThroughputLimit", "perQueue")):
        said = refusal(sqs.create_queue, QueueName="other", Attributes={name: value})
        assert said == ("InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.")


def test_a_standard_queue_is_not_made_by_saying_false(sqs):
    # reported of the service: https://github.com/aws/aws-sdk-php/issues/1331
    said = refusal(sqs.create_queue, QueueName="other", Attributes={"FifoQueue": "false"})

    assert said == ("InvalidAttributeName", "Unknown Attribute FifoQueue.")


def test_the_type_of_a_queue_cannot_be_changed(sqs, fifo_url):
    # recorded
    said = refusal(sqs.set_queue_attributes, QueueUrl=fifo_url, Attributes={"FifoQueue": "false"})

    assert said == (
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    )


def test_throughput_by_group_needs_deduplication_by_group(sqs, fifo_url):
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    by_group = {"FifoThroughputLimit": "perMessageGroupId"}

    assert refusal(sqs.set_queue_attributes, QueueUrl=fifo_url, Attributes=by_group)[0] == "InvalidAttributeValue"
    sqs.set_queue_attributes(QueueUrl=fifo_url, Attributes={**by_group, "DeduplicationScope": "messageGroup"})


def test_two_encryptions_at_once(sqs, url):
    # recorded
    both = {"KmsMasterKeyId": "key", "SqsManagedSseEnabled": "true"}

    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=both) == (
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )


def test_the_same_name_with_other_attributes(sqs, url):
    # recorded
    said = refusal(sqs.create_queue, QueueName="orders", Attributes={"DelaySeconds": "1"})
    message = "A queue already exists with the same name and a different value for attribute DelaySeconds"

    assert said == ("QueueAlreadyExists", message)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({}, "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ({"maxReceiveCount": 5}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        # the next recorded
        ({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}, "Invalid value for deadLetterTargetArn."),
        (
            {"deadLetterTargetArn": "arn:aws:sns:us-east-1:123456789012:t", "maxReceiveCount": 5},
            "Only SQS queues are valid resources for deadLetterTargetArn.",
        ),
        ({"deadLetterTargetArn": arn("no"), "maxReceiveCount": 5}, "Dead letter target does not exist."),
        (
            {"deadLetterTargetArn": arn("no.fifo"), "maxReceiveCount": 5},
            "Dead-letter queue must be same type of queue as the source.",
        ),
        (
            {"deadLetterTargetArn": arn("orders"), "maxReceiveCount": 0},
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            {"deadLetterTargetArn": arn("orders"), "maxReceiveCount": "1001"},
            "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            {"deadLetterTargetArn": arn("orders"), "maxReceiveCount": 5, "dummy": 1},
            "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
        ),
    ],
)
def test_redrive_policies_that_are_none(sqs, url, policy, reason):
    given = json.dumps(policy)
    said = refusal(sqs.create_queue, QueueName="other", Attributes={"RedrivePolicy": given})

    assert said == (INVALID, f"Value {given} for parameter RedrivePolicy is invalid. Reason: {reason}")
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": given}) == said


def test_a_redrive_policy_that_is_not_json(sqs, url):
    said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": "{"})

    assert said[1] == "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ({"redrivePermission": "allowAll"}, True),
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [arn("source")]}, True),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [arn("other")]}, False),
    ],
)
def test_a_dead_letter_queue_chooses_its_sources(sqs, url, policy, allowed):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": json.dumps(policy)})
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn("orders"), "maxReceiveCount": 1})}
    if allowed:
        sqs.create_queue(QueueName="source", Attributes=redrive)
    else:
        assert refusal(sqs.create_queue, QueueName="source", Attributes=redrive)[0] == INVALID


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({}, "unsupported format"),
        ({"redrivePermission": "dummy"}, "unsupported format"),
        ({"redrivePermission": "allowAll", "dummy": 1}, "unsupported format"),
        ({"redrivePermission": "byQueue", "sourceQueueArns": arn("a")}, "unsupported format"),
        ({"redrivePermission": "byQueue"}, "you must also specify one or more sourceQueueArns"),
        ({"redrivePermission": "denyAll", "sourceQueueArns": [arn("a")]}, "you must set redrivePermission to byQueue"),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [arn("a")] * 11}, "you can specify is 10"),
    ],
)
def test_redrive_allow_policies_that_are_none(sqs, url, policy, reason):
    said = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": json.dumps(policy)})

    assert reason in said[1]


def test_a_purge_a_minute(sqs, url, clock):
    # recorded, with the status
    sqs.purge_queue(QueueUrl=url)
    clock.advance(59)
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress) as refused:
        sqs.purge_queue(QueueUrl=url)

    assert refused.value.response["Error"]["Code"] == f"{SIMPLE}PurgeQueueInProgress"
    assert refused.value.response["Error"]["Message"] == (
        "Only one PurgeQueue operation on orders is allowed every 60 seconds."
    )
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    clock.advance(1)
    sqs.purge_queue(QueueUrl=url)


def test_a_minute_between_two_queues_of_one_name(sqs, url, clock):
    sqs.delete_queue(QueueUrl=url)
    clock.advance(59)
    message = "You must wait 60 seconds after deleting a queue before you can create another with the same name."

    assert refusal(sqs.create_queue, QueueName="orders") == (f"{SIMPLE}QueueDeletedRecently", message)
    clock.advance(1)
    sqs.create_queue(QueueName="orders")


def test_without_cooldowns_nothing_has_to_wait():
    _, _, sqs = make_world(cooldowns=False)
    for _ in range(2):
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.purge_queue(QueueUrl=url)
        sqs.purge_queue(QueueUrl=url)
        sqs.delete_queue(QueueUrl=url)


def test_bodies_that_a_message_cannot_have(sqs, url):
    empty = refusal(sqs.send_message, QueueUrl=url, MessageBody="")

    assert empty == ("MissingParameter", "The request must contain the parameter MessageBody.")
    for body in ("a\0", "\x0b", "\ufffe"):
        assert refusal(sqs.send_message, QueueUrl=url, MessageBody=body)[0] == "InvalidMessageContents"
    sqs.send_message(QueueUrl=url, MessageBody="\t\n\r \U0010ffff")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        # the next recorded
        ({"a": text("")}, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
        ({"": text("x")}, "The request must contain non-empty message (user) attribute names."),
        (
            {"a": {"DataType": "Number", "StringValue": "x"}},
            "Can't cast the value of message (user) attribute 'a' to a number.",
        ),
        (
            {"a": {"DataType": "Other", "StringValue": "x"}},
            "The type of message (user) attribute 'a' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String.",
        ),
        (
            {"aws.x": text("x")},
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. "
            "These strings are reserved for internal use.",
        ),
        ({"a" * 257: text("x")}, "Message (user) attribute name must be shorter than 256 bytes."),
        (
            {f"a{number}": text("x") for number in range(11)},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
    ],
)
def test_attributes_that_a_message_cannot_have(sqs, url, attributes, message):
    said = refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes=attributes)

    assert said == (INVALID, message)


@pytest.mark.parametrize("name", [".a", "a.", "a..b", "a b", "é"])
def test_names_that_an_attribute_cannot_have(sqs, url, name):
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes={name: text("x")})[0] == INVALID


def test_lists_are_no_values_of_an_attribute(sqs, url):
    value = {"DataType": "String", "StringListValues": ["x"]}
    said = refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes={"a": value})

    assert said[0] == f"{SIMPLE}UnsupportedOperation"


def test_a_system_attribute_that_cannot_be_sent(sqs, url):
    said = refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageSystemAttributes={"Other": text("x")})

    assert said == (INVALID, "Message system attribute name 'Other' is invalid.")


def test_a_message_that_is_too_large(sqs, url):
    # the message recorded; sizes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    too_large = INVALID, f"One or more parameters are invalid. Reason: Message must be shorter than {MIB} bytes."
    attribute = {"name": text("value")}  # 4 + 6 + 5 bytes

    sqs.send_message(QueueUrl=url, MessageBody="é" * (MIB // 2))
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="é" * (MIB // 2) + "a") == too_large
    sqs.send_message(QueueUrl=url, MessageBody="a" * (MIB - 15), MessageAttributes=attribute)
    assert (
        refusal(sqs.send_message, QueueUrl=url, MessageBody="a" * (MIB - 14), MessageAttributes=attribute) == too_large
    )


def test_a_queue_can_take_smaller_messages_only(sqs, url):
    # recorded; a batch may be larger than that in all, and each of its messages may not
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    said = refusal(sqs.send_message, QueueUrl=url, MessageBody="a" * 1025)
    entries = [{"Id": str(size), "MessageBody": "a" * size} for size in (1024, 1025, 1000)]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert said[1] == "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    assert [entry["Id"] for entry in result["Successful"]] == ["1024", "1000"]
    assert result["Failed"][0]["Message"] == said[1]


@pytest.mark.parametrize("parameter", ["MessageGroupId", "MessageDeduplicationId"])
@pytest.mark.parametrize("value", ["", "a" * 129, "a b", "é"])
def test_ids_that_a_message_cannot_have(sqs, fifo_url, parameter, value):
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d", parameter: value}
    message = (
        f"Value {value} for parameter {parameter} is invalid. Reason: {parameter} can only include alphanumeric and "
        "punctuation characters. 1 to 128 in length."
    )

    assert refusal(sqs.send_message, QueueUrl=fifo_url, MessageBody="a", **ids) == (INVALID, message)


def test_what_a_fifo_queue_needs(sqs, fifo_url):
    # recorded, also that a batch without a group has another code
    unsure = (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    no_group = "The request must contain the parameter MessageGroupId."
    entry = {"Id": "1", "MessageBody": "a"}

    assert refusal(sqs.send_message, QueueUrl=fifo_url, MessageBody="a") == ("MissingParameter", no_group)
    assert refusal(sqs.send_message, QueueUrl=fifo_url, MessageBody="a", MessageGroupId="g") == (INVALID, unsure)
    assert refusal(sqs.send_message_batch, QueueUrl=fifo_url, Entries=[entry]) == (INVALID, no_group)
    grouped = {**entry, "MessageGroupId": "g"}
    assert refusal(sqs.send_message_batch, QueueUrl=fifo_url, Entries=[grouped]) == (INVALID, unsure)


def test_what_is_not_of_the_type_of_queue(sqs, url, fifo_url):
    # the first recorded
    reason = "The request include parameter that is not valid for this queue type."
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}

    assert refusal(sqs.send_message, QueueUrl=fifo_url, MessageBody="a", DelaySeconds=2, **ids) == (
        INVALID,
        f"Value 2 for parameter DelaySeconds is invalid. Reason: {reason}",
    )
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageDeduplicationId="d") == (
        INVALID,
        f"Value d for parameter MessageDeduplicationId is invalid. Reason: {reason}",
    )
    sqs.send_message(QueueUrl=fifo_url, MessageBody="a", DelaySeconds=0, **ids)


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),  # recorded
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", 43201, "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_receives_that_ask_for_too_much(sqs, url, parameter, value, reason):
    said = refusal(sqs.receive_message, QueueUrl=url, **{parameter: value})

    assert said == (INVALID, f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def test_handles_that_are_none(sqs, url):
    invalid = "ReceiptHandleIsInvalid", 'The input receipt handle "dummy" is not a valid receipt handle.'
    change = {"QueueUrl": url, "ReceiptHandle": "dummy"}

    assert refusal(sqs.delete_message, **change) == invalid
    assert refusal(sqs.change_message_visibility, **change, VisibilityTimeout=1) == invalid
    assert refusal(sqs.change_message_visibility, **change, VisibilityTimeout=43201) == (
        INVALID,
        "Value 43201 for parameter VisibilityTimeout is invalid. "
        "Reason: VisibilityTimeout must be an integer between 0 and 43200.",
    )


def test_a_fifo_handle_that_has_expired(sqs, fifo_url, clock):
    # recorded
    sqs.send_message(QueueUrl=fifo_url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="d")
    handle = sqs.receive_message(QueueUrl=fifo_url)["Messages"][0]["ReceiptHandle"]
    clock.advance(30)
    message = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."

    assert refusal(sqs.delete_message, QueueUrl=fifo_url, ReceiptHandle=handle) == (INVALID, message)


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ([], "EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request."),
        (["a", "a"], "BatchEntryIdsNotDistinct", "Id a repeated."),
        # the others recorded
        (
            map(str, range(11)),
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 11.",
        ),
        *(
            (
                [entry_id],
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
            for entry_id in ("", "invalid:id", "a" * 81, "é")
        ),
    ],
)
def test_batches_that_are_none(sqs, url, entries, code, message):
    batch = [{"Id": entry_id, "ReceiptHandle": "x"} for entry_id in entries]

    assert refusal(sqs.delete_message_batch, QueueUrl=url, Entries=batch) == (f"{SIMPLE}{code}", message)


def test_a_batch_that_is_too_large(sqs, url):
    # the message recorded
    entries = [{"Id": str(number), "MessageBody": "a" * (MIB // 2)} for number in range(2)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    entries.append({"Id": "2", "MessageBody": "a"})

    assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries) == (
        f"{SIMPLE}BatchRequestTooLong",
        f"Batch requests cannot be longer than {MIB} bytes. You have sent {MIB + 1} bytes.",
    )


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        (["SendMessageBatch"], "Please refer to the appropriate WSDL for a list of valid actions. "),
        (["CreateQueue"], "Only the queue owner is allowed to invoke this action."),
    ],
)
def test_actions_that_cannot_be_permitted(sqs, url, actions, reason):
    said = refusal(sqs.add_permission, QueueUrl=url, Label="x", AWSAccountIds=["1"], Actions=actions)

    assert said == (INVALID, f"Value SQS:{actions[0]} for parameter ActionName is invalid. Reason: {reason}")


def test_labels_are_there_once(sqs, url):
    # recorded
    permission = {"QueueUrl": url, "Label": "x", "AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"]}
    sqs.add_permission(**permission)

    assert refusal(sqs.add_permission, **permission) == (
        INVALID,
        "Value x for parameter Label is invalid. Reason: Already exists.",
    )
    assert refusal(sqs.remove_permission, QueueUrl=url, Label="y") == (
        INVALID,
        "Value y for parameter Label is invalid. Reason: can't find label.",
    )


def test_pages_that_are_none(sqs, url):
    assert refusal(sqs.list_queues, MaxResults=1001) == (
        INVALID,
        "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    )
    assert refusal(sqs.list_queues, NextToken="dummy") == (INVALID, "Invalid or expired next token.")
