"""An application with one resource of each kind, on mocked backends, and the views of it."""

import json
import textwrap
from types import SimpleNamespace

import pytest

from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.backends.sqs import SqsBackend
from pytest_serverless.clock import FixedClock
from pytest_serverless.templates import load

NOW = 1_795_000_000.0
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: {Type: AWS::S3::Bucket}
  Orders: {Type: AWS::Serverless::SimpleTable}
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: account, AttributeType: S}, {AttributeName: line, AttributeType: N}]
      KeySchema: [{AttributeName: account, KeyType: HASH}, {AttributeName: line, KeyType: RANGE}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Audit:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: KEYS_ONLY}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt JobsDlq.Arn, maxReceiveCount: 1}}
  JobsDlq: {Type: AWS::SQS::Queue}
  Lines: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
  News: {Type: AWS::SNS::Topic}
  Alarms: {Type: AWS::SNS::Topic}
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.work, Runtime: python3.12, InlineCode: "pass"}
"""


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory):
    """The application on its backends, every resource made."""
    pytest.importorskip("moto")
    from pytest_serverless.backends.moto.provision import provision

    template = tmp_path_factory.mktemp("arrived") / "template.yaml"
    template.write_text(textwrap.dedent(TEMPLATE))
    app, backend, clock = load(template), AwsBackend(), FixedClock(NOW)
    sqs = SqsBackend(clock, on_change=backend.tell)
    backend.start()
    backend.route("sqs", sqs.respond, sqs)
    with backend.entered("provisioning"):
        provision(app, backend.client, frozenset(app.resources))
        backend.take_snapshot()
    yield SimpleNamespace(app=app, backend=backend, sqs=sqs)
    backend.stop()


@pytest.fixture
def changes(provisioned):
    noted = []
    provisioned.backend.on_change(noted.append)
    yield noted
    provisioned.backend._listeners.remove(noted.append)


@pytest.fixture
def clock(provisioned, monkeypatch):
    """The time of the queues, the test's own."""
    own = FixedClock(NOW)
    monkeypatch.setattr(provisioned.sqs, "clock", own)
    return own


@pytest.fixture
def backend(provisioned, changes, clock, request):
    with provisioned.backend.entered(request.node.nodeid) as entered:
        changes.clear()
        yield entered


@pytest.fixture
def serverless(provisioned, backend, changes):
    """The six methods, as a test has them."""
    from pytest_serverless.deployment.arrived import Arrivals, Backends

    backends = Backends(
        clients=backend.client, quietly=backend.journal.quietly, changes=changes, peek=provisioned.sqs.queue
    )
    return Arrivals(provisioned.app, backends, account=backend.account)


@pytest.fixture
def ref(provisioned):
    return lambda id_: provisioned.app.resources[id_].name


@pytest.fixture
def noticed(provisioned, backend, changes):
    """Everything that looking must leave as it was: calls, changes, and the queues to the last detail."""

    def state():
        queues = [(queue.name, queue.counts, *map(repr, queue.messages)) for queue in provisioned.sqs.queues()]
        return len(backend.journal.calls), len(changes), queues

    return state


@pytest.fixture
def send(backend, ref):
    def send(id_, body, **more):
        text = body if isinstance(body, str) else json.dumps(body)
        return backend.client("sqs").send_message(QueueUrl=ref(id_), MessageBody=text, **more)["MessageId"]

    return send


@pytest.fixture
def receive(backend, ref):
    def receive(id_, **more):
        return backend.client("sqs").receive_message(QueueUrl=ref(id_), **more).get("Messages", [])

    return receive
