"""The same Node.js handlers under AWS's own runtime interface client and under ours: the same answers, the same log.

The client's compiled part, libcurl, is replaced by `native_client.cjs`; everything else is as AWS publishes it.
"""

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

pytest.importorskip("httptools")

from tests.local.sandboxes.node_runs import CORPUS, NODE, needs_node, nodejs_function, run

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("node-parity"),
    needs_node,
]

# The releases of aws-lambda-ric whose code the runtimes have.
CLIENTS = {"nodejs20.x": "3.3.0", "nodejs24.x": "4.0.2"}
CACHE = Path(__file__).parents[3] / ".venv" / "aws-lambda-ric"
START = """import { run } from "./index.mjs";
await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
"""


def _client(version):
    """Return the command that starts AWS's client, fetched if it is not there."""
    folder = CACHE / version
    if not folder.is_dir():
        _fetch(version, folder)
    return [str(folder / "start.mjs")] if version.startswith("3.") else [str(folder / "index.mjs")]


def _fetch(version, folder):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not on PATH: AWS's client cannot be fetched")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        pack = [npm, "pack", "--silent", "--ignore-scripts", f"aws-lambda-ric@{version}"]
        packed = subprocess.run(pack, cwd=temporary, capture_output=True, text=True, timeout=120, check=False)
        if packed.returncode:
            pytest.skip(f"aws-lambda-ric {version} cannot be fetched: {packed.stderr.strip()[-200:]}")
        new = Path(temporary) / "client"
        (new / "rapid-client.node").mkdir(parents=True)
        with tarfile.open(Path(temporary) / packed.stdout.split()[-1]) as archive:
            inside = "package/dist/index.mjs" if version.startswith("3.") else "package/index.mjs"
            (new / "index.mjs").write_bytes(archive.extractfile(inside).read())
        (new / "start.mjs").write_text(START)
        (new / "rapid-client.node" / "index.js").write_text("module.exports = require(process.env.NATIVE_CLIENT);\n")
        try:
            new.rename(folder)
        except OSError:
            assert folder.is_dir(), "somebody else has fetched it meanwhile"


def _both(handler, events, runtime, folder=CORPUS, **given):
    function = nodejs_function(folder, handler, runtime=runtime)
    client = _client(CLIENTS[runtime])
    env = {**given.pop("env", {}), "NATIVE_CLIENT": str(Path(__file__).parent / "native_client.cjs")}
    return run(function, events, env=env, **given), run(function, events, env=env, client=client, **given)


def _cases(file):
    script = f"globalThis.awslambda = {{ streamifyResponse: (f) => f }}; JSON.stringify(require('./{file}').cases)"
    printed = subprocess.run([NODE, "-p", script], cwd=CORPUS, capture_output=True, text=True, timeout=20, check=True)
    return json.loads(printed.stdout)


def _is_runtimes(frame):
    """Tell whether a line of a stack trace is of the client or of Node itself, and not of the handler."""
    return frame.lstrip().startswith(("at ", "- ")) and "node_corpus" not in frame


def _said(answer):
    """Return what an answer says, without the frames of whoever ran the handler."""
    if answer.kind == "response" or not answer.body:
        return answer.kind, answer.body
    error = answer.value
    if "trace" in error:
        error["trace"] = [line for line in error["trace"] if not _is_runtimes(line)]
    return answer.kind, _without_paths(error)


def _without_paths(error):
    return json.loads(_RUNTIMES.sub("", json.dumps(error)))


# Who asked for a module (below "Require stack:"), and by which property the handler is called.
_RUNTIMES = re.compile(r"(\\n- [^\\\"]*)+| \[as handler\]")


def _logged(ran):
    """Return the log without times and without the frames of whoever ran the handler."""
    return [line for line in map(_plain, ran.lines) if line]


def _plain(line):
    line = re.sub(r"^\d{4}-\S+Z", "TIME", line)
    line = _RUNTIMES.sub("", line)
    head, json_at, fields = line.partition("{")
    try:
        found = json.loads(json_at + fields)
    except ValueError:
        return "\r".join(part for part in line.split("\r") if not _is_runtimes(part))
    return head + json.dumps(_masked(found))


def _masked(value):
    if isinstance(value, dict):
        return {key: "TIME" if key == "timestamp" else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value if not (isinstance(inner, str) and _is_runtimes(inner))]
    return value


# What there is up to Node.js 22 alone, or lasts until there is nothing left to do.
_CLASSIC = re.compile("callback|done|succeed|fail|no answer|not kept|like|no good")


@pytest.mark.parametrize("runtime", CLIENTS)
@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_every_manner_of_answering_is_answered_and_logged_alike(runtime, log_format):
    is_classic = runtime == "nodejs20.x"
    cases = [case for case in _cases("answers.js") if case != "context" and (is_classic or not _CLASSIC.search(case))]
    handler = "answers.handler" if is_classic else "answers.asynchronous"
    events = [{"case": case, "value": 1} for case in cases]

    ours, theirs = _both(handler, events, runtime, env={"AWS_LAMBDA_LOG_FORMAT": log_format})

    for case, our, their in zip(cases, ours.answers, theirs.answers, strict=True):
        assert (case, *_said(our)) == (case, *_said(their))
    assert _logged(ours) == _logged(theirs)


@pytest.mark.parametrize("runtime", CLIENTS)
def test_the_context_is_alike(runtime):
    headers = {
        "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        "Lambda-Runtime-Client-Context": '{"custom":{"a":"b"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"id","cognitoIdentityPoolId":"pool"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    }
    events = [({"case": "context"}, headers), {"case": "context"}]
    ours, theirs = _both("answers.asynchronous", events, runtime)

    assert [answer.value for answer in ours.answers] == [answer.value for answer in theirs.answers]
    assert ours.answers[0].value["fields"]["tenantId"] == "blue"


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_log_frames_are_alike(log_format):
    ours, theirs = _both(
        "answers.handler", [{"case": "console"}], "nodejs20.x", frames=True, env={"AWS_LAMBDA_LOG_FORMAT": log_format}
    )

    our, their = _frames(ours.frames), _frames(theirs.frames)
    assert [head for head, _ in our] == [head for head, _ in their]
    assert [_plain(text) for _, text in our] == [_plain(text) for _, text in their]
    assert ours.output == theirs.output == "raw\n"


@pytest.mark.parametrize("level", ["ERROR", "warn", "nonsense"])
def test_a_log_level_keeps_the_same_lines(level):
    ours, theirs = _both(
        "answers.asynchronous", [{"case": "console"}], "nodejs20.x", env={"AWS_LAMBDA_LOG_LEVEL": level}
    )

    assert _logged(ours) == _logged(theirs)


def _frames(data):
    """Return the type of each frame, and its text."""
    found = []
    while data:
        length = int.from_bytes(data[4:8], "big")
        found.append((data[:4].hex(), data[16 : 16 + length].decode()))
        data = data[16 + length :]
    return found


ENDINGS = ["uncaught", "unhandled rejection", "unhandled text", "exit", "exit without a reason", "circular callback"]


@pytest.mark.parametrize("case", ENDINGS)
def test_a_process_that_ends_ends_alike(case):
    ours, theirs = _both("ending.handler", [{"case": case}], "nodejs20.x")

    assert [_said(answer) for answer in ours.answers] == [_said(answer) for answer in theirs.answers]
    assert ours.exit_code == theirs.exit_code
    assert _logged(ours) == _logged(theirs)


@pytest.mark.parametrize("runtime", CLIENTS)
@pytest.mark.parametrize(
    "handler",
    [
        "broken/raises.handler",
        "broken/imports.handler",
        "broken/importing.handler",
        "broken/syntax.handler",
        "broken/awaiting.handler",
        "broken/nothing.handler",
        "answers.missing",
        "answers.notAFunction",
        "answers",
        "../answers.handler",
    ],
)
def test_what_fails_to_begin_fails_alike(handler, runtime):
    ours, theirs = _both(handler, [{}], runtime)

    assert [_said(answer) for answer in ours.answers] == [_said(answer) for answer in theirs.answers]
    assert ours.answers[0].kind == "init/error"
    assert ours.exit_code == theirs.exit_code
    assert _initial(ours) == _initial(theirs)


def _initial(ran):
    """Return the lines of the log, and not what Node itself prints of an error when it ends."""
    return [line for line in _logged(ran) if line.startswith("TIME")]


@pytest.mark.parametrize("runtime", CLIENTS)
@pytest.mark.parametrize(
    "handler",
    [
        "module.handler",
        "module.default.handler",
        "module.default.other.one",
        "lib/cup.handler",
        "typed/folder/module.handler",
        "answers.nested.deep.handler",
    ],
)
def test_handlers_are_found_alike(handler, runtime):
    ours, theirs = _both(handler, [{"a": 1}], runtime)

    assert [_said(answer) for answer in ours.answers] == [_said(answer) for answer in theirs.answers]
    assert ours.answers[0].kind == "response"


@pytest.mark.parametrize("runtime", CLIENTS)
def test_streams_are_alike(runtime):
    cases = ["text", "pipeline", "json", "http", "later"]
    ours, theirs = _both("streams.handler", [{"case": case} for case in cases], runtime)

    for case, our, their in zip(cases, ours.answers, theirs.answers, strict=True):
        assert (case, our.kind, our.body) == (case, their.kind, their.body)
        for header in ("content-type", "lambda-runtime-function-response-mode"):
            assert our.headers[header] == their.headers[header]
