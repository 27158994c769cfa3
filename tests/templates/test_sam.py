"""What SAM leaves to us: folders of code, layers, lines, triggers' names, notes; beside it stands `test_sam_oracle`."""

import json
from pathlib import Path

import pytest
import samtranslator
from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor

from pytest_serverless.templates import load
from pytest_serverless.templates.lambda_functions import RUNTIMES
from pytest_serverless.templates.sam_policies import _fill, _table, managed_arn

FOLDER = Path(__file__).parents[2] / "fixtures/templates/sam"
HEAD = "Transform: AWS::Serverless-2016-10-31\n"


@pytest.fixture
def app_of(tmp_path):
    def app_of(body, **options):
        path = tmp_path / "template.yaml"
        path.write_text(HEAD + body)
        return load(path, stack="demo", **options)

    return app_of


def function(**properties):
    merged = {"Handler": "app.handler", "Runtime": "python3.12", **properties}
    return f"Resources: {{Fn: {{Type: AWS::Serverless::Function, Properties: {json.dumps(merged)}}}}}\n"


def notes(app):
    return " ".join(note.text for note in app.notes)


def test_code_is_the_absolute_folder_and_without_a_path_the_templates_own(app_of, tmp_path):
    (tmp_path / "src/orders").mkdir(parents=True)

    assert app_of(function(CodeUri="src/orders")).functions["Fn"].code == (tmp_path / "src/orders").resolve()
    assert app_of(function(CodeUri="./src/../src/orders/")).functions["Fn"].code == (tmp_path / "src/orders").resolve()
    assert app_of(function()).functions["Fn"].code == tmp_path.resolve()


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"CodeUri": "s3://bucket/key"}, "Fn is packed as s3://bucket/key, which is not run in process."),
        ({"CodeUri": "dist/fn.zip"}, "Fn is packed as dist/fn.zip, which is not run in process."),
        ({"InlineCode": "def handler(e, c): ..."}, "Fn has its code in the template, which is not run in process."),
        ({"PackageType": "Image", "ImageUri": "x:1"}, "Fn is a container image, which is not run in process."),
        (
            {"Runtime": "nodejs22.x"},
            "Fn runs on nodejs22.x; only Python is run in process; the local platform runs it.",
        ),
        ({"Runtime": "java21"}, "Fn runs on java21; only Python is run in process."),
        ({"BrandNew": 1}, "The property BrandNew of Fn is not known here, and has no effect."),
        ({"DeploymentPreference": {"Type": "AllAtOnce"}}, "The DeploymentPreference of Fn has no effect"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:1:layer:other:3"]},
            "Fn has the layer arn:aws:lambda:us-east-1:1:layer:other:3",
        ),
    ],
)
def test_what_is_not_run_in_process_is_noted(app_of, properties, said):
    app = app_of(function(**properties))

    assert said in notes(app)
    assert app.notes[0].origin.line == 2


def test_code_that_is_given_by_a_bucket_is_in_no_folder(app_of):
    assert app_of(function(CodeUri={"Bucket": "b", "Key": "k"})).functions["Fn"].code is None


def test_layers_of_the_template_are_folders():
    app = load(FOLDER / "policies.yaml", stack="demo")

    assert app.functions["Templates"].layers == (FOLDER / "layer",)
    assert app.resources["Shared"].name == "arn:aws:lambda:us-east-1:123456789012:layer:Shared:1"


def test_a_trigger_is_named_after_its_event_and_stands_on_its_line(app_of):
    app = load(FOLDER / "events.yaml", stack="demo")
    named = {trigger.id: trigger for trigger in app.triggers}
    lines = (FOLDER / "events.yaml").read_text().splitlines()

    assert {"PulledQueue", "PushedUpload", "PushedUpload2", "PushedNotice", "PushedLines"} <= named.keys()
    assert lines[named["PulledQueue"].origin.line - 1].strip() == "Queue:"
    assert lines[named["PushedUpload"].origin.line - 1].strip() == "Upload:"


def test_the_source_of_a_trigger_is_the_resource_whose_stream_or_queue_it_is():
    sources = {trigger.id: trigger.source for trigger in load(FOLDER / "events.yaml", stack="demo").triggers}

    assert sources["PulledChanges"] == "Table"
    assert sources["PulledQueue"] == "Orders"
    assert sources["PushedBufferedEventSourceMapping"] == "PushedBufferedQueue"


def test_routes_have_the_cors_settings_of_their_api():
    routes = {trigger.id: trigger.settings for trigger in load(FOLDER / "apis.yaml", stack="demo").triggers}

    assert routes["GuardedJwt"].cors == {
        "allow_origins": ["https://example.com"],
        "allow_methods": ["GET"],
        "allow_credentials": True,
        "max_age": 60,
    }
    assert routes["ItemsList"].cors == {"allow_origins": ["*"], "allow_methods": ["GET", "OPTIONS", "POST"]}
    assert routes["UrlUrl"].cors == {"allow_origins": ["*"]}


def test_each_trigger_has_an_id_of_its_own():
    for name in ("events", "apis", "advanced"):
        ids = [trigger.id for trigger in load(FOLDER / f"{name}.yaml", stack="demo").triggers]

        assert len(set(ids)) == len(ids)


def test_what_is_made_of_a_function_can_be_referred_to(app_of):
    app = app_of(
        function(AutoPublishAlias="live", FunctionUrlConfig={"AuthType": "NONE"}) + "Outputs:\n"
        "  Role: {Value: !GetAtt FnRole.Arn}\n"
        "  Alias: {Value: !Ref Fn.Alias}\n"
        "  Version: {Value: !Sub '${Fn.Version}'}\n"
        "  Url: {Value: !GetAtt FnUrl.FunctionUrl}\n"
        "  Number: {Value: !GetAtt FnVersion.Version}\n"
    )
    arn = app.resources["Fn"].arn

    assert app.outputs == {
        "Role": app.resources["FnRole"].arn,
        "Alias": f"{arn}:live",
        "Version": f"{arn}:1",
        "Url": app.resources["FnUrl"].attributes["FunctionUrl"],
        "Number": "1",
    }


def test_a_condition_takes_a_function_and_all_that_comes_with_it():
    on, off = (load(FOLDER / "policies.yaml", stack="demo", parameters={"Production": p}) for p in ("yes", "no"))

    assert on.resources.keys() - off.resources.keys() == {"Maybe", "MaybeRole", "MaybeTick", "MaybeTickPermission"}
    assert off.resources.keys() - on.resources.keys() == {"ChosenRole"}
    assert [trigger.id for trigger in on.triggers if trigger.function == "Maybe"] == ["MaybeTick"]


def test_globals_give_way_to_what_a_function_says_and_lists_are_joined(app_of):
    app = app_of(
        "Globals:\n  Function:\n    Handler: a.b\n    Runtime: python3.12\n    Timeout: 9\n"
        "    Architectures: [x86_64]\n    Environment: {Variables: {A: '1', B: '2'}}\n"
        "    VpcConfig: {SecurityGroupIds: [sg-1], SubnetIds: [s-1]}\n"
        "Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Timeout: 3\n      Architectures: [arm64]\n      Environment: {Variables: {B: '3', C: '4'}}\n"
        "      VpcConfig: {SecurityGroupIds: [sg-2]}\n"
    )
    properties = app.resources["Fn"].properties

    assert app.functions["Fn"].timeout_s == 3
    assert app.functions["Fn"].environment == {"A": "1", "B": "3", "C": "4"}
    assert properties["Architectures"] == ["arm64"]
    assert properties["VpcConfig"] == {"SecurityGroupIds": ["sg-1", "sg-2"], "SubnetIds": ["s-1"]}


def test_a_definition_may_stand_in_a_file_as_it_is_or_included(app_of, tmp_path):
    integration = {
        "type": "aws_proxy",
        "uri": {"Fn::Sub": "arn:aws:apigateway:x:lambda:path/y/functions/${Fn.Arn}/invocations"},
    }
    body = {"openapi": "3.0.1", "paths": {"/a": {"get": {"x-amazon-apigateway-integration": integration}}}}
    (tmp_path / "api.json").write_text(json.dumps(body))
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.json"}}}
    for definition in ({"DefinitionUri": "api.json"}, {"DefinitionBody": include}):
        api = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "x", **definition}}
        app = app_of(function().replace("Resources: {", f"Resources: {{Api: {json.dumps(api)}, "))

        assert [(trigger.settings.method, trigger.settings.path) for trigger in app.triggers] == [("GET", "/a")]


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (
            "{Type: AWS::Serverless::Connector, Properties: {}}",
            "The connector X is not read: nobody gets permissions by it.",
        ),
        ("{Type: AWS::SQS::Queue, Connectors: {A: {}}}", "The connectors of X are not read"),
        (
            "{Type: AWS::Serverless::Application, Properties: {Location: a.yaml}}",
            "The nested application X is not read",
        ),
        ("{Type: AWS::Serverless::GraphQLApi}", "X is an AWS::Serverless::GraphQLApi, which is kept as it is"),
        (
            "{Type: AWS::Serverless::Api, Properties: {StageName: x, DefinitionUri: 's3://b/k'}}",
            "The definition of X at 's3://b/k' is not read: its routes are missing.",
        ),
        (
            "{Type: AWS::Serverless::StateMachine, Properties: {Definition: {}, Events: {A: {Type: Schedule}}}}",
            "The events of the state machine X start nothing here.",
        ),
    ],
)
def test_what_has_no_effect_here_is_noted(app_of, resource, said):
    assert said in notes(app_of(f"Resources:\n  X: {resource}\n"))


def test_every_policy_template_gives_what_sams_own_processor_gives():
    source = Path(samtranslator.__file__).parent / "policy_templates_data/policy_templates.json"
    processor = PolicyTemplatesProcessor(json.loads(source.read_text()))
    table = _table()["templates"]

    assert table.keys() == processor.policy_templates.keys()
    for name, template in table.items():
        given = {parameter: f"the-{parameter}" for parameter in template["parameters"]}
        expected = processor.convert(name, given)["Statement"]

        assert _fill(template["statements"], given) == expected


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
        ("DatabaseAdministrator", "arn:aws:iam::aws:policy/job-function/DatabaseAdministrator"),
        ("AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        ("arn:aws:iam::123456789012:policy/mine", "arn:aws:iam::123456789012:policy/mine"),
    ],
)
def test_a_managed_policy_is_known_by_its_name(name, arn):
    assert managed_arn(name, "aws") == arn


def test_every_runtime_that_lambda_has_is_known():
    """Source: the Lambda API's own model, as botocore ships it."""
    botocore = pytest.importorskip("botocore.session")
    model = botocore.get_session().get_service_model("lambda")

    assert set(model.shape_for("Runtime").enum) <= set(RUNTIMES)
