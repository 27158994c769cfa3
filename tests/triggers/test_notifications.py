"""Notifications of buckets: who is told, and what is refused.

Where a test names no other source, the examples are those of
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html (2026-11).
"""

from fnmatch import fnmatchcase

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers.notifications import EVENTS, Destination, check, matching

QUEUE = "arn:aws:sqs:us-west-2:444455556666:s3notificationqueue"
QUEUE_A, QUEUE_B = (f"arn:aws:sqs:us-west-2:444455556666:sqs-queue-{name}" for name in "AB")
FUNCTION_A, FUNCTION_B = (f"arn:aws:lambda:us-west-2:444455556666:function:cloud-function-{name}" for name in "AB")
TOPIC_ONE, TOPIC_TWO = (f"arn:aws:sns:us-west-2:444455556666:sns-topic-{name}" for name in ("one", "two"))

OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules "
    "if the prefixes are overlapping for the same event type."
)


def filtered(**values):
    rules = [{"Name": name, "Value": value} for name, value in values.items()]
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


def queue(arn, *events, id_="", **values):
    return {"Id": id_, "QueueArn": arn, "Events": list(events), **filtered(**values)}


def topic(arn, *events, **values):
    return {"TopicArn": arn, "Events": list(events), **filtered(**values)}


def function(arn, *events, **values):
    return {"LambdaFunctionArn": arn, "Events": list(events), **filtered(**values)}


def told(configuration, event, key):
    return [destination.arn for destination in matching(configuration, event, key)]


def refused(configuration):
    with pytest.raises(InvalidMappingError) as refusal:
        check(configuration)
    return str(refusal.value)


# The documented examples


def test_a_prefix_and_a_suffix_must_both_fit():
    configuration = {
        "QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:Put", id_="1", prefix="images/", suffix="jpg")]
    }

    check(configuration)
    assert matching(configuration, "s3:ObjectCreated:Put", "images/a.jpg") == [Destination("sqs", QUEUE, "1")]
    assert not matching(configuration, "s3:ObjectCreated:Put", "images/a.png")
    assert not matching(configuration, "s3:ObjectCreated:Put", "logs/a.jpg")
    assert not matching(configuration, "s3:ObjectCreated:Post", "images/a.jpg")


def test_prefixes_that_do_not_overlap_lead_to_different_queues():
    configuration = {
        "QueueConfigurations": [
            queue(QUEUE_A, "s3:ObjectCreated:Put", prefix="images/"),
            queue(QUEUE_B, "s3:ObjectCreated:Put", prefix="logs/"),
        ]
    }

    check(configuration)
    assert told(configuration, "s3:ObjectCreated:Put", "images/a") == [QUEUE_A]
    assert told(configuration, "s3:ObjectCreated:Put", "logs/a") == [QUEUE_B]


@pytest.mark.parametrize("prefix", [{}, {"prefix": "images"}])
def test_suffixes_that_do_not_overlap_lead_to_different_functions(prefix):
    configuration = {
        "LambdaFunctionConfigurations": [
            function(FUNCTION_A, "s3:ObjectCreated:Put", suffix=".jpg", **prefix),
            function(FUNCTION_B, "s3:ObjectCreated:Put", suffix=".png", **prefix),
        ]
    }

    check(configuration)
    assert told(configuration, "s3:ObjectCreated:Put", "images/a.jpg") == [FUNCTION_A]
    assert told(configuration, "s3:ObjectCreated:Put", "images/a.png") == [FUNCTION_B]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("s3:ObjectCreated:*", {}), ("s3:ObjectCreated:*", {"prefix": "images"})),
        (("s3:ObjectCreated:*", {"suffix": "jpg"}), ("s3:ObjectCreated:Put", {"suffix": "pg"})),
        (("s3:ObjectCreated:*", {"prefix": "images", "suffix": "jpg"}), ("s3:ObjectCreated:Put", {"suffix": "jpg"})),
    ],
    ids=["the root prefix", "suffixes", "both"],
)
def test_filters_that_overlap_are_refused(one, two):
    configuration = {
        "TopicConfigurations": [
            topic(arn, event, **values) for arn, (event, values) in zip((TOPIC_ONE, TOPIC_TWO), (one, two), strict=True)
        ]
    }

    assert refused(configuration) == f"{AMBIGUOUS} {TOPIC_ONE} and {TOPIC_TWO} wait for the same."


def test_the_same_filter_may_serve_different_events():
    configuration = {
        "QueueConfigurations": [
            queue(QUEUE_A, "s3:ObjectCreated:Put", prefix="image/"),
            queue(QUEUE_B, "s3:ObjectRemoved:*", prefix="image/"),
        ]
    }

    check(configuration)
    assert told(configuration, "s3:ObjectRemoved:Delete", "image/a") == [QUEUE_B]


def test_one_event_without_filters_cannot_lead_to_two():
    configuration = {
        "QueueConfigurations": [queue(QUEUE_A, "s3:ObjectCreated:*")],
        "LambdaFunctionConfigurations": [function(FUNCTION_A, "s3:ObjectCreated:Put")],
    }

    assert refused(configuration).startswith(f"{OVERLAP} {QUEUE_A} and {FUNCTION_A}")


def test_one_configuration_does_not_name_an_event_twice():
    assert refused({"QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:*", "s3:ObjectCreated:Put")]}) == OVERLAP


# Matching


@pytest.mark.parametrize(
    ("name", "event", "fits"),
    [
        ("s3:ObjectCreated:*", "s3:ObjectCreated:CompleteMultipartUpload", True),
        ("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete", False),
        ("s3:ObjectCreated:Put", "s3:ObjectCreated:Put", True),
        ("s3:ObjectCreated:Put", "s3:ObjectCreated:*", False),
        ("s3:LifecycleTransition", "s3:LifecycleTransition", True),
        ("s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated", False),
    ],
)
def test_event_names_with_a_star_stand_for_all_of_their_kind(name, event, fits):
    assert bool(matching({"QueueConfigurations": [queue(QUEUE, name)]}, event, "key")) is fits


@pytest.mark.parametrize(
    ("values", "key", "fits"),
    [
        ({"prefix": ""}, "any", True),
        ({"prefix": "", "suffix": ".jpg"}, "a.jpg", True),
        ({"Prefix": "images/"}, "images/a", True),
        ({"SUFFIX": ".jpg"}, "a.png", False),
        ({"prefix": "tom+and+jerry/"}, "tom and jerry/a", True),
        ({"prefix": "tom+and+jerry/"}, "tom+and+jerry/a", False),
        ({"prefix": "a%2Bb"}, "a+b", True),
        ({"suffix": "%C3%BC.txt"}, "u.txt", False),
        ({"suffix": "%C3%BC.txt"}, "ü.txt", True),
        ({"prefix": "ü"}, "ü.txt", True),
        ({"prefix": "*"}, "images", False),  # a star stands for itself
        ({"prefix": "Images/"}, "images/a", False),
        ({"prefix": "abc", "suffix": "bcd"}, "abcd", True),  # they may share letters
        ({"prefix": "100%"}, "100% sure", True),
    ],
)
def test_filters_are_url_encoded_and_their_names_of_any_case(values, key, fits):
    configuration = {"QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:*", **values)]}

    check(configuration)
    assert bool(matching(configuration, "s3:ObjectCreated:Put", key)) is fits


def test_the_suffix_is_compared_at_the_end_of_the_key():
    configuration = {"QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:*", suffix="ü.txt")]}

    assert matching(configuration, "s3:ObjectCreated:Put", "Grü/ü.txt")
    assert not matching(configuration, "s3:ObjectCreated:Put", "ü.txt.gz")


def test_eventbridge_is_told_of_everything_it_knows_beside_the_others():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html (2026-11) lists what it knows."""
    configuration = {
        "QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:*", prefix="images/")],
        "EventBridgeConfiguration": {},
    }

    bus = Destination("events", "")
    assert matching(configuration, "s3:ObjectCreated:Put", "images/a") == [Destination("sqs", QUEUE), bus]
    assert matching(configuration, "s3:ObjectCreated:Put", "logs/a") == [bus]
    assert matching(configuration, "s3:ObjectTagging:Put", "logs/a") == [bus]
    for unknown in ("s3:ReducedRedundancyLostObject", "s3:Replication:OperationNotTracked", "s3:ObjectRetention:Put"):
        assert matching(configuration, unknown, "logs/a") == []


@pytest.mark.parametrize(("given", "count"), [({"EventBridgeEnabled": "false"}, 0), ({"EventBridgeEnabled": True}, 1)])
def test_eventbridge_has_a_switch_in_templates(given, count):
    assert len(matching({"EventBridgeConfiguration": given}, "s3:ObjectCreated:Put", "a")) == count


def test_a_bucket_without_configurations_tells_nobody():
    assert matching({}, "s3:ObjectCreated:Put", "a") == []


@pytest.mark.parametrize(
    "configuration",
    [
        {"CloudFunctionConfiguration": {"CloudFunction": FUNCTION_A, "Event": "s3:ObjectCreated:*", "Id": "x"}},
        {
            "LambdaConfigurations": [
                {
                    "Function": FUNCTION_A,
                    "Event": "s3:ObjectCreated:*",
                    "Id": "x",
                    "Filter": {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".jpg"}]}},
                }
            ]
        },
        {
            "CloudFunctionConfiguration": {
                "CloudFunction": FUNCTION_A,
                "Events": ["s3:ObjectCreated:*"],
                "Id": "x",
                "Filter": {"S3Key": {"FilterRule": {"Name": "suffix", "Value": ".jpg"}}},
            }
        },
    ],
    ids=["the older API", "CloudFormation", "XML"],
)
def test_a_configuration_may_be_spelled_as_its_writers_do(configuration):
    assert matching(configuration, "s3:ObjectCreated:Put", "a.jpg") == [Destination("lambda", FUNCTION_A, "x")]


# Refusals


def test_every_event_of_the_api_is_known():
    shapes = botocore.session.Session().get_service_model("s3")

    assert set(shapes.shape_for("Event").enum) <= EVENTS


@pytest.mark.parametrize("event", ["s3:ObjectCreated", "ObjectCreated:Put", "s3:*", "s3:ObjectCreated:put"])
def test_an_unknown_event_is_refused(event):
    assert refused({"QueueConfigurations": [queue(QUEUE, event)]}) == (
        f"The event is not supported for notifications. Got {event!r}."
    )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([("infix", "a")], "filter rule name must be either prefix or suffix"),
        ([("prefix", "a"), ("Prefix", "b")], "Cannot specify more than one prefix rule in a filter."),
        ([("suffix", "a"), ("suffix", "b")], "Cannot specify more than one suffix rule in a filter."),
        ([("prefix", "é" * 513)], "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation"),
    ],
)
def test_filters_that_are_refused(rules, said):
    rules = [{"Name": name, "Value": value} for name, value in rules]
    entry = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}

    assert refused({"QueueConfigurations": [entry]}).startswith(said)


def test_fifo_queues_and_topics_are_refused():
    """Quoted in public reports: "InvalidArgument: FIFO SQS queues are not supported."."""
    assert refused({"QueueConfigurations": [queue(f"{QUEUE}.fifo", "s3:ObjectCreated:*")]}).startswith(
        "FIFO SQS queues are not supported."
    )
    assert "failed to satisfy constraint" in (
        refused({"TopicConfigurations": [topic(f"{TOPIC_ONE}.fifo", "s3:ObjectCreated:*")]})
    )


def test_ids_are_unique():
    rules = [queue(QUEUE_A, "s3:ObjectCreated:*", id_="a"), queue(QUEUE_B, "s3:ObjectRemoved:*", id_="a")]

    assert refused({"QueueConfigurations": rules}) == ("Same ID used for multiple configurations. IDs must be unique.")


def test_a_bucket_has_a_hundred_configurations_at_most():
    def configuration(count):
        return {"QueueConfigurations": [queue(QUEUE, "s3:ObjectCreated:*", prefix=f"{n:03}/") for n in range(count)]}

    check(configuration(100))
    assert refused(configuration(101)) == (
        "Too many configurations submitted. The maximum number of configurations is 100"
    )


# A plain model: what was accepted tells one destination of an event at most

SHORT = st.text("ab", max_size=3)
RULES = st.lists(
    st.tuples(st.sampled_from(sorted(EVENTS)), SHORT, SHORT),
    min_size=2,
    max_size=3,
)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(rules=RULES, key=st.text("ab", max_size=6))
def test_what_is_accepted_tells_one_destination_of_an_event(rules, key):
    configuration = {
        "QueueConfigurations": [
            queue(f"{QUEUE}{number}", event, prefix=prefix, suffix=suffix)
            for number, (event, prefix, suffix) in enumerate(rules)
        ]
    }
    try:
        check(configuration)
    except InvalidMappingError:
        (one, other) = ambiguous(rules)
        shared = max(one[1], other[1], key=len) + max(one[2], other[2], key=len)
        happened = max(one[0], other[0], key=lambda name: not name.endswith("*")).replace("*", "Put")
        assert len(matching(configuration, happened, shared)) >= 2
    else:
        for event in EVENTS:
            assert len(matching(configuration, event, key)) <= 1


def ambiguous(rules):
    """Return the first two rules of which both have a key and an event in common."""
    pairs = [(one, other) for number, other in enumerate(rules) for one in rules[:number]]
    for one, other in pairs:
        events = fnmatchcase(one[0], other[0]) or fnmatchcase(other[0], one[0])
        prefixes = all(a == b for a, b in zip(one[1], other[1], strict=False))
        suffixes = all(a == b for a, b in zip(one[2][::-1], other[2][::-1], strict=False))
        if events and prefixes and suffixes:
            return one, other
    raise AssertionError(f"refused without reason: {rules}")
