"""The probe for Node.js, run by node: as a module of either kind, for each provider's manner of handlers."""

import json
import shutil
import subprocess

import pytest

from pytest_serverless.load.evidence.probe_header import find_line, read
from pytest_serverless.load.probes import probe_file

NODE = shutil.which("node")
HEADER = "x-serverless-probe"

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node on PATH")

V2 = {"version": "2.0", "requestContext": {"http": {"method": "GET"}}}
ALB = {"requestContext": {"elb": {}}, "multiValueHeaders": {}}
COMMONJS = "const { probe } = require('./serverless_probe.cjs');\n"
MODULE = "import { probe } from './serverless_probe.cjs';\n"


@pytest.fixture
def run(tmp_path):
    """Run a script beside the probe; return what it printed last, as JSON, and all that it wrote."""
    shutil.copy(probe_file("nodejs"), tmp_path)

    def run(script, *, kind="cjs", env=None):
        head = COMMONJS if kind == "cjs" else MODULE
        file = tmp_path / f"script.{kind}"
        file.write_text(
            f"{head}const print = (value) => console.log(JSON.stringify(value));\n{script}", encoding="utf-8"
        )
        done = subprocess.run([NODE, file], capture_output=True, text=True, timeout=60, env=env, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]), done.stdout

    return run


@pytest.mark.parametrize("kind", ["cjs", "mjs"])
def test_an_answer_to_lambda_has_the_header(run, kind):
    result, _ = run(
        "const handler = probe(async (event) => ({ statusCode: 201, headers: { 'x-own': '1' }, body: event.body }));\n"
        "(async () => print([await handler({ body: 'made' }, {}), await handler({}, {})]))();\n",
        kind=kind,
    )

    first, second = (read(each["headers"].pop(HEADER)) for each in result)

    assert result[0] == {"statusCode": 201, "headers": {"x-own": "1"}, "body": "made"}
    assert (first.invocation, second.invocation) == (1, 2)
    assert first.instance == second.instance
    assert 0 <= first.init_ms < 60_000
    assert first.duration_ms >= 0


@pytest.mark.parametrize(
    ("result", "body"), [("{ hello: 'world' }", '{"hello":"world"}'), ("'hello'", "hello"), ("3", "3")]
)
def test_a_result_without_a_status_is_answered_as_the_gateway_would(run, result, body):
    answer, _ = run(f"probe(async () => ({result}))({json.dumps(V2)}, {{}}).then(print);")

    assert read(answer["headers"].pop(HEADER)).invocation == 1
    assert answer == {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}


@pytest.mark.parametrize("result", ["null", '{"hello":"world"}', '"text"', "[1]"])
def test_any_other_result_is_left_alone(run, result):
    assert run(f"probe(async () => ({result}))({{}}, {{}}).then(print);")[0] == json.loads(result)


def test_a_load_balancer_of_many_values(run):
    answer, _ = run(f"probe(async () => ({{ statusCode: 200 }}))({json.dumps(ALB)}, {{}}).then(print);")

    [value] = answer["multiValueHeaders"][HEADER]
    assert read(value).invocation == 1


def test_handlers_with_a_callback(run):
    script = (
        "const later = (event, context, callback) => { setTimeout(() => callback(null, { statusCode: 200 }), 5); };\n"
        "const handler = probe(later);\n"
        "const fails = probe((event, context, callback) => callback(new Error('no')));\n"
        "handler({}, {}, (error, result) => fails({}, {}, (failed, none) =>"
        " print([error, result, handler.length, String(failed), none === undefined])));\n"
    )

    error, result, length, failed, is_nothing = run(script)[0]

    assert (error, length, failed, is_nothing) == (None, 3, "Error: no", True)
    assert read(result["headers"][HEADER]).invocation == 1


@pytest.mark.parametrize(
    ("handler", "length", "kind"),
    [
        ("async (event, context) => 1", 2, "AsyncFunction"),
        ("async () => 1", 2, "AsyncFunction"),
        ("(event) => Promise.resolve(1)", 1, "Function"),
        ("(event, context) => 1", 2, "Function"),
        ("() => 1", 0, "Function"),
    ],
)
def test_runtimes_see_a_handler_of_the_same_manner(run, handler, length, kind):
    found, _ = run(f"const handler = probe({handler}); print([handler.length, handler.constructor.name]);")

    assert found == [length, kind]


def test_what_a_handler_throws_is_thrown(run):
    script = (
        "const later = probe(async () => { throw new TypeError('later'); });\n"
        "const now = probe(() => { throw new TypeError('now'); });\n"
        "(async () => { const said = []; try { now({}, {}); } catch (error) { said.push(String(error)); }\n"
        "try { await later({}, {}); } catch (error) { said.push(String(error)); } print(said); })();\n"
    )

    assert run(script)[0] == ["TypeError: now", "TypeError: later"]


def test_a_result_that_cannot_be_json_is_left_alone(run):
    script = (
        "const result = { big: 1n };\n"
        f"probe(async () => result)({json.dumps(V2)}, {{}}).then((found) => print(found === result));\n"
    )

    assert run(script)[0] is True


@pytest.mark.parametrize(
    "result",
    ["{ status: 201, jsonBody: {} }", "{ body: 'x', headers: { 'x-own': '1' } }", "{ headers: new Headers() }"],
)
def test_azure_functions(run, result):
    script = (
        f"probe(async () => ({result}))({{}}, {{ invocationId: 'id-1' }})\n"
        f".then((found) => print(found.headers.get ? found.headers.get('{HEADER}') : found.headers['{HEADER}']));\n"
    )

    assert read(run(script)[0]).invocation == 1


def test_the_older_model_of_azure_functions(run):
    script = (
        "const context = { invocationId: 'id-1' };\n"
        "probe(async (given) => { given.res = { body: 'x' }; })(context, {}).then(() => print(context.res));\n"
    )

    found, _ = run(script)

    assert read(found["headers"][HEADER]).invocation == 1


def test_functions_of_nodes_own_server(run):
    # As functions-framework calls them, with a request and a response of Express.
    script = (
        "const http = require('http');\n"
        "const handler = probe((request, response) => { response.statusCode = 201; response.end('made'); });\n"
        "const server = http.createServer(handler);\n"
        "server.listen(0, '127.0.0.1', () => http.get(`http://127.0.0.1:${server.address().port}`, (response) => {\n"
        "  response.resume(); print([response.statusCode, response.headers]); server.close(); }));\n"
    )

    status, headers = run(script)[0]

    assert status == 201
    assert read(headers[HEADER]).invocation == 1


def test_a_line_for_the_log_where_it_is_wanted(run):
    script = "probe(async () => 1, { log: true })({}, { awsRequestId: 'id-1' }).then(() => print(1));"

    assert find_line(run(script)[1]).request_id == "id-1"
    assert find_line(run(script.replace(", { log: true }", ""))[1]) is None


def test_an_asynchronous_handler_that_calls_back_too_writes_one_line(run):
    script = (
        "const handler = probe(async (event, context, callback) => { callback(null, 1); return 2; }, { log: true });\n"
        "handler({}, {}, () => {}).then(print);\n"
    )

    result, written = run(script)

    assert result == 2
    assert written.count(HEADER) == 1


def test_the_kind_of_the_init(run):
    script = "probe(async () => ({ statusCode: 200 }))({}, {}).then(print);"

    answer, _ = run(script, env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})

    assert read(answer["headers"][HEADER]).init_type == "snap-start"
