"""The probe for Python, in the hands of those who call handlers: our gateways, Azure's library, functions-framework."""

import ast
import asyncio
import itertools
import json
import sys
import threading
import time
import types

import pytest

from pytest_serverless.errors import UnknownNameError
from pytest_serverless.events.azure import AzureEvents
from pytest_serverless.events.gcp import GcpEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.invocation.invoker import invoke
from pytest_serverless.load.evidence.probe_header import find_line, read
from pytest_serverless.load.probes import probe_file
from tests.load.evidence.probing import new_instance
from tests.web.asking import alb, ask, gateway, http, rest, url

HEADER = "x-serverless-probe"
FRONTS = {
    "function_url": gateway(url()),
    "http_api": gateway(http()),
    "http_api_1.0": gateway(http(payload_format="1.0")),
    "rest_api": gateway(rest("/")),
    "alb": gateway(alb()),
    "alb_multi_value": gateway(alb(multi_value_headers=True)),
}
PROXY = {"statusCode": 201, "headers": {"x-own": "1"}, "body": "made"}


def evidence_of(response):
    return read(response.headers.get(HEADER))


@pytest.mark.parametrize("front", FRONTS)
def test_an_answer_has_the_header_and_is_the_same_else(front):
    result = PROXY
    if front == "alb_multi_value":
        result = {"statusCode": 201, "multiValueHeaders": {"x-own": ["1"]}, "body": "made"}
    module = new_instance()

    plain = ask(FRONTS[front], lambda event, context: result, "GET", "/")
    probed = ask(FRONTS[front], module.probe(lambda event, context: result), "GET", "/")

    assert evidence_of(plain) is None
    assert evidence_of(probed).invocation == 1
    assert (probed.status, probed.body) == (plain.status, plain.body) == (201, b"made")
    assert {name.lower() for name, _ in probed.headers.pairs} == {name.lower() for name, _ in plain.headers.pairs} | {
        HEADER
    }
    assert probed.headers.get("x-own") == plain.headers.get("x-own")


@pytest.mark.parametrize("result", [{"hello": "wörld"}, ["hello", 3, True], "hello", 3, 3.1, True, {}, ""])
@pytest.mark.parametrize("front", ["function_url", "http_api"])
def test_a_result_without_a_status_is_answered_as_before(front, result):
    plain = ask(FRONTS[front], lambda event, context: result, "GET", "/")
    probed = ask(FRONTS[front], new_instance().probe(lambda event, context: result), "GET", "/")

    assert evidence_of(probed).invocation == 1
    assert (probed.status, probed.headers["content-type"]) == (plain.status, plain.headers["content-type"])
    if plain.body != probed.body:
        assert json.loads(probed.body) == json.loads(plain.body)


@pytest.mark.parametrize("result", [None, {"hello": "world"}, {1, 2}, 1.5, "text", [1]])
def test_any_other_result_is_left_alone(result):
    probed = new_instance().probe(lambda event, context: result)

    assert probed({"any": "event"}, None) is result


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "headers": [("a", "b")]},
        types.SimpleNamespace(status_code=200, headers=()),
    ],
)
def test_an_answer_that_is_not_as_expected_is_left_alone(result):
    assert new_instance().probe(lambda event, context: result)({}, None) is result


def test_a_result_that_is_no_json_is_left_to_the_platform():
    result = {"when": object()}

    assert new_instance().probe(lambda event, context: result)(
        {"version": "2.0", "requestContext": {"http": {}}}, None
    ) is result  # fmt: skip


def test_the_result_of_the_handler_is_not_changed_itself():
    module, own = new_instance(), {"statusCode": 200, "headers": {"a": "b"}}

    module.probe(lambda event, context: own)({}, None)

    assert own == {"statusCode": 200, "headers": {"a": "b"}}


def test_what_the_handler_raises_is_raised():
    def handler(event, context):
        raise KeyError("no")

    with pytest.raises(KeyError, match="no") as caught:
        new_instance().probe(handler)({}, None)
    assert caught.traceback[-1].name == "handler"


def test_invocations_are_counted_by_instance():
    one, other = new_instance(), new_instance()
    handlers = [module.probe(lambda event, context: {"statusCode": 200}) for module in (one, other)]

    seen = [read(handlers[which]({}, None)["headers"][HEADER]) for which in (0, 0, 1, 0)]

    assert [evidence.invocation for evidence in seen] == [1, 2, 1, 3]
    assert seen[0].instance == seen[1].instance == seen[3].instance
    assert seen[0].instance != seen[2].instance


def test_the_id_is_drawn_in_the_first_invocation(monkeypatch):
    # Clones of a snapshot have all that was drawn before; `uuid4` asks the system, which knows better.
    module = new_instance()
    handler = module.probe(lambda event, context: {"statusCode": 200})
    monkeypatch.setattr(module.uuid, "uuid4", lambda: types.SimpleNamespace(hex="drawn-late"))

    assert read(handler({}, None)["headers"][HEADER]).instance == "drawn-late"


def test_times_and_the_kind_of_the_init(monkeypatch):
    moments = iter([100.0, 100.25])
    monkeypatch.setattr(time, "time", lambda: next(moments, 107.5))
    module = new_instance()
    handler = module.probe(lambda event, context: {"statusCode": 200})

    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    value = handler({}, None)["headers"][HEADER]

    assert value.startswith("v1;instance=")
    assert "init_start=100.000;init_end=100.250;type=provisioned-concurrency;ms=" in value
    assert value.endswith(";now=107.500")
    assert read(value, received_s=1107.5).init_ended_s == pytest.approx(1100.25)


def test_wrapping_within_an_invocation_is_no_init(monkeypatch):
    moments = itertools.count(100)
    monkeypatch.setattr(time, "time", lambda: float(next(moments)))
    module = new_instance()
    handler = module.probe(lambda event, context: {"statusCode": 200})
    before = read(handler({}, None)["headers"][HEADER]).init_ended_s

    module.probe(handler)

    assert read(handler({}, None)["headers"][HEADER]).init_ended_s == before


def test_several_invocations_at_once_have_numbers_of_their_own():
    handler = new_instance().probe(lambda event, context: {"statusCode": 200})
    numbers = []

    def call():
        numbers.extend(read(handler({}, None)["headers"][HEADER]).invocation for _ in range(200))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(1, 1601))


def test_a_coroutine_stays_one():
    module = new_instance()

    @module.probe
    async def handler(event, context):
        await asyncio.sleep(0)
        return {"statusCode": 200}

    assert asyncio.iscoroutinefunction(handler)
    assert read(asyncio.run(handler({}, None))["headers"][HEADER]).invocation == 1


@pytest.mark.parametrize("wanted", ["argument", "environment"])
def test_a_line_for_the_log_where_it_is_wanted(wanted, monkeypatch, capsys):
    module = new_instance()
    if wanted == "environment":
        monkeypatch.setenv("SERVERLESS_PROBE_LOG", "1")
    wrap = module.probe(log=True) if wanted == "argument" else module.probe
    context = types.SimpleNamespace(aws_request_id="id-1")

    wrap(lambda event, context: None)({}, context)

    evidence = find_line(capsys.readouterr().out)
    assert (evidence.invocation, evidence.request_id) == (1, "id-1")


def test_otherwise_nothing_is_written(monkeypatch, capsys):
    monkeypatch.setenv("SERVERLESS_PROBE_LOG", "0")
    new_instance().probe(lambda event, context: None)({}, None)

    assert capsys.readouterr() == ("", "")


def test_it_runs_where_lambda_does(tmp_path):
    (tmp_path / "serverless_probe.py").write_text(probe_file("python").read_text(encoding="utf-8"))
    (tmp_path / "probed_app.py").write_text(
        "from serverless_probe import probe\n@probe\ndef handler(event, context):\n    return {'statusCode': 200}\n"
    )

    result = invoke("probed_app.handler", {}, code=tmp_path)

    assert read(result["headers"][HEADER]).init_type == "on-demand"


def test_azure_functions():
    func = pytest.importorskip("azure.functions", reason="needs the extra azure")
    app = func.FunctionApp()

    @app.route("items")
    @new_instance().probe
    def items(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("made", status_code=201, headers={"x-own": "1"})

    response = invoke(items, AzureEvents(Mint(seed=0)).http.request(), provider="azure")

    assert (response.status_code, response.get_body(), response.headers["x-own"]) == (201, b"made", "1")
    assert read(response.headers[HEADER]).invocation == 1


def test_azure_functions_that_are_coroutines():
    func = pytest.importorskip("azure.functions", reason="needs the extra azure")
    app = func.FunctionApp()

    @app.route("items")
    @new_instance().probe
    async def items(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("made")

    response = invoke(items, AzureEvents(Mint(seed=0)).http.request(), provider="azure")

    assert read(response.headers[HEADER]).invocation == 1


@pytest.mark.parametrize("result", ["text", {"a": 1}, ("made", 201), ("made", 201, {"x-own": "1"})])
def test_google_functions(result):
    framework = pytest.importorskip("functions_framework", reason="needs the extra gcp")

    @framework.http
    @new_instance().probe
    def function(request):
        return result

    response = invoke(function, GcpEvents(Mint(seed=0)).http.request("GET", "/"), provider="gcp")

    assert response.status_code == (201 if isinstance(result, tuple) else 200)
    assert read(response.headers[HEADER]).invocation == 1


def test_google_functions_that_fail(tmp_path):
    framework = pytest.importorskip("functions_framework", reason="needs the extra gcp")
    (tmp_path / "serverless_probe.py").write_text(probe_file("python").read_text(encoding="utf-8"))
    (tmp_path / "main.py").write_text(
        "import importlib.util, pathlib\n"
        "path = pathlib.Path(__file__).with_name('serverless_probe.py')\n"
        "spec = importlib.util.spec_from_file_location('probe_of_main', path)\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "@module.probe\ndef fails(request):\n    raise RuntimeError('no')\n"
    )
    code = (
        "import functions_framework, sys\n"
        f"client = functions_framework.create_app('fails', {str(tmp_path / 'main.py')!r}, 'http').test_client()\n"
        "response = client.get('/')\n"
        "print(response.status_code, response.headers['x-serverless-probe'])\n"
    )

    assert framework
    status, value = run_python(code).split(" ", 1)

    assert status == "500"
    assert read(value.strip()).invocation == 1


def run_python(code):
    import subprocess

    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout


def test_it_needs_nothing_and_runs_on_python_3_8():
    tree = ast.parse(probe_file("python").read_text(encoding="utf-8"), feature_version=(3, 8))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {module.split(".")[0] for module in modules} <= set(sys.stdlib_module_names)


def test_a_language_without_a_probe():
    with pytest.raises(UnknownNameError, match="ruby"):
        probe_file("ruby")
