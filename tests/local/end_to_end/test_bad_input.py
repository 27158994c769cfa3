"""What cannot be started, or not run: one clear line, and nothing that was half started is left."""

import base64
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.local.end_to_end.stage import APPS, Processes, until, write_application

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks at processes in /proc"),
]

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: src/%s}
"""
CODE = {"src/app.py": "def handler(event, context):\n    return event\n"}


@pytest.fixture
def refused(tmp_path):
    """Run `pytest-serverless local`, which does not start; return what it says of it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def run(*arguments, code=2):
        variables = {**os.environ, "TMPDIR": str(temporary), "NO_COLOR": "1"}
        command = [sys.executable, "-m", "pytest_serverless.cli", "local", *map(str, arguments)]
        ready = tmp_path / "ready.json"
        ended = subprocess.run(
            [*command, "--ready-file", str(ready)],
            env=variables,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == code, ended
        assert "Traceback" not in ended.stderr
        assert ended.stdout == ""
        assert not ready.exists()
        assert until(lambda: not Processes.with_variable(str(temporary)) or None, 3)
        assert os.listdir(temporary) == [], "nothing is left in the folder for temporary files"
        assert ended.stderr.startswith("pytest-serverless: ")
        return ended.stderr.removeprefix("pytest-serverless: ").strip()

    return run


@pytest.fixture
def template(tmp_path):
    def write(text, files=CODE):
        return write_application(tmp_path, text, files)

    return write


@pytest.fixture
def listening():
    """Listen at a port, and say which; `behind` is how many before it are free."""
    with ExitStack() as opened:

        def listen(behind=0):
            for _ in range(100):
                held = socket.socket()
                held.bind(("127.0.0.1", 0))
                held.listen()
                port = held.getsockname()[1]
                if port - behind > 1024 and all(_is_free(port - back) for back in range(1, behind + 1)):
                    opened.enter_context(held)
                    return port
                held.close()
            raise AssertionError("no such port")

        yield listen


def _is_free(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_a_port_that_is_in_use(refused, listening):
    port = listening()

    said = refused(APPS / "items_api/template.yaml", "--port", port)

    assert said.startswith(f"Cannot listen at 127.0.0.1:{port}: ")
    assert "Name another port, or 0" in said
    assert len(said.splitlines()) == 1


def test_a_port_of_a_later_api_that_is_in_use(refused, listening):
    port = listening(behind=2)

    said = refused(APPS / "items_api/template.yaml", "--port", port - 2)

    assert said.startswith(f"Cannot listen at 127.0.0.1:{port}: ")
    assert _is_free(port - 2), "what was opened before is closed"


def test_an_address_that_is_not_this_machines(refused, template):
    said = refused(template(FUNCTION % ""), "--host", "192.0.2.1", "--port", 0)

    assert said.startswith("Cannot listen at 192.0.2.1:0: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--limit", "acount_concurrency=10"], "There is no limit named 'acount_concurrency'. Did you mean"),
        (["--limit", "account_concurrency=many"], "The limit account_concurrency is a whole number, not 'many'."),
        (["--limit", "account_concurrency=-1"], "The limit account_concurrency is a number, 0 or more, not -1."),
        (["--simulate", "fast"], "fast"),
        (["--parameter", "Nope=1"], "Nope"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_setting_that_cannot_be(refused, template, arguments, said):
    text = refused(template(FUNCTION % ""), "--port", 0, *arguments)

    assert said in text


def test_a_limit_that_cannot_be_met(refused, template):
    text = (FUNCTION % "").replace("CodeUri", "ReservedConcurrentExecutions: 950, CodeUri")

    said = refused(template(text), "--port", 0)

    assert "Work 950" in said
    assert "leave 50 of the account's 1000" in said
    assert len(said.splitlines()) == 1


def test_a_template_with_faults(refused, template):
    text = (FUNCTION % "").replace("app.handler", "!GetAtt Nothing.Arn")

    said = refused(template(text), "--port", 0)

    assert "template.yaml:6: " in said
    assert "Nothing" in said


def test_a_template_without_functions(refused, template):
    said = refused(template("Resources: {Uploads: {Type: AWS::S3::Bucket}}"), "--port", 0)

    assert "has no functions: there is nothing to run." in said
    assert len(said.splitlines()) == 1


def test_a_template_that_is_not_there(refused):
    assert "nowhere.yaml" in refused("nowhere.yaml")


def test_resources_that_the_services_do_not_take(refused, template):
    table = "{AttributeDefinitions: [], KeySchema: [{AttributeName: id, KeyType: HASH}]}"
    text = FUNCTION % "" + f"  Bad: {{Type: AWS::DynamoDB::Table, Properties: {table}}}\n"

    said = refused(template(text), "--port", 0)

    assert "template.yaml:7: Bad (AWS::DynamoDB::Table)" in said


def test_a_code_folder_that_is_not_there(refused, template):
    said = refused(template(FUNCTION % "nowhere"), "--port", 0)

    assert "nowhere" in said


# Nothing of these is known before a function is invoked


BROKEN = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, Timeout: 5}}
Resources:
  Missing:
    Type: AWS::Serverless::Function
    Properties:
      Handler: missing.handler
      Events:
        Rest: {Type: Api, Properties: {Path: /, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /, Method: get}}
  Syntax:
    Type: AWS::Serverless::Function
    Properties: {Handler: syntax.handler}
  Whole:
    Type: AWS::Serverless::Function
    Properties: {Handler: whole.handler}
"""
BROKEN_CODE = {
    "src/missing.py": "import not_installed\n",
    "src/syntax.py": "def handler(event, context)\n",
    "src/whole.py": "def handler(event, context):\n    return 'ran'\n",
}


@pytest.fixture(scope="module")
def broken(application, start_platform):
    return start_platform(application(BROKEN, BROKEN_CODE), backends=False)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (
            "Missing",
            "Runtime.ImportModuleError",
            "Unable to import module 'missing': No module named 'not_installed'",
        ),
        ("Syntax", "Runtime.UserCodeSyntaxError", "Syntax error in module 'syntax': "),
    ],
)
def test_a_handler_that_cannot_be_imported_is_told_of_to_the_caller_and_in_the_log(broken, function, error, message):
    client = broken.client("lambda")

    answer = client.invoke(FunctionName=broken.functions[function], LogType="Tail")

    payload = json.load(answer["Payload"])
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert payload["errorType"] == error
    assert payload["errorMessage"].startswith(message)
    for log in (base64.b64decode(answer["LogResult"]).decode(), broken.logs):
        assert f"[ERROR] {error}: {message}" in log
        assert f"Status: error\tError Type: {error}" in log
    assert broken.invoke("Whole") == "ran", "the others run"


@pytest.mark.parametrize(("api", "status"), [("ServerlessRestApi", 502), ("ServerlessHttpApi", 500)])
def test_to_a_client_of_an_api_it_is_an_error_of_the_gateways(broken, api, status):
    answer = broken.request("GET", "/", api=api)

    assert answer.status == status
    assert answer.json()["message"].casefold() == "internal server error"
    assert "not_installed" not in answer.text


def test_a_function_that_fails_as_it_starts_is_not_started_without_pause(broken):
    for _ in range(5):
        answer = broken.client("lambda").invoke(FunctionName=broken.functions["Missing"])
        assert json.load(answer["Payload"])["errorType"] == "Runtime.ImportModuleError"

    until(lambda: "fails as it starts, again and again" in broken.logs)


NODE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: nodejs22.x, CodeUri: src/}
"""


def test_a_program_for_a_runtime_that_is_not_there(refused, template):
    path = template(NODE, {"src/app.js": "exports.handler = async () => 1\n"})

    said = refused(path, "--port", 0, "--node", Path("/nowhere/node"))

    assert "/nowhere/node" in said
    assert len(said.splitlines()) == 1
