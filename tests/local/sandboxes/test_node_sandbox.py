"""Node.js functions in the platform's sandboxes."""

import json

import pytest

pytest.importorskip("httptools")

from tests.local.sandboxes.house import in_house, invocation_of, value_of
from tests.local.sandboxes.node_runs import CORPUS, needs_node, nodejs_function

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("sandboxes"), pytest.mark.timeout(120), needs_node]


def _make(house, handler="answers.handler", **given):
    return house.make(function=nodejs_function(CORPUS, handler, **{"memory_mb": 512, "timeout_s": 20, **given}))


def test_it_is_cold_once_and_has_its_invocations_context():
    async def work(house):
        sandbox = _make(house)
        more = {"client_context": '{"custom":{"cup":"☕"}}', "tenant_id": "blue", "trace_id": "Root=1-0-0"}
        return [await sandbox.run(invocation_of({"case": "context"}, **more)) for _ in range(2)]

    cold, warm = in_house(work)

    assert cold.init_ms > 5
    assert warm.init_ms is None
    assert value_of(warm)["fields"]["clientContext"] == {"custom": {"cup": "☕"}}
    assert value_of(warm)["fields"]["tenantId"] == "blue"
    assert value_of(warm)["trace"] == "Root=1-0-0"
    assert 10 < warm.memory_used_mb < 512


def test_its_lines_are_logged_in_their_order():
    async def work(house):
        return await _make(house).run(invocation_of({"case": "console"}, request_id="an-id"))

    messages = [line.message for line in in_house(work).lines]

    assert [message.split("\t")[2] for message in messages[:-1]] == [
        "INFO",
        "INFO",
        "WARN",
        "ERROR",
        "DEBUG",
        "TRACE",
        "FATAL",
    ]
    assert all(message.split("\t")[1] == "an-id" for message in messages[:-1])
    assert messages[1].endswith("\ttwo\nlines")
    assert messages[-1] == "raw"


def test_json_lines_are_left_as_they_are():
    async def work(house):
        function = nodejs_function(CORPUS, "answers.handler", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
        return await house.make(function=function).run(invocation_of({"case": "console"}))

    first = json.loads(in_house(work).lines[0].message)

    assert list(first) == ["timestamp", "level", "requestId", "message"]
    assert first["timestamp"].endswith("Z")
    assert "." in first["timestamp"]


def test_a_failed_invocation_leaves_the_sandbox_warm_and_one_that_ends_it_does_not():
    async def work(house):
        sandbox = _make(house, "ending.handler")
        cases = ["circular callback", "exit", "unhandled rejection"]
        failed = [await sandbox.run(invocation_of({"case": case})) for case in cases]
        other = _make(house)
        return failed, [await other.run(invocation_of({"case": case})) for case in ("throw", "async")]

    (circular, exited, rejected), (thrown, answered) = in_house(work)

    assert circular.failure.message == "Unable to stringify response body"
    assert (exited.status, exited.failure.type) == ("exit", "Runtime.ExitError")
    assert exited.failure.message.endswith("Error: Runtime exited with error: exit status 3")
    assert (rejected.status, rejected.failure.type) == ("error", "Runtime.UnhandledPromiseRejection")
    assert (thrown.failure.type, thrown.failure.stack_trace[0]) == ("TypeError", "TypeError: thrown")
    assert (answered.status, answered.init_ms) == ("success", None)


def test_a_busy_loop_runs_into_the_timeout_and_the_next_one_is_served(tmp_path):
    (tmp_path / "index.js").write_text("exports.handler = async ({ busy }) => { while (busy); return 'served'; };")

    async def work(house):
        function = nodejs_function(tmp_path, "index.handler", timeout_s=1, memory_mb=512)
        sandbox = house.make(function=function)
        return [await sandbox.run(invocation_of({"busy": busy})) for busy in (False, True, False)]

    served, timed_out, again = in_house(work)

    assert value_of(served) == value_of(again) == "served"
    assert (timed_out.status, timed_out.failure.type) == ("timeout", "Sandbox.Timedout")


def test_an_init_error_is_what_the_caller_gets():
    async def work(house):
        return await _make(house, "broken/importing.handler").run(invocation_of({}))

    ran = in_house(work)

    assert ran.status == "init_error"
    assert value_of(ran)["errorMessage"].startswith("Cannot find package 'not-installed' imported from ")
    assert "Uncaught Exception" in ran.lines[0].message


def test_nothing_of_the_users_environment_reaches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NODE_OPTIONS", "--require=/nothing/of/this")
    monkeypatch.setenv("NPM_TOKEN", "secret")
    (tmp_path / "index.js").write_text("exports.handler = async () => process.env;")

    async def work(house):
        return await house.make(function=nodejs_function(tmp_path, "index.handler")).run(invocation_of({}))

    variables = value_of(in_house(work))

    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert variables.keys().isdisjoint({"NODE_OPTIONS", "NPM_TOKEN", "_LAMBDA_TELEMETRY_LOG_FD"})


def test_modules_beside_the_code_and_above_it_are_found_where_tmp_is_its_own(tmp_path):
    """The folder of this test is below /tmp, as a rule, and so is hidden by it."""
    above = tmp_path / "node_modules/above"
    code = tmp_path / "app/src"
    for folder in (above, code):
        folder.mkdir(parents=True)
    (above / "index.js").write_text("exports.name = 'above';")
    (code / "index.mjs").write_text("import { name } from 'above'; export const handler = async () => name;")

    async def work(house):
        return await house.make(function=nodejs_function(code, "index.handler")).run(invocation_of({}))

    assert value_of(in_house(work)) == "above"


def test_another_version_of_nodejs_is_noted_once():
    async def work(house):
        function = nodejs_function(CORPUS, "answers.handler", runtime="nodejs14.x")
        for _ in range(2):
            await house.make(function=function).run(invocation_of({"case": "async"}))
        return [note for note in house.notes if "Node.js" in note]

    [note] = in_house(work)

    assert note.startswith("Functions of nodejs14.x are run by Node.js ")
