import json

from tests.backends.provision.cloud import resource

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
}


def queue(name="Orders", **properties):
    return resource("AWS::SQS::Queue", name, **properties)


def topic(**properties):
    return resource("AWS::SNS::Topic", "Notices", **properties)


def attributes_of(cloud, made):
    return cloud.client("sqs").get_queue_attributes(QueueUrl=made.name, AttributeNames=["All"])["Attributes"]


def topic_attributes(cloud, made):
    return cloud.client("sns").get_topic_attributes(TopicArn=made.arn)["Attributes"]


def test_a_queue_has_the_url_and_arn_that_references_gave(cloud):
    made = cloud.make(queue())

    found = cloud.client("sqs").get_queue_url(QueueName=made.attributes["QueueName"])
    assert found["QueueUrl"] == made.name
    assert attributes_of(cloud, made)["QueueArn"] == made.attributes["Arn"]


def test_a_queues_attributes_and_tags_are_set(cloud):
    made = cloud.make(
        queue(
            VisibilityTimeout=45,
            DelaySeconds="3",
            MessageRetentionPeriod=86400,
            ReceiveMessageWaitTimeSeconds=5,
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    )

    read = attributes_of(cloud, made)
    assert (read["VisibilityTimeout"], read["DelaySeconds"]) == ("45", "3")
    assert (read["MessageRetentionPeriod"], read["ReceiveMessageWaitTimeSeconds"]) == ("86400", "5")
    assert cloud.client("sqs").list_queue_tags(QueueUrl=made.name)["Tags"] == {"team": "shop"}


def test_a_fifo_queue_is_one(cloud):
    made = cloud.make(queue(FifoQueue=True, ContentBasedDeduplication=True))

    read = attributes_of(cloud, made)
    assert made.name.endswith(".fifo")
    assert (read["FifoQueue"], read["ContentBasedDeduplication"]) == ("true", "true")


def test_a_dead_letter_queue_is_made_before_the_queue_that_names_it(cloud):
    dead = queue("Zombies")
    redrive = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}
    made = cloud.make(queue("Alive", RedrivePolicy=redrive), dead)

    assert json.loads(attributes_of(cloud, made)["RedrivePolicy"]) == redrive


def test_queue_policies_are_put_on_their_queues(cloud):
    first, second = queue("First"), queue("Second")
    cloud.make(
        first,
        second,
        resource("AWS::SQS::QueuePolicy", "Policy", Queues=[first.name], PolicyDocument=POLICY),
        resource("AWS::SQS::QueueInlinePolicy", "Inline", Queue=second.name, PolicyDocument=POLICY),
    )

    assert json.loads(attributes_of(cloud, first)["Policy"]) == POLICY
    assert json.loads(attributes_of(cloud, second)["Policy"]) == POLICY


def test_a_topic_has_the_arn_that_references_gave(cloud):
    made = cloud.make(topic(DisplayName="Notices", Tags=[{"Key": "team", "Value": "shop"}]))

    assert topic_attributes(cloud, made)["TopicArn"] == made.name
    assert topic_attributes(cloud, made)["DisplayName"] == "Notices"
    tags = cloud.client("sns").list_tags_for_resource(ResourceArn=made.arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_a_fifo_topic_is_one(cloud):
    made = cloud.make(topic(FifoTopic=True, ContentBasedDeduplication=True))

    read = topic_attributes(cloud, made)
    assert made.name.endswith(".fifo")
    assert (read["FifoTopic"], read["ContentBasedDeduplication"]) == ("true", "true")


def test_subscriptions_that_stand_in_the_topic_are_made(cloud):
    heard = queue()
    made = cloud.make(topic(Subscription=[{"Protocol": "sqs", "Endpoint": heard.arn}]), heard)

    (read,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=made.arn)["Subscriptions"]
    assert (read["Protocol"], read["Endpoint"]) == ("sqs", heard.arn)


def test_a_subscription_has_its_arn_and_attributes(cloud):
    made, heard = topic(), queue()
    filters = {"kind": ["order"]}
    subscription = resource(
        "AWS::SNS::Subscription",
        "Sub",
        TopicArn=made.arn,
        Protocol="sqs",
        Endpoint=heard.arn,
        FilterPolicy=filters,
        FilterPolicyScope="MessageBody",
        RawMessageDelivery=True,
    )
    cloud.make(subscription, made, heard)

    arn = subscription.attributes["Arn"]
    read = cloud.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (read["SubscriptionArn"], read["TopicArn"]) == (arn, made.arn)
    assert json.loads(read["FilterPolicy"]) == filters
    assert (read["FilterPolicyScope"], read["RawMessageDelivery"]) == ("MessageBody", "true")
    listed = cloud.client("sns").list_subscriptions()["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == [arn]


def test_topic_policies_are_put_on_their_topics(cloud):
    made = topic()
    cloud.make(made, resource("AWS::SNS::TopicPolicy", "Policy", Topics=[made.arn], PolicyDocument=POLICY))

    assert json.loads(topic_attributes(cloud, made)["Policy"]) == POLICY
