"""`init`: a first test for each function that runs as it was written, and a start for load tests."""

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_serverless.cli import main
from pytest_serverless.cli.python_text import call, distinct, literal, snake
from pytest_serverless.load.scenarios.definition import define

HEAD = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: src, Handler: app.handler, Runtime: python3.12}
Resources:
"""
HANDLER = """
def handler(event, context):
    return {"statusCode": 200, "body": "ok"}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "shop" / "src").mkdir(parents=True)
    (tmp_path / "shop" / "src" / "app.py").write_text(HANDLER)
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def init(capsys):
    def call(*arguments):
        status = main(["init", *map(str, arguments)])
        return status, *capsys.readouterr()

    return call


def function(name, events="", **properties):
    given = "".join(f"\n      {key}: {value}" for key, value in properties.items())
    listed = f"\n      Events:\n        E: {events}" if events else ""
    body = f"\n    Properties:{given}{listed}" if given or listed else ""
    return f"  {name}:\n    Type: AWS::Serverless::Function{body}\n"


def template(folder, *resources, name="template.yaml"):
    (folder / name).write_text(HEAD + "".join(resources))
    return folder / name


def run_tests(folder, *arguments):
    """Run a folder's tests as its owner would: in a process of their own."""
    options = ("-q", "-rs", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-p", "no:xdist")
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


SHOP = (
    "  Uploads: {Type: AWS::S3::Bucket}\n",
    "  Orders: {Type: AWS::SQS::Queue}\n",
    "  Ledger: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, QueueName: ledger.fifo}}\n",
    "  Late: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 60}}\n",
    "  News: {Type: AWS::SNS::Topic}\n",
    "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n",
    "  Logs: {Type: AWS::Logs::LogGroup}\n",
    "  Pool: {Type: AWS::Cognito::UserPool}\n",
    "  Items:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
    "      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: n, AttributeType: N}]\n"
    "      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: n, KeyType: RANGE}]\n"
    "      BillingMode: PAY_PER_REQUEST\n      StreamSpecification: {StreamViewType: KEYS_ONLY}\n",
    function("GetItem", '{Type: Api, Properties: {Path: "/items/{id}", Method: get}}'),
    function("PostItem", "{Type: HttpApi, Properties: {Path: /items, Method: post}}"),
    function("CatchAll", "{Type: HttpApi}"),
    function("Linked", FunctionUrlConfig="{AuthType: AWS_IAM}"),
    function(
        "Resize",
        '{Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*", Filter: {S3Key: {Rules: '
        "[{Name: prefix, Value: raw/}, {Name: suffix, Value: .json}]}}}}",
    ),
    function("Forget", '{Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectRemoved:*"}}'),
    function("Restored", '{Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectRestore:Completed"}}'),
    function("Work", "{Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}"),
    function("Book", "{Type: SQS, Properties: {Queue: !GetAtt Ledger.Arn}}"),
    function("Wait", "{Type: SQS, Properties: {Queue: !GetAtt Late.Arn}}"),
    function("Theirs", "{Type: SQS, Properties: {Queue: arn:aws:sqs:us-east-1:210987654321:theirs.fifo}}"),
    function("Read", "{Type: SNS, Properties: {Topic: !Ref News}}"),
    function("Choose", "{Type: SNS, Properties: {Topic: !Ref News, FilterPolicy: {kind: [a]}}}"),
    function("Follow", "{Type: DynamoDB, Properties: {Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST}}"),
    function("Count", "{Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}"),
    function("Watch", '{Type: CloudWatchLogs, Properties: {LogGroupName: !Ref Logs, FilterPattern: ""}}'),
    function("Nightly", "{Type: Schedule, Properties: {Schedule: rate(1 day)}}"),
    function("Told", "{Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{\"deep\": [1, null, true]}'}}"),
    function("Later", "{Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}"),
    function(
        "Placed",
        "{Type: EventBridgeRule, Properties: {Pattern: {source: [{prefix: shop.}], detail-type: [placed], "
        "detail: {state: [new, old], total: [{numeric: ['>', 5]}], gone: [{exists: false}]}}}}",
    ),
    function(
        "Stored",
        "{Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3], detail-type: [Object Created], "
        "detail: {bucket: {name: [!Ref Uploads]}}}}}",
    ),
    function("Stopped", "{Type: EventBridgeRule, Properties: {Pattern: {source: [aws.ec2]}}}"),
    function("Helper"),
    function("SignUp", "{Type: Cognito, Properties: {UserPool: !Ref Pool, Trigger: PreSignUp}}"),
)


@pytest.mark.realtime
def test_the_tests_of_every_kind_of_trigger_run_and_pass_as_they_were_written(folder, init):
    template(folder, *SHOP)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")

    status, output, error = init()
    code, report = run_tests(folder)

    assert (status, error) == (0, "")
    assert code == 0, report
    assert "23 passed, 1 skipped" in report
    assert "write the event that the function gets (cognito)" in report
    assert len(list((folder / "tests").iterdir())) >= 24
    assert "Run the tests:  pytest tests" in output


@pytest.mark.realtime
def test_a_first_test_fails_where_the_handler_does_and_says_why(folder, init):
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    return event['no such key']\n")
    template(
        folder,
        "  Orders: {Type: AWS::SQS::Queue}\n",
        function("Work", "{Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}"),
        function("Ask", "{Type: Api, Properties: {Path: /ask, Method: get}}"),
        function("Nightly", "{Type: Schedule, Properties: {Schedule: rate(1 day)}}"),
    )
    init()

    code, report = run_tests(folder)

    assert code == 1
    assert "3 failed" in report
    assert report.count("KeyError: 'no such key'") >= 3


@pytest.mark.realtime
def test_functions_of_serverless_yml_are_tested_too(folder, init):
    (folder / "serverless.yml").write_text("""
service: shop
provider: {name: aws, runtime: python3.12}
functions:
  list-items:
    handler: src/app.handler
    events: [{httpApi: GET /items}]
  nightly:
    handler: src/app.handler
    events: [{schedule: rate(1 day)}]
""")

    status, _, _ = init()
    code, report = run_tests(folder)

    assert status == 0
    assert {path.name for path in (folder / "tests").glob("*.py")} == {"test_list_items.py", "test_nightly.py"}
    assert code == 0, report
    assert "2 passed" in report


@pytest.mark.realtime
def test_tests_find_a_template_that_is_elsewhere(folder, init):
    (folder / "infra").mkdir()
    stack = template(folder / "infra", function("Helper", CodeUri="../src"), name="stack.yaml")

    status, _, _ = init("--template", stack)
    code, report = run_tests(folder)

    assert status == 0
    assert 'template="../infra/stack.yaml"' in (folder / "tests" / "test_helper.py").read_text()
    assert code == 0, report


def written(folder, name):
    return (folder / "tests" / f"test_{name}.py").read_text()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("get_item", 'serverless.request("GET", "/items/example", api="ServerlessRestApi")'),
        ("post_item", 'serverless.request("POST", "/items", json={}, api="ServerlessHttpApi")'),
        ("catch_all", 'serverless.request("GET", "/", api="ServerlessHttpApi")'),
        ("resize", 's3.put_object(Bucket=serverless.ref("Uploads"), Key="raw/example.json", Body=body)'),
        ("forget", 's3.delete_object(Bucket=serverless.ref("Uploads"), Key="example")'),
        (
            "restored",
            'aws_events.s3.object_restore(bucket=serverless.ref("Uploads"), key="example", operation="Completed")',
        ),
        ("work", 'sqs.send_message(QueueUrl=serverless.ref("Orders"), MessageBody=\'{"id": "example"}\')'),
        ("book", 'MessageGroupId="example"'),
        ("wait", 'queue=serverless.attribute("Late", "Arn")'),
        ("theirs", 'queue="arn:aws:sqs:us-east-1:210987654321:theirs.fifo"'),
        ("read", 'sns.publish(TopicArn=serverless.ref("News"), Message=\'{"id": "example"}\')'),
        ("choose", "aws_events.sns.notification("),
        ("follow", '{"pk": "example", "n": 1}'),
        ("count", 'stream=serverless.ref("Clicks")'),
        ("nightly", 'aws_events.eventbridge.scheduled_rule(rule=serverless.ref("NightlyE"))'),
        ("told", 'event = {"deep": [1, None, True]}'),
        ("later", "aws_events.scheduler.default_input()"),
        ("placed", 'source="shop.example"'),
        ("placed", 'detail_type="placed"'),
        ("placed", '{"state": "new", "total": 6}'),
        ("stored", 'aws_events.eventbridge.s3_object_created(bucket=serverless.ref("Uploads"), key="example")'),
        ("stopped", 'aws_events.eventbridge.aws_service(source="aws.ec2")'),
        ("helper", "# Nothing in the template calls it: write what its callers send."),
    ],
)
def test_each_trigger_has_the_event_that_its_template_describes(folder, init, name, line):
    template(folder, *SHOP)
    init()

    text = written(folder, name)

    assert line in text
    assert max(map(len, text.splitlines())) <= 120


def test_routes_that_want_authorization_or_a_key_are_asked_with_them(folder, init):
    template(
        folder,
        "  Rest:\n    Type: AWS::Serverless::Api\n    Properties: "
        "{StageName: dev, Auth: {DefaultAuthorizer: AWS_IAM}}\n",
        function("Mine", "{Type: Api, Properties: {Path: /mine, Method: get, RestApiId: !Ref Rest}}"),
        function(
            "Keyed",
            "{Type: Api, Properties: {Path: /keyed, Method: get, RestApiId: !Ref Rest, "
            "Auth: {Authorizer: NONE, ApiKeyRequired: true}}}",
        ),
    )
    init()

    assert 'authorizer={"userArn": "arn:aws:iam::123456789012:user/example"}' in written(folder, "mine")
    assert 'headers={"x-api-key": "example"}' in written(folder, "keyed")
    load = (folder / "loadtests" / "steady.py").read_text()
    assert "# The route wants iam authorization: set `auth` of the class, or add headers." in load
    assert "# The route wants an API key: set `auth` of the class, or add headers." in load


def scenario(folder, monkeypatch):
    """Read the load test as Locust's process would, without Locust."""
    monkeypatch.setitem(sys.modules, "pytest_serverless.locust", SimpleNamespace(Scenario=object))
    written = runpy.run_path(str(folder / "loadtests" / "steady.py"))["Steady"]
    given = {name: getattr(written(), name) for name in vars(written) if not name.startswith("_")}
    return define("Steady", given)


def asked(definition, journey):
    """Return what a journey asks for, and what its step is called."""
    calls = []
    call = SimpleNamespace(
        request=lambda *given, **named: calls.append((*given, named)),
        invoke=lambda *given, **named: calls.append((*given, named)),
    )
    definition.journeys[journey](call)
    return calls


def test_the_load_test_asks_every_route_of_the_first_api_at_a_steady_rate(folder, init, monkeypatch):
    template(folder, *SHOP[9:11], function("Put", '{Type: Api, Properties: {Path: "/items/{id}", Method: put}}'))
    init()

    steady = scenario(folder, monkeypatch)

    assert steady.api == "ServerlessRestApi"
    assert asked(steady, "get_items_id") == [("GET", "/items/example", {"name": "GET /items/{id}"})]
    assert asked(steady, "put_items_id") == [("PUT", "/items/example", {"json": {}, "name": "PUT /items/{id}"})]
    assert len(steady.journeys) == 2
    assert [(phase.name, phase.judged, phase.to_per_s) for phase in steady.plan.phases] == [
        ("warm-up", False, 10),
        ("hold", True, 10),
    ]
    assert {each.metric for each in steady.thresholds} == {"failed", "function_errors", "throttles", "latency.p99"}


def test_the_only_api_is_not_named_so_that_a_host_may_stand_for_it(folder, init, monkeypatch):
    template(folder, function("PostItem", "{Type: HttpApi, Properties: {Path: /items, Method: post}}"))

    _, output, _ = init()
    steady = scenario(folder, monkeypatch)

    assert steady.api is None
    assert asked(steady, "") == [("POST", "/items", {"json": {}})]
    load = Path("loadtests")
    assert f"Measure:        locust -f {load} --headless --serverless-local template.yaml" in output
    text = (folder / load / "steady.py").read_text()
    assert re.findall(r"^(?:from|import) .*", text, re.MULTILINE) == ["from pytest_serverless.locust import Scenario"]


def test_without_an_api_the_first_function_is_invoked(folder, init, monkeypatch):
    template(folder, function("Web", Runtime="nodejs22.x"), function("Helper"))
    init()

    steady = scenario(folder, monkeypatch)

    assert steady.function == "Web"
    assert asked(steady, "") == [({"payload": {}},)]


def test_load_tests_that_are_there_are_not_joined_by_another(folder, init):
    template(folder, function("Helper"))
    (folder / "loadtests").mkdir()
    (folder / "loadtests" / "mine.py").write_text("# mine")

    _, output, _ = init("--force")

    assert [path.name for path in (folder / "loadtests").iterdir()] == ["mine.py"]
    assert f"{Path('loadtests', 'mine.py')} is there already; no other load test was written" in output


def test_the_load_test_is_kept_once_it_is_there(folder, init):
    template(folder, function("Helper"))
    init()
    steady = folder / "loadtests" / "steady.py"
    steady.write_text("# changed")

    _, output, _ = init()

    assert steady.read_text() == "# changed"
    assert f"kept    {Path('loadtests', 'steady.py')}" in output


def test_files_that_are_there_are_kept_unless_forced(folder, init):
    template(folder, function("Helper"), function("Other"))
    (folder / "tests").mkdir()
    mine = folder / "tests" / "test_helper.py"
    mine.write_text("# mine")

    status, output, _ = init()

    assert status == 0
    assert mine.read_text() == "# mine"
    assert f"kept    {Path('tests', 'test_helper.py')}" in output
    assert f"wrote   {Path('tests', 'test_other.py')}" in output
    init("--force")
    assert "def test_can_be_invoked(serverless)" in mine.read_text()


def test_functions_that_are_not_run_in_process_are_skipped_by_name(folder, init):
    template(folder, function("Helper"), function("Web", Runtime="nodejs22.x"))

    _, output, _ = init()

    assert "skipped Web: it runs on nodejs22.x" in output
    assert [path.name for path in (folder / "tests").iterdir()] == ["test_helper.py"]


def test_names_that_come_out_alike_are_kept_apart(folder, init):
    template(folder, function("GetItem"), function("GETItem"), function("Getitem"))
    init()

    names = sorted(path.name for path in (folder / "tests").iterdir())

    assert names == ["test_get_item.py", "test_get_item_2.py", "test_getitem.py"]


def test_two_templates_have_to_be_told_apart(folder, init):
    stack = template(folder, function("Helper"))
    (folder / "serverless.yml").write_text("service: shop\nprovider: {name: aws, runtime: python3.12}\n")

    status, _, error = init()

    assert status == 2
    assert "template.yaml and serverless.yml" in error
    assert "--template FILE" in error
    assert not (folder / "tests").exists()
    assert init("--template", stack)[0] == 0
    assert 'template="../template.yaml"' in written(folder, "helper")


def test_a_broken_template_is_told_with_its_lines_and_nothing_is_written(folder, init):
    template(folder, function("Helper", MemorySize="!Ref Nowhere"))

    status, _, error = init()

    assert status == 2
    assert "template.yaml:9" in error
    assert "Nowhere" in error
    assert not (folder / "tests").exists()


def test_without_a_template_those_below_are_named(folder, init):
    assert "There is no template.yaml or serverless.yml in this folder." in init()[2]
    (folder / "orders").mkdir()
    template(folder / "orders", function("Helper"))

    status, _, error = init()

    assert status == 2
    assert f"Below it there are {Path('orders', 'template.yaml')}: name the folder of one." in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "nowhere is no folder."),
        (("--template", "no.yaml"), "--template no.yaml: there is no such file."),
    ],
)
def test_what_is_not_there_is_named(folder, init, arguments, message):
    assert init(*arguments) == (2, "", f"pytest-serverless: {message}\n")


def test_an_application_without_python_has_nothing_to_test(folder, init):
    template(folder, function("Web", Runtime="nodejs22.x"))

    status, _, error = init()

    assert status == 2
    assert "there is nothing to test" in error


def test_a_folder_that_cannot_be_written_is_an_error(folder, init):
    template(folder, function("Helper"))
    (folder / "tests").write_text("a file")

    status, _, error = init()

    assert status == 2
    assert "cannot be written" in error


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ResizeImage", "resize_image"),
        ("HTTPHandlerV2", "http_handler_v2"),
        ("GET /items/{id}", "get_items_id"),
        ("a--b", "a_b"),
        ("数", "function"),
    ],
)
def test_names_are_sanitised(name, expected):
    assert snake(name) == expected


@pytest.mark.parametrize(
    "value", ["text", 'with "quotes" and \\', {"a": [1, None, True, "é\n"]}, {"k" * 60: "v" * 60, "n": {"x": b"y"}}, []]
)
def test_a_literal_is_the_value_again(value):
    assert ast.literal_eval(literal(value)) == value


def test_a_call_that_does_not_fit_has_an_argument_a_line():
    assert call("f", "a=1", "b=2") == "f(a=1, b=2)"
    assert call("f", "a" * 60, "b" * 60) == f"f(\n    {'a' * 60},\n    {'b' * 60},\n)"


def test_names_are_numbered_without_regard_to_case():
    assert distinct(["a", "A", "b", "a"]) == ["a", "A_2", "b", "a_3"]
