"""The ids that the mocked services mint: the same at each run of a test, and of no other's doing."""

import boto3
import pytest

from tests.backends.sqs_client import make_world

pytest.importorskip("moto")


def published(backend, *, test="a test", seed=None):
    with backend.entered(test, seed=seed):
        client = boto3.client("sns", "us-east-1")
        topic = client.create_topic(Name="news")["TopicArn"]
        return [client.publish(TopicArn=topic, Message="x")["MessageId"] for _ in range(2)]


@pytest.fixture
def backend(started):
    return started


def test_a_test_gets_the_same_ones_again(backend):
    first = published(backend)

    assert first == published(backend)
    assert len(set(first)) == 2


def test_another_test_or_seed_gets_others(backend):
    ids = [published(backend), published(backend, test="another"), published(backend, seed="1")]

    assert len({each for pair in ids for each in pair}) == 6


def test_a_mock_of_the_users_draws_its_own(backend):
    from moto.moto_api._internal import mock_random

    before = mock_random.getstate()
    published(backend)

    assert mock_random.getstate() == before


def test_a_queue_gives_the_same_ones_whenever_it_was_made():
    def first_id(*names, after=0, again=False):
        _, clock, client = make_world()
        clock.advance(after)
        for name in names:
            url = client.create_queue(QueueName=name)["QueueUrl"]
        if again:
            client.delete_queue(QueueUrl=url)
            clock.advance(61)
            client.create_queue(QueueName=name)
        return client.send_message(QueueUrl=url, MessageBody="x")["MessageId"]

    assert first_id("jobs") == first_id("others", "jobs") == first_id("jobs", after=3600)
    assert len({first_id("jobs"), first_id("others"), first_id("jobs", again=True)}) == 3
