"""What a handler finds around it: variables, folders, files; nothing of the user's own, nothing of another sandbox."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.local.sandboxes.variables import call_of, variables_of
from tests.local.sandboxes.house import CLIENTS, HANDLERS, function_of, in_house, invocation_of, needs_linux, value_of

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("sandboxes"), pytest.mark.timeout(120)]

# Recorded of the service, on Python 3.14: what a function finds whose author set nothing.
RECORDED = {
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "LANG",
    "PATH",
    "PWD",
    "SHLVL",
    "TZ",
}
OURS = {"HOME", "TMPDIR", "LD_LIBRARY_PATH", "LC_CTYPE", "PYTHONPATH"}


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


def _variables(**settings):
    options = settings.pop("options", {})

    async def work(house):
        return await house.ran("deeds.variables", **options)

    return value_of(in_house(work, **settings))


def test_the_variables_are_the_platform_s_and_none_of_the_user_s(client, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/own.pem")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    monkeypatch.setenv("SECRET_OF_MINE", "1")
    monkeypatch.setenv("PYTHONSTARTUP", "/mine.py")

    found = _variables(client=client)

    assert RECORDED - found.keys() == set()
    assert found.keys() - RECORDED - OURS == set()
    assert "own" not in found["AWS_SECRET_ACCESS_KEY"]
    assert found["AWS_LAMBDA_RUNTIME_API"].startswith("127.0.0.1:")
    assert found["_HANDLER"] == "deeds.variables"
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"].partition("[$LATEST]")[2]


def test_the_home_of_the_user_is_not_there(client):
    assert not Path(_variables(client=client)["HOME"]).exists()


def test_the_platform_points_sandboxes_at_its_services():
    def credentials(function, sandbox_id):
        return {"AWS_ACCESS_KEY_ID": f"{function.name}-{len(sandbox_id)}"}

    found = _variables(variables={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, credentials=credentials)

    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["AWS_ACCESS_KEY_ID"] == "deeds-32"


def test_the_function_s_own_variables_are_there():
    own = {"TABLE": "items", "TZ": "Europe/Vienna", "EMPTY": "", "UMLAUT": "ü"}

    found = _variables(options={"environment": own})

    assert {name: found[name] for name in own} == own


def test_coverage_is_handed_on_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("COVERAGE_PROCESS_START", "/no/such/file")
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)

    assert "COVERAGE_PROCESS_START" not in _variables()
    assert _environment_of("deeds.variables", coverage=True)["COVERAGE_PROCESS_START"] == "/no/such/file"


def _environment_of(handler, **settings):
    function = function_of(handler)
    return variables_of(
        function,
        call=call_of(function, "", "0" * 32),
        folder=Path("/nowhere"),
        provisioned=False,
        base={},
        credentials={},
        log_stream="stream",
        **settings,
    )


def test_coverage_of_a_sandbox_is_measured(tmp_path):
    pytest.importorskip("coverage")
    (tmp_path / "rc").write_text(f"[run]\nparallel = true\ndata_file = {tmp_path / 'data'}\nsource = {HANDLERS}\n")
    script = """
import sys
from tests.local.sandboxes.house import in_house
async def work(house):
    print((await house.ran("deeds.counts")).status)
in_house(work, coverage=True)
"""
    root = Path(__file__).parents[3]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "COVERAGE_PROCESS_START": str(tmp_path / "rc"),
    }
    environment.pop("COVERAGE_PROCESS_CONFIG", None)
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60, cwd=tmp_path)

    assert list(tmp_path.glob("data.*"))


def test_the_process_is_set_up_as_on_the_platform(client):
    async def work(house):
        return await house.ran("deeds.environment")

    found = value_of(in_house(work, client=client))

    assert found["cwd"] == str(HANDLERS)
    assert found["path"][0] == str(HANDLERS)
    assert found["stdin"] == ""
    assert found["session"]
    assert found["files"] == [1024, 1024]
    assert found["user"] == os.getuid()
    assert found["version"] == list(sys.version_info[:2])
    assert len(found["open"]) < 12


@needs_linux
def test_descriptors_of_the_server_are_not_handed_on():
    async def work(house):
        others = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
        try:
            return await house.ran("deeds.environment")
        finally:
            for other in others:
                os.close(other)

    assert len(value_of(in_house(work))["open"]) < 12


def _two_write(folder=None, **settings):
    event = {"name": "mark", **({"folder": folder} if folder else {})}

    async def work(house):
        one, other = house.make("deeds.writes"), house.make("deeds.writes")
        ran = [await sandbox.run(invocation_of(event)) for sandbox in (one, other, one)]
        found = await one.run(invocation_of({"name": "other"}))
        return house.maker.processes.private_tmp, house.notes, [value_of(each) for each in [*ran, found]]

    return in_house(work, **settings)


def test_sandboxes_do_not_share_temporary_files(client):
    _, _, (first, second, again, _) = _two_write(client=client)

    assert (first["found"], second["found"], again["found"]) == (False, False, True)
    assert again["size"] == 2


def test_tmp_itself_is_a_sandbox_s_own_where_that_can_be(client):
    before = Path("/tmp/mark").exists()
    possible, _, found = _two_write(client=client)
    if not possible:
        pytest.skip("no mount namespaces here")

    possible, notes, (first, second, again, _) = _two_write("/tmp", client=client)

    assert (first["found"], second["found"], again["found"]) == (False, False, True)
    assert Path("/tmp/mark").exists() == before
    assert notes == []
    assert {Path(each["where"]).parent for each in found} == {Path("/tmp")}


def test_where_it_cannot_be_that_is_said_once(monkeypatch):
    async def work(house):
        await house.maker.open()
        house.maker.processes.private_tmp = False
        ran = [await house.ran("deeds.writes", {"name": "mark"}) for _ in range(2)]
        return house.notes, [value_of(each) for each in ran]

    notes, (first, second) = in_house(work)

    assert len(notes) == 1
    assert "TMPDIR" in notes[0]
    assert first["where"] != second["where"]
    assert (first["found"], second["found"]) == (False, False)


def test_a_private_tmp_can_be_done_without():
    _, notes, (first, *_) = _two_write(private_tmp=False)

    assert notes == []
    assert not first["where"].startswith("/tmp/mark")


def test_code_is_seen_as_it_stands(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("def handler(event, context):\n    return __file__\n")

    async def work(house):
        sandbox = house.make("app.handler", code=code)
        first = await sandbox.run(invocation_of())
        (code / "app.py").write_text("def handler(event, context):\n    return 'new'\n")
        return first, await house.ran("app.handler", code=code)

    first, second = in_house(work)

    assert value_of(first) == str(code / "app.py")
    assert value_of(second) == "new"


def test_modules_are_found_in_layers_after_the_code(client, tmp_path):
    one, other, code = tmp_path / "one", tmp_path / "other", tmp_path / "code"
    inside = f"python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    for place, name in ((one / "python", "first"), (other / inside, "second"), (other / "python", "both")):
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.py").write_text(f"said = {name!r}\n")
    (one / "bin").mkdir()
    (one / "bin" / "tool").write_text("#!/bin/sh\necho tooled\n")
    (one / "bin" / "tool").chmod(0o755)
    code.mkdir()
    (code / "both.py").write_text("said = 'the code'\n")
    (code / "app.py").write_text(
        "import subprocess, first, second, both\n"
        "def handler(event, context):\n"
        "    tool = subprocess.run(['tool'], capture_output=True, text=True).stdout\n"
        "    return [first.said, second.said, both.said, tool]\n"
    )

    async def work(house):
        return await house.ran("app.handler", code=code, layers=(one, other))

    assert value_of(in_house(work, client=client)) == ["first", "second", "the code", "tooled\n"]


def test_code_in_archives_is_unpacked_once(tmp_path):
    code, layer = tmp_path / "code.zip", tmp_path / "layer.zip"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "import inside\ndef handler(event, context):\n    return [__file__, inside.said]\n")
    with zipfile.ZipFile(layer, "w") as archive:
        archive.writestr("python/inside.py", "said = 'unpacked'\n")

    async def work(house):
        return [await house.ran("app.handler", code=code, layers=(layer,)) for _ in range(2)]

    first, second = (value_of(ran) for ran in in_house(work))

    assert first == second
    assert first[1] == "unpacked"
    assert not Path(first[0]).exists()


def test_an_archive_that_reaches_out_is_not_run(tmp_path):
    code = tmp_path / "code.zip"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("../outside.py", "")

    async def work(house):
        with pytest.raises(PlatformError, match=r"\.\./outside\.py"):
            await house.ran("app.handler", code=code)

    in_house(work)


def test_what_the_caller_sent_is_there(client):
    async def work(house):
        sandbox = house.make("deeds.context_of")
        context = json.dumps({"custom": {"k": "ü\U0001f600"}}, ensure_ascii=False, indent=1)
        return await sandbox.run(
            invocation_of(client_context=context, tenant_id="blue", trace_id="Root=1-2-3;Sampled=1")
        )

    assert value_of(in_house(work, client=client)) == [{"k": "ü\U0001f600"}, "blue", "Root=1-2-3;Sampled=1"]
