"""Applications of a `serverless.yml`: names, functions, triggers, roles, resources, notes and faults."""

from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.errors import TemplateError
from pytest_serverless.templates.load import load
from pytest_serverless.templates.reader import Block, read
from pytest_serverless.templates.serverless_yml import load_serverless

EVENTS = Path(__file__).parents[2] / "fixtures/templates/serverless/events/serverless.yml"

SERVICE = "service: shop\nprovider: {name: aws, runtime: python3.12}\n"


@pytest.fixture
def service(tmp_path):
    """Load the text of a service."""

    def loaded(text, **options):
        path = tmp_path / "serverless.yml"
        path.write_text(SERVICE + text if "service:" not in text else text)
        return load_serverless(path, **options)

    return loaded


@pytest.fixture
def faults_of(service):
    """Load the text of a service that cannot be deployed, and return what is wrong with it."""

    def found(text, **options):
        with pytest.raises(TemplateError) as caught:
            service(text, **options)
        return [str(fault) for fault in caught.value.faults]

    return found


@pytest.fixture(scope="module")
def events():
    return load_serverless(EVENTS)


def test_a_function_is_called_after_service_stage_and_itself(service):
    app = service("functions: {hello: {handler: src/app.hello}}", stage="prod")

    assert app.name == "shop-prod"
    assert app.functions["HelloLambdaFunction"].name == "shop-prod-hello"
    assert service("functions: {hello: {handler: a.b, name: other}}").functions["HelloLambdaFunction"].name == "other"


def test_a_function_has_its_handler_code_limits_and_environment(events):
    function = events.functions["WebLambdaFunction"]

    assert (function.handler, function.code) == ("src/app.web", EVENTS.parent)
    assert (function.timeout_s, function.memory_mb) == (20, 512)
    assert function.environment == {"STAGE": "dev", "LEVEL": "debug", "TABLE": events.resources["Orders"].name}
    assert (function.settings.region, function.settings.runtime) == ("eu-west-1", "python3.12")
    assert function.origin.line == 46


def test_a_function_without_settings_has_those_of_the_framework(service):
    function = service("functions: {hello: {handler: a.b}}").functions["HelloLambdaFunction"]

    assert (function.timeout_s, function.memory_mb) == (6, 1024)


def test_a_variable_that_is_null_is_not_set(service):
    text = "functions: {hello: {handler: a.b, environment: {GONE: null, KEPT: 1, TRUE: true}}}"

    assert service(text).functions["HelloLambdaFunction"].environment == {"KEPT": "1", "TRUE": "true"}


def test_a_function_with_a_module_of_its_own_is_packaged_from_there(service, tmp_path):
    (tmp_path / "hello").mkdir()
    text = "functions: {hello: {handler: app.handle, module: hello}}\nplugins: [serverless-python-requirements]"

    assert service(text).functions["HelloLambdaFunction"].code == tmp_path / "hello"


def test_layers_are_folders_beside_the_code(service, tmp_path):
    (tmp_path / "layer/python").mkdir(parents=True)
    text = """
layers: {shared-code: {path: layer}}
functions: {hello: {handler: a.b, layers: [!Ref SharedDashcodeLambdaLayer]}}
"""

    assert service(text).functions["HelloLambdaFunction"].layers == (tmp_path / "layer",)


def routes(app, front):
    return {
        (trigger.settings.method, trigger.settings.path): trigger.settings
        for trigger in app.triggers
        if isinstance(trigger.settings, HttpRoute) and trigger.settings.front == front
    }


def test_http_events_are_routes_of_a_rest_api(events):
    found = routes(events, "rest_api")

    assert list(found) == [("GET", "/orders"), ("PUT", "/orders/{id}"), ("DELETE", "/orders/{id}"), ("ANY", "/pool")]
    assert {route.stage for route in found.values()} == {"dev"}
    assert {route.binary_types for route in found.values()} == {("image/*",)}
    assert [route.authorizer for route in found.values()] == [None, "lambda", "iam", "cognito"]
    assert found["PUT", "/orders/{id}"].api_key_required
    assert found["DELETE", "/orders/{id}"].cors["allow_credentials"]


def test_http_api_events_are_routes_of_an_http_api(events):
    found = routes(events, "http_api")

    assert {key: route.authorizer for key, route in found.items()} == {
        ("GET", "/v2/orders/{id}"): None,
        ("POST", "/v2/orders"): "jwt",
        ("ANY", "/v2/doors/{proxy+}"): "lambda",
        ("PATCH", "/v2/locked"): "iam",
        ("ANY", "$default"): None,
    }
    assert {route.payload_format for route in found.values()} == {"1.0"}
    assert "POST" in found["GET", "/v2/orders/{id}"].cors["allow_methods"]


def test_an_alb_event_is_a_route_of_a_listener_that_is_elsewhere(events):
    found = routes(events, "alb")

    assert list(found) == [("GET", "/alb/*"), ("POST", "/alb/*")]
    assert found["GET", "/alb/*"].multi_value_headers
    assert found["GET", "/alb/*"].api.endswith("listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2")


def test_a_function_url_is_a_route(events):
    assert routes(events, "function_url")["ANY", "$default"].cors["allow_origins"] == ["*"]


def test_a_bucket_that_is_there_already_calls_the_function(service):
    text = """
functions:
  hello:
    handler: a.b
    events:
      - s3: {bucket: !Ref Uploads, existing: true, event: s3:ObjectRemoved:*, rules: [{suffix: .jpg}]}
resources: {Resources: {Uploads: {Type: AWS::S3::Bucket}}}
"""

    [trigger] = service(text).triggers
    assert (trigger.kind, trigger.source, trigger.function) == ("s3", "Uploads", "HelloLambdaFunction")
    assert trigger.settings["Event"] == "s3:ObjectRemoved:*"
    assert trigger.settings["Filter"] == {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".jpg"}]}}


def test_a_trigger_stands_where_its_event_does(events):
    lines = {trigger.id: trigger.origin.line for trigger in events.triggers}

    assert lines["ConsumerEventSourceMappingSQSPlain"] == 117
    assert lines["HttpApiRouteDefault ANY $default"] == 103


def test_functions_share_a_role_with_the_providers_statements(events):
    policies = {policy.name: policy for policy in events.policies if policy.principal == "IamRoleLambdaExecution"}
    statements = policies["every-event-dev-lambda"].statements

    assert {function.role for function in events.functions.values()} == {"IamRoleLambdaExecution"}
    assert policies["AWSXRayDaemonWriteAccess"].managed == "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
    table = events.resources["Orders"].arn
    assert any(
        item["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"] and item["Resource"] == table for item in statements
    )


@pytest.mark.parametrize(
    "text",
    [
        "iamRoleStatements: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]",
        "iam: {role: {statements: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}",
    ],
)
def test_a_function_may_have_a_role_of_its_own(service, text):
    app = service(f"functions: {{hello: {{handler: a.b, {text}}}, other: {{handler: a.c}}}}")

    assert app.functions["HelloLambdaFunction"].role == "HelloIamRoleLambdaExecution"
    assert app.functions["OtherLambdaFunction"].role == "IamRoleLambdaExecution"
    actions = [item["Action"] for policy in app.policies for item in policy.statements]
    assert actions.count("s3:GetObject") == 1


def test_every_function_has_a_role_of_its_own_in_that_mode_of_version_4(service):
    text = """
service: shop
provider:
  name: aws
  runtime: python3.12
  iam: {role: {mode: perFunction, statements: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}}
functions:
  one: {handler: a.b}
  two: {handler: a.b, iam: {inheritStatements: false}}
"""
    app = service(text)

    assert {function.role for function in app.functions.values()} == {
        "OneIamRoleLambdaExecution",
        "TwoIamRoleLambdaExecution",
    }
    inheriting = {
        policy.principal for policy in app.policies for item in policy.statements if item["Action"] == "sqs:*"
    }
    assert inheriting == {"OneIamRoleLambdaExecution"}


def test_resources_may_come_in_several_parts_and_change_what_the_framework_makes(service, tmp_path):
    (tmp_path / "table.yml").write_text("Resources: {Items: {Type: AWS::DynamoDB::Table}}")
    text = """
functions: {hello: {handler: a.b}}
resources:
  - ${file(table.yml)}
  - Resources:
      HelloLogGroup: {Properties: {RetentionInDays: 3}}
    extensions:
      HelloLambdaFunction: {Properties: {Timeout: 9}}
    Outputs: {Arn: {Value: !GetAtt HelloLambdaFunction.Arn}}
"""
    app = service(text)

    assert app.resources["Items"].type == "AWS::DynamoDB::Table"
    assert app.resources["HelloLogGroup"].properties["RetentionInDays"] == 3
    assert app.functions["HelloLambdaFunction"].timeout_s == 9
    assert app.outputs["Arn"] == "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-hello"


def test_functions_may_come_in_several_parts(service, tmp_path):
    (tmp_path / "one.yml").write_text("one: {handler: a.one}")

    app = service("functions:\n  - ${file(one.yml)}\n  - two: {handler: a.two}\n")

    assert [function.handler for function in app.functions.values()] == ["a.one", "a.two"]


def test_an_extension_of_nothing_is_a_fault(faults_of):
    [fault] = faults_of("functions: {}\nresources:\n  extensions:\n    Ghost: {Properties: {}}\n")

    assert "serverless.yml:6" in fault
    assert "'Ghost'" in fault


def test_region_and_account_are_those_that_are_given(service):
    text = "functions: {hello: {handler: a.b, environment: {WHERE: '${aws:region}/${aws:accountId}'}}}"
    function = service(text, region="eu-west-3", account="999999999999").functions["HelloLambdaFunction"]

    assert function.environment["WHERE"] == "eu-west-3/999999999999"
    assert (function.settings.region, function.settings.account) == ("eu-west-3", "999999999999")


def test_the_file_is_known_by_its_service_and_read_with_the_choices_of_a_run(tmp_path):
    path = tmp_path / "serverless.yml"
    variables = "{SIZE: '${opt:size}', LEVEL: '${param:level}', TOKEN: '${ssm:/token}'}"
    path.write_text(f"{SERVICE}functions: {{hello: {{handler: a.b, environment: {variables}}}}}\n")

    app = load(path, environment="prod", parameters={"size": 1, "level": "info"}, imports={"ssm:/token": "t"})

    assert app.functions["HelloLambdaFunction"].name == "shop-prod-hello"
    assert app.functions["HelloLambdaFunction"].environment == {"SIZE": "1", "LEVEL": "info", "TOKEN": "t"}


def test_the_region_is_the_providers_unless_another_is_chosen(tmp_path):
    path = tmp_path / "serverless.yml"
    path.write_text("service: shop\nprovider: {name: aws, runtime: python3.12, region: eu-west-1}\nfunctions: {}\n")

    assert (
        load(path)
        .resources["ServerlessDeploymentBucket"]
        .attributes["RegionalDomainName"]
        .endswith("s3.eu-west-1.amazonaws.com")
    )
    assert (
        load(path, region="eu-west-2")
        .resources["ServerlessDeploymentBucket"]
        .attributes["RegionalDomainName"]
        .endswith("s3.eu-west-2.amazonaws.com")
    )


def test_env_files_are_used_where_the_service_says_so(service, tmp_path):
    (tmp_path / ".env").write_text("COLOUR=red\nOTHER=file\n")
    text = "useDotenv: true\nfunctions: {hello: {handler: a.b, environment: {C: '${env:COLOUR}', O: '${env:OTHER}'}}}"

    function = service(text, environment={"OTHER": "process"}).functions["HelloLambdaFunction"]
    assert function.environment == {"C": "red", "O": "process"}


def test_exports_of_other_stacks_come_from_stubs(service, faults_of):
    text = "functions: {hello: {handler: a.b, environment: {VPC: !ImportValue vpc-id}}}"

    assert service(text, stubs={"vpc-id": "vpc-1"}).functions["HelloLambdaFunction"].environment == {"VPC": "vpc-1"}
    assert "vpc-id" in faults_of(text)[0]


def test_plugins_and_their_events_are_noted(service):
    plugins = "plugins: [serverless-step-functions, serverless-offline]"
    app = service(f"{plugins}\nfunctions: {{hello: {{handler: a.b, events: [{{appSync: x}}]}}}}")

    said = [note.text for note in app.notes]
    assert any("'serverless-step-functions' is not run" in text for text in said)
    assert any("'appSync'" in text for text in said)
    assert not any("offline" in text for text in said)


def test_a_route_behind_templates_is_noted(service):
    app = service("functions: {hello: {handler: a.b, events: [{http: {path: x, method: get, integration: lambda}}]}}")

    assert any("its templates are not run" in note.text for note in app.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("functions: {hello: {timeout: 3}}", "'hello' has no handler"),
        ("functions: {hello: {handler: a.b, events: [{httpApi: {path: /x}}]}}", "no method"),
        ("functions: {hello: {handler: a.b, events: [{http: {path: x}}]}}", "no method"),
        ("functions: {hello: {handler: a.b, events: [{httpApi: 'GET /x'}, {httpApi: 'GET /x'}]}}", "'GET /x'"),
        ("functions: {hello: {handler: a.b, events: [{httpApi: {path: /x, method: get, authorizer: who}}]}}", "'who'"),
        ("functions: {hello: {handler: a.b, events: [{http: {path: x, method: get, authorizer: who}}]}}", "'who'"),
        ("functions: {hello: {handler: a.b, events: [{stream: {arn: !GetAtt T.StreamArn}}]}}", "`type: dynamodb`"),
        ("functions: {hello: {handler: a.b, events: [{s3: {bucket: !Ref B}}]}}", "`existing: true`"),
        ("functions: {hello: {handler: a.b, events: [{sns: {arn: !Ref T}}]}}", "`topicName`"),
        ("functions: {hello: {handler: a.b, destinations: {onFailure: other}}}", "'other'"),
        ("functions: {hello: {handler: a.b, destinations: {onFailure: {Ref: Queue}}}}", "'hello' has no arn"),
        ("functions: {hello: {handler: a.b, environment: {X: !Ref Nothing}}}", "Nothing"),
        ("functions: {hello: {handler: a.b, runtime: python9.9}}", "python9.9"),
        ("service: shop\nprovider: {name: azure}", "'azure'"),
        ("service: ''\nprovider: {name: aws}", "no name"),
    ],
)
def test_what_cannot_be_deployed_is_a_fault_with_its_line(faults_of, text, said):
    faults = faults_of(text)

    assert any(said in fault for fault in faults)
    assert all("serverless.yml:" in fault for fault in faults)


def test_all_faults_are_told_at_once(faults_of):
    variables = "      A: ${env:A}\n      B: ${ssm:/b}\n      C: !Ref C\n"
    text = f"functions:\n  hello:\n    handler: a.b\n    environment:\n{variables}"

    faults = faults_of(text, environment={})

    assert len(faults) == 3
    assert [fault.partition("serverless.yml:")[2].partition(":")[0] for fault in faults] == ["7", "8", "9"]


@pytest.mark.parametrize("text", ["service:\n", "- a\n- b\n", "service: [\n"])
def test_what_is_no_service_is_a_fault(tmp_path, text):
    path = tmp_path / "serverless.yml"
    path.write_text(text)

    with pytest.raises(TemplateError):
        load_serverless(path)


def places(node, key=()):
    """Every place in a tree."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield (*key, name)
        yield from places(child, (*key, name))


def copied(node):
    if isinstance(node, Block):
        block = node.like()
        block.update((name, copied(child)) for name, child in node.items())
        return block
    return [copied(child) for child in node] if isinstance(node, list) else node


DOCUMENT = read(EVENTS)
ODD = (None, "x", 5, True, [], ["x"], Block(EVENTS, 1), Block(EVENTS, 1, [("Ref", "Orders")]))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(place=st.sampled_from(list(places(DOCUMENT))), odd=st.sampled_from(ODD))
def test_whatever_stands_in_it_comes_to_an_application_or_to_faults(place, odd):
    document = copied(DOCUMENT)
    node = document
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = copied(odd)

    with patch("pytest_serverless.templates.serverless_yml.read", return_value=document), suppress(TemplateError):
        assert load_serverless(EVENTS, environment={}).resources
