"""What the services would refuse of an application's wiring, told when a test first asks for it."""

import subprocess
import sys
import textwrap

import pytest

from pytest_serverless.cli.doctor_stacks import examine_stacks
from pytest_serverless.deployment.wiring_faults import check, faults_of
from pytest_serverless.errors import TemplateError
from pytest_serverless.templates import load

QUEUES = """
    Jobs: {Type: AWS::SQS::Queue}
    Steps: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
    Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
    News: {Type: AWS::SNS::Topic}
"""


@pytest.fixture
def read(tmp_path):
    def make(resources):
        text = textwrap.indent(textwrap.dedent(QUEUES) + textwrap.dedent(resources), "  ")
        (tmp_path / "template.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n{text}")
        (tmp_path / "app.py").write_text("def work(event, context):\n    return event\n")
        return load(tmp_path / "template.yaml")

    return make


def function(event="", more=""):
    events = f"Events: {{It: {event}}}" if event else ""
    return f"""
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: .
            Runtime: python3.12
            Handler: app.work
            {more}
            {events}
    """


def queue(settings, name="Jobs", more=""):
    return function(f"{{Type: SQS, Properties: {{Queue: !GetAtt {name}.Arn, {settings}}}}}", more)


def mapping(settings):
    """A mapping as CloudFormation has it: SAM would miss a starting position itself."""
    return (
        function()
        + f"""
        WorkIt:
          Type: AWS::Lambda::EventSourceMapping
          Properties: {{FunctionName: !Ref Work, EventSourceArn: !GetAtt Clicks.Arn{settings}}}
    """
    )


def filters(*patterns):
    listed = ", ".join(f"{{Pattern: '{pattern}'}}" for pattern in patterns)
    return f"FilterCriteria: {{Filters: [{listed}]}}"


def rule(settings):
    return (
        function()
        + f"""
        Rule:
          Type: AWS::Events::Rule
          Properties: {{{settings}}}
    """
    )


def targeting(settings):
    return rule(f"EventPattern: {{source: [shop]}}, Targets: [{{Id: one, Arn: !GetAtt Work.Arn, {settings}}}]")


def subscription(policy):
    return f"""
        Subscription:
          Type: AWS::SNS::Subscription
          Properties: {{TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Jobs.Arn, {policy}}}
    """


def scheduler(settings):
    return (
        function()
        + f"""
        Schedule:
          Type: AWS::Scheduler::Schedule
          Properties:
            {settings}
            Target: {{Arn: !GetAtt Work.Arn, RoleArn: "arn:aws:iam::123456789012:role/x"}}
    """
    )


# The words are those of the services, as recorded by others: see the modules of triggers/ that say them.
REFUSED = [
    (queue("MaximumBatchingWindowInSeconds: 5", "Steps"), "WorkIt", "Batching window is not supported for FIFO queues"),
    (
        queue("BatchSize: 11"),
        "WorkIt",
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    ),
    (
        queue("BatchSize: 1", more="Timeout: 60"),
        "WorkIt",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    ),
    (queue("BatchSize: 0"), "WorkIt", "Value '0' at 'batchSize' failed to satisfy constraint"),
    (queue("BatchSize: many"), "WorkIt", "expected type: Integer"),
    (queue(filters(*['{"body": {"a": [1]}}'] * 6)), "WorkIt", "FilterCriteria has 6 filters"),
    (queue(filters('{"body": {"a": 1}}')), "WorkIt", "Invalid filter pattern definition."),
    (queue(filters("no json")), "WorkIt", "Invalid filter pattern definition."),
    (mapping(""), "WorkIt", "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."),
    (mapping(", StartingPosition: FIRST"), "WorkIt", "Value 'FIRST' at 'startingPosition'"),
    (mapping(", StartingPosition: LATEST, ParallelizationFactor: 11"), "WorkIt", "'parallelizationFactor'"),
    (
        mapping(", StartingPosition: LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt Steps.Arn}}"),
        "WorkIt",
        "FIFO queues are not supported",
    ),
    (rule("EventPattern: {source: shop}"), "Rule", "Event pattern is not valid. Reason:"),
    (rule("EventPattern: {detail: {n: [{numeric: ['>']}]}}"), "Rule", "Event pattern is not valid. Reason:"),
    (rule("ScheduleExpression: rate(1 minutes)"), "Rule", "Parameter ScheduleExpression is not valid"),
    (rule("ScheduleExpression: cron(0 12 * * *)"), "Rule", "Parameter ScheduleExpression is not valid"),
    (targeting("Input: no json"), "Rule", "JSON syntax error in input for target one"),
    (
        targeting("RetryPolicy: {MaximumRetryAttempts: 200}"),
        "Rule",
        "Value '200' at 'retryPolicy.maximumRetryAttempts'",
    ),
    (subscription("FilterPolicy: {kind: urgent}"), "Subscription", "Invalid parameter: FilterPolicy:"),
    (subscription("FilterPolicy: {a: {b: [c]}}"), "Subscription", "Invalid parameter: "),
    (
        subscription("FilterPolicy: {a: [b]}, FilterPolicyScope: Body"),
        "Subscription",
        "Invalid parameter: FilterPolicyScope: Invalid value [Body]",
    ),
    (
        scheduler("ScheduleExpression: every day\n            FlexibleTimeWindow: {Mode: 'OFF'}"),
        "Schedule",
        "every day",
    ),
    (scheduler("ScheduleExpression: rate(1 day)"), "Schedule", "at 'flexibleTimeWindow.mode'"),
    (
        function(more="EventInvokeConfig: {MaximumRetryAttempts: 3}"),
        "WorkEventInvokeConfig",
        "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint",
    ),
    (
        function(more="EventInvokeConfig: {MaximumEventAgeInSeconds: 10}"),
        "WorkEventInvokeConfig",
        "Value '10' at 'maximumEventAgeInSeconds'",
    ),
    (
        function(
            more="EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Steps.Arn}}}"
        ),
        "WorkEventInvokeConfig",
        "FIFO queues are not supported",
    ),
    (
        function(more="DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Steps.Arn}"),
        "Work",
        "FIFO SQS queue is not supported for dead letter configuration",
    ),
]


@pytest.mark.parametrize(("resources", "id_", "words"), REFUSED)
def test_it_is_refused_in_the_words_of_the_service_with_its_place(read, resources, id_, words):
    app = read(resources)

    with pytest.raises(TemplateError) as caught:
        check(app)

    [fault] = caught.value.faults
    assert words in fault.what
    assert fault.id == id_
    assert fault.origin.file.name == "template.yaml"
    assert fault.origin.line > 6, "behind the queues, the stream and the topic"


def test_a_function_is_no_destination_of_its_own(read):
    more = """
        Config:
          Type: AWS::Lambda::EventInvokeConfig
          Properties:
            FunctionName: !Ref Work
            Qualifier: $LATEST
            DestinationConfig: {OnSuccess: {Destination: !GetAtt Work.Arn}}
    """
    [fault] = faults_of(read(function() + more))

    assert fault.what == "You can't specify the function as a destination for itself."


def test_it_stands_where_the_resource_is_declared(read):
    [fault] = faults_of(read(rule("EventPattern: {source: shop}")))

    assert fault.origin.file.read_text().splitlines()[fault.origin.line - 1].strip() == "Rule:"
    assert str(fault).endswith("(in EventPattern)")


def test_all_faults_are_told_together(read):
    app = read(queue("BatchSize: 11") + subscription("FilterPolicy: {kind: urgent}"))

    with pytest.raises(TemplateError, match=r"(?s)has 2 faults:.*WorkIt: .*Subscription: "):
        check(app)


ALLOWED = [
    queue("BatchSize: 100, MaximumBatchingWindowInSeconds: 5"),
    queue("BatchSize: '10'"),
    queue(filters('{"body": {"a": [{"numeric": [">", 1]}]}}')),
    mapping(", StartingPosition: LATEST, BatchSize: 1000"),
    rule("EventPattern: {source: [{prefix: shop}]}"),
    rule("ScheduleExpression: rate(1 minute)"),
    targeting("RetryPolicy: {MaximumRetryAttempts: '3'}"),
    subscription('FilterPolicy: \'{"kind": ["urgent"]}\''),
    scheduler(
        "ScheduleExpression: cron(0 8 ? * MON-FRI *)\n"
        "            FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: '5'}"
    ),
    function(more="EventInvokeConfig: {MaximumRetryAttempts: '1'}"),
    queue("BatchSize: 1").replace("!GetAtt Jobs.Arn", "arn:aws:sqs:us-east-1:123456789012:of-another-stack"),
    queue("BatchSize: 1", more="Timeout: 30"),
]


@pytest.mark.parametrize("resources", ALLOWED)
def test_what_the_services_take_is_taken(read, resources):
    assert faults_of(read(resources)) == []


def test_the_fixture_refuses_the_application(pytester, read, tmp_path):
    pytest.importorskip("moto")
    read(queue("BatchSize: 11"))
    (tmp_path / "test_it.py").write_text("def test_it(serverless): pass")

    result = pytester.runpytest_inprocess(str(tmp_path), f"--rootdir={tmp_path}")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*template.yaml has a fault:", "*template.yaml:*: WorkIt: Maximum batch window in *"])


def test_doctor_tells_of_it_too(read, tmp_path):
    read(queue("BatchSize: 11"))

    [report] = examine_stacks(tmp_path, importing=False)

    assert [(fault.level, fault.subject) for fault in report.faults] == [("problem", "WorkIt")]
    assert "Maximum batch window" in report.faults[0].text


def test_nothing_is_loaded_that_an_application_does_not_need(read, tmp_path):
    read(function())
    code = f"""
import sys
from pytest_serverless.deployment.wiring_faults import check
from pytest_serverless.templates import load
check(load({str(tmp_path / "template.yaml")!r}))
print([name for name in sys.modules if name.startswith("pytest_serverless.triggers.")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
