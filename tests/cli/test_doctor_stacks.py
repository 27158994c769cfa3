"""What doctor says of stacks: functions that import or not, what has no counterpart here, faults of templates."""

import json
import os
import sys

import pytest

from pytest_serverless.cli import main
from pytest_serverless.cli.doctor_stacks import examine_stacks, templates_in

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: src, Runtime: python3.12}
Resources:
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def function(name, handler, more=""):
    return f"  {name}: {{Type: AWS::Serverless::Function, Properties: {{Handler: {handler}{more}}}}}\n"


def stack(folder, *resources, **modules):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "template.yaml").write_text(TEMPLATE + "".join(resources))
    for name, text in modules.items():
        (folder / "src" / f"{name}.py").write_text(text)


def only(folder, **options):
    [report] = examine_stacks(folder, **options)
    return report


def about(folder, module, handler="app.handler", more="", **options):
    """Doctor's finding on one function whose module is `module`."""
    stack(folder, function("Fn", handler, more), app=module)
    [finding] = only(folder, **options).functions
    assert finding.subject == "Fn"
    return finding


@pytest.mark.realtime
def test_a_handler_that_imports_is_well_and_is_not_imported_into_this_process(folder):
    finding = about(folder, "import os\nopen('imported.txt', 'w').write(str(os.getpid()))\ndef handler(e, c): ...")

    assert (finding.level, finding.text) == ("ok", "app.handler can be imported")
    assert (folder / "src" / "imported.txt").read_text() != str(os.getpid())
    assert "app" not in sys.modules


@pytest.mark.realtime
def test_a_missing_requirement_is_named_with_the_line_that_needs_it_and_the_file_to_install(folder):
    (folder / "src").mkdir()
    (folder / "src" / "requirements.txt").write_text("no-such-thing\n")

    finding = about(folder, "import os\nimport no_such_thing\n")

    assert finding.level == "problem"
    assert finding.text == f"{os.path.join('src', 'app.py')}:2: 'no_such_thing' is not installed"
    assert finding.remedy == f"pip install -r {os.path.join('src', 'requirements.txt')}"


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("def handler(:\n", "app.py:1: invalid syntax"),
        ("x = 1\n\nraise ValueError('no table')\n", "app.py:3: ValueError: no table"),
        ("import os\nos.environ['TABLE']\n", "app.py:2: KeyError: 'TABLE'"),
        ("import sys\nsys.exit(3)\n", "app.py:2: SystemExit: 3"),
        ("from json import nothing_of_the_kind\n", "app.py:1: ImportError: cannot import name 'nothing_of_the_kind'"),
        ("def handle(e, c): ...\n", "has no 'handler'. Did you mean 'handle'?"),
    ],
)
def test_why_a_handler_cannot_be_imported_is_said_in_one_line(folder, module, words):
    finding = about(folder, module)

    assert finding.level == "problem"
    assert words in finding.text
    assert "\n" not in finding.text


@pytest.mark.realtime
def test_a_module_that_is_not_there_has_its_near_miss(folder):
    finding = about(folder, "def handler(e, c): ...", handler="apps.handler")

    assert finding.level == "problem"
    assert finding.text == "there is no module 'apps' in src. Did you mean 'app'?"


@pytest.mark.realtime
def test_a_process_that_ends_while_importing_is_a_problem(folder):
    finding = about(folder, "import os, sys\nprint('out of luck', file=sys.stderr, flush=True)\nos._exit(7)\n")

    assert finding.level == "problem"
    assert finding.text == "importing app.handler ended the process (7): out of luck"


@pytest.mark.realtime
def test_an_import_that_does_not_end_is_given_up(folder):
    finding = about(folder, "while True: pass\n", limit_s=0.5)

    assert finding.level == "problem"
    assert "is not imported after 0.5 s" in finding.text


@pytest.mark.realtime
def test_a_thread_that_a_module_leaves_running_is_not_waited_for(folder):
    module = "import threading\nthreading.Thread(target=threading.Event().wait).start()\ndef handler(e, c): ..."

    assert about(folder, module, limit_s=20).level == "ok"


@pytest.mark.realtime
def test_a_handler_is_imported_with_its_own_variables_and_no_real_credentials(folder, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the real one")
    monkeypatch.setenv("AWS_PROFILE", "production")
    module = """
import os
assert os.environ["TABLE"] == "orders"
assert os.environ["AWS_REGION"] == "us-east-1"
assert os.environ["AWS_SECRET_ACCESS_KEY"] != "the real one"
assert "AWS_PROFILE" not in os.environ
print("what a module prints is not the answer")
def handler(e, c): ...
"""
    finding = about(folder, module, more=", Environment: {Variables: {TABLE: orders}}")

    assert finding.level == "ok", finding


@pytest.mark.realtime
@pytest.mark.parametrize("swallowed", [False, True])
def test_nothing_that_a_handler_does_when_imported_leaves_the_machine(folder, swallowed):
    connect = "socket.create_connection(('db.example.com', 5432), timeout=1)"
    module = f"try:\n    {connect}\nexcept Exception:\n    pass\n" if swallowed else f"{connect}\n"

    finding = about(folder, f"import socket\n{module}def handler(e, c): ...")

    assert finding.level == "note"
    assert "connects to db.example.com when it is imported" in finding.text


@pytest.mark.realtime
def test_a_call_of_a_service_while_importing_is_no_problem_for_tests_mock_it(folder):
    finding = about(
        folder, "import boto3\nboto3.client('ssm').get_parameter(Name='x')\ndef handler(e, c): ...", limit_s=60
    )

    assert finding.level == "note"
    assert "connects to ssm.us-east-1.amazonaws.com when it is imported" in finding.text
    assert "mocked services answer it in tests" in finding.remedy


@pytest.mark.realtime
def test_modules_of_the_function_come_before_others_and_where_doctor_was_started_does_not_count(folder, monkeypatch):
    (folder / "installed").mkdir()
    (folder / "installed" / "helper.py").write_text("raise ValueError('the wrong one')")
    monkeypatch.setenv("PYTHONPATH", str(folder / "installed"), prepend=os.pathsep)
    (folder / "random.py").write_text("raise ValueError('shadows a module of Python')")
    stack(folder, function("Fn", "app.handler"), app="import helper, random\ndef handler(e, c): ...", helper="")

    [finding] = only(folder).functions

    assert finding.level == "ok", finding


def test_functions_that_are_not_run_in_process_are_noted(folder):
    stack(folder, function("Node", "app.handler", ", Runtime: nodejs22.x"))
    with (folder / "template.yaml").open("a") as file:
        file.write("  Boxed: {Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: x}}}\n")

    report = only(folder)

    found = {finding.subject: finding for finding in report.functions}
    assert {finding.level for finding in report.findings} == {"note"}
    assert found["Node"].text == "runs on nodejs22.x: only Python is run in process, it on the local platform"
    assert "a container image" in found["Boxed"].text


def test_resources_without_a_counterpart_say_what_will_not_work(folder):
    stack(folder, "  Edge: {Type: AWS::CloudFront::Distribution}\n", "  Orders: {Type: AWS::SQS::Queue}\n")

    [finding] = only(folder).unsupported

    assert (finding.level, finding.subject) == ("note", "AWS::CloudFront::Distribution")
    assert finding.text.startswith("Edge: not made in the mocked backends; nothing is served through it")


def test_every_fault_of_a_template_is_told_with_its_line(folder):
    stack(folder, "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nowhere}}\n", function("B", "x.y"))
    template = folder / "template.yaml"
    template.write_text(template.read_text().replace("CodeUri: src", "CodeUri: none"))

    report = only(folder)

    assert [fault.subject for fault in report.faults] == ["A", "B"]
    assert all(fault.level == "problem" and fault.remedy for fault in report.faults)
    assert report.faults[0].text.startswith("template.yaml:6: ")


@pytest.mark.parametrize("content", [b"Resources: [", b"\xff\xfe\x00", b"", b"- a list"])
def test_a_file_that_is_no_template_is_a_problem_of_that_file_alone(folder, content):
    stack(folder / "good", "  Orders: {Type: AWS::SQS::Queue}\n")
    (folder / "bad").mkdir()
    (folder / "bad" / "template.yaml").write_bytes(content)

    bad, good = examine_stacks(folder)

    assert [finding.level for finding in bad.findings] == ["problem"]
    assert good.findings == ()


def test_two_templates_in_one_folder_are_noted_with_the_setting_that_chooses(folder):
    stack(folder)
    (folder / "serverless.yml").write_text("service: shop\nprovider: {name: aws, runtime: python3.12}\n")

    first, second = examine_stacks(folder)

    assert "serverless.yml stands beside it" in first.notes[-1].text
    assert "template.yaml stands beside it" in second.notes[-1].text
    assert "serverless_templates" in first.notes[-1].remedy


def test_templates_are_found_below_the_folder_but_not_in_what_tools_made_or_installed(folder):
    made = (".aws-sam/build", ".git", ".venv", "build", "cdk.out", "dist", "node_modules/x", "a/node_modules", "own")
    for place in ("", "services/a", *made):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "template.yaml").write_text("")
    (folder / "own" / "pyvenv.cfg").write_text("")

    assert [path.relative_to(folder).as_posix() for path in templates_in(folder)] == [
        "template.yaml",
        "services/a/template.yaml",
    ]


@pytest.mark.realtime
def test_values_of_open_parameters_can_be_given(folder):
    stack(folder, "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Stage}}\n")
    template = folder / "template.yaml"
    template.write_text("Parameters: {Stage: {Type: String}}" + template.read_text())

    assert main(["doctor", "--no-import"]) == 1
    assert only(folder, parameters={"Stage": "test"}).faults == ()


@pytest.fixture
def doctor(folder, capsys):
    def call(*arguments):
        status = main(["doctor", *arguments])
        return status, *capsys.readouterr()

    return call


@pytest.mark.realtime
def test_the_command_prints_stacks_below_the_machine_and_fails_where_one_breaks(folder, doctor):
    stack(folder / "shop", function("Good", "app.handler"), function("Bad", "app.gone"), app="def handler(e, c): ...")

    status, output, _ = doctor()

    assert status == 1
    lines = output.splitlines()
    start = lines.index(f"{os.path.join('shop', 'template.yaml')} (shop)")
    assert lines[start + 1].split() == ["ok", "Good", "app.handler", "can", "be", "imported"]
    assert lines[start + 2].startswith("problem  Bad ")
    assert lines[-1] == "1 problem found."


@pytest.mark.realtime
def test_as_json_stacks_have_their_findings_by_kind(folder, doctor):
    stack(folder, function("Good", "app.handler"), app="def handler(e, c): ...")

    status, output, _ = doctor("--format", "json")

    report = json.loads(output)
    assert status == 0
    assert report["ok"] is True
    assert report["stacks"] == [
        {
            "template": "template.yaml",
            "name": folder.name.replace("_", "-"),
            "faults": [],
            "functions": [{"level": "ok", "subject": "Good", "text": "app.handler can be imported", "remedy": ""}],
            "unsupported": [],
            "notes": [],
        }
    ]


def test_without_imports_nothing_is_executed(folder, doctor):
    stack(folder, function("Fn", "app.handler"), app="open('executed', 'w')")

    status, output, _ = doctor("--no-import")

    assert status == 0
    assert "app.handler was not imported (--no-import)" in output
    assert not list(folder.rglob("executed"))


def test_help_says_that_handlers_are_executed(capsys):
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])

    assert "IMPORTS EVERY HANDLER" in " ".join(capsys.readouterr().out.split())


def test_a_folder_that_is_not_there_is_an_error(doctor):
    assert doctor("nowhere") == (2, "", "pytest-serverless: nowhere is no folder.\n")


def test_a_parameter_without_a_value_is_an_error(doctor):
    status, _, error = doctor("--parameter", "Stage")

    assert (status, error) == (2, "pytest-serverless: --parameter takes NAME=VALUE, got 'Stage'.\n")
