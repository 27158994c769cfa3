"""The process during a call and after it."""

import logging
import os
import sys
import time

import pytest

from pytest_serverless import Invoker, invoke
from pytest_serverless.invocation.environment import Variables, overlay


def variables(event, context):
    return {name: os.environ.get(name) for name in event}


def process():
    root = logging.getLogger()
    own = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    handlers = [handler for handler in root.handlers if "pytest" not in type(handler).__module__]
    return own, list(sys.path), os.getcwd(), handlers, root.level


@pytest.fixture(autouse=True)
def _nothing_is_left():
    before = process()
    yield
    assert process() == before


def test_output_goes_to_the_same_streams_afterwards():
    streams = sys.stdout, sys.stderr

    invoke(lambda event, context: print("x"))

    assert (sys.stdout, sys.stderr) == streams


def test_the_platforms_variables_are_there_during_the_call():
    names = [
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_REGION",
        "TZ",
        "_HANDLER",
        "AWS_EXECUTION_ENV",
    ]

    value = invoke(variables, names, name="resize", memory_mb=256)

    assert value == {
        "AWS_LAMBDA_FUNCTION_NAME": "resize",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "us-east-1",
        "TZ": ":UTC",
        "_HANDLER": f"{__name__}.variables",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
    }


def test_the_trace_id_is_there_only_when_one_was_sent():
    assert invoke(variables, ["_X_AMZN_TRACE_ID"], trace_id="Root=1-0-0") == {"_X_AMZN_TRACE_ID": "Root=1-0-0"}
    assert invoke(variables, ["_X_AMZN_TRACE_ID"]) == {"_X_AMZN_TRACE_ID": None}


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the platform has no tzset")
def test_local_time_is_utc_during_the_call(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    baseline = dict(os.environ)
    try:
        zone = Invoker(baseline=baseline)(lambda event, context: time.localtime(0).tm_hour)
        assert zone == 0
        assert time.localtime(0).tm_hour == 9
    finally:
        monkeypatch.undo()
        time.tzset()


def test_each_says_more_than_the_one_before():
    wanted = Variables(
        platform={"A": "platform", "B": "platform", "C": "platform", "D": "platform", "E": "platform", "GONE": None},
        function={"B": "function", "C": "function", "D": "function", "E": "function"},
        settings={"C": "settings", "D": "settings", "E": "settings"},
        call={"E": "call"},
    )

    result = overlay(
        {"D": "set by the test", "E": "set by the test", "GONE": "x", "KEPT": "x"}, wanted, {"GONE": "x", "KEPT": "x"}
    )

    assert result == {
        "A": "platform",
        "B": "function",
        "C": "settings",
        "D": "set by the test",
        "E": "call",
        "KEPT": "x",
    }


def test_a_variable_that_the_test_set_is_respected(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert invoke(variables, ["AWS_REGION", "AWS_DEFAULT_REGION"]) == {
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_the_calls_own_variables_win(monkeypatch):
    monkeypatch.setenv("TABLE", "from the test")

    assert invoke(variables, ["TABLE"], env={"TABLE": "from the call"}) == {"TABLE": "from the call"}


def test_credentials_are_made_up_unless_the_test_brings_some(monkeypatch):
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]
    real = {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "real", "AWS_PROFILE": "work"}
    for name, value in real.items():
        monkeypatch.setenv(name, value)

    hidden = Invoker(baseline=dict(os.environ))(variables, names)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    kept = Invoker(baseline=real)(variables, names)

    assert hidden["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert hidden["AWS_PROFILE"] is None
    assert kept == {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": None,
        "AWS_PROFILE": "work",
    }


def test_a_nested_invocation_does_not_inherit_the_outer_functions_variables():
    def inner(event, context):
        return {"SECRET": os.environ.get("SECRET"), "NAME": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}

    def outer(event, context):
        os.environ["SECRET"] = "of the outer function"
        value = invoke(inner, name="inner")
        return [value, os.environ["SECRET"], os.environ["AWS_LAMBDA_FUNCTION_NAME"]]

    assert invoke(outer, name="outer") == [
        {"SECRET": None, "NAME": "inner"},
        "of the outer function",
        "outer",
    ]


def test_what_a_function_changes_is_there_at_its_next_call_and_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.setenv("REMOVED", "x")
    (tmp_path / "changer.py").write_text(
        "import logging, os, sys\n"
        "HANDLER = logging.NullHandler()\n"
        "def change(event, context):\n"
        "    os.environ['ADDED'] = 'yes'\n"
        "    os.environ.pop('REMOVED')\n"
        "    sys.path.append('/opt/extra')\n"
        "    os.chdir('/')\n"
        "    logging.getLogger().addHandler(HANDLER)\n"
        "    logging.getLogger().setLevel(5)\n"
        "def look(event, context):\n"
        "    root = logging.getLogger()\n"
        "    return [os.environ.get('ADDED'), os.environ.get('REMOVED'), '/opt/extra' in sys.path,\n"
        "            os.getcwd() == '/', HANDLER in root.handlers, root.level]\n"
    )

    invoke("changer.change", code=tmp_path)

    assert "ADDED" not in os.environ
    assert os.environ["REMOVED"] == "x"
    assert invoke("changer.look", code=tmp_path) == ["yes", None, True, True, True, 5]
    assert invoke("changer.look", code=tmp_path, cold=True) == [
        None,
        "x",
        False,
        False,
        False,
        logging.getLogger().level,
    ]


def test_the_code_folder_is_first_on_the_path_and_the_working_directory(tmp_path):
    (tmp_path / "where.py").write_text(
        "import os, sys\ndef handler(e, c): return [sys.path[0], os.getcwd(), os.environ['LAMBDA_TASK_ROOT']]\n"
    )

    assert invoke("where.handler", code=tmp_path) == [str(tmp_path.resolve())] * 3


def test_everything_is_put_back_after_a_failure(tmp_path):
    (tmp_path / "worse.py").write_text(
        "import os, sys\nos.environ['WORSE'] = '1'\nsys.path.insert(0, '/worse')\nraise ValueError('at import')\n"
    )

    with pytest.raises(ValueError, match="at import"):
        invoke("worse.handler", code=tmp_path)


def test_a_working_directory_that_was_removed_is_no_obstacle(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    assert invoke(lambda event, context: "ran") == "ran"
    monkeypatch.undo()


def test_layers_are_behind_the_code_on_the_path(tmp_path):
    from pytest_serverless.app.aws import LambdaSettings
    from pytest_serverless.app.model import Function

    code, layer = tmp_path / "code", tmp_path / "layer"
    (layer / "python").mkdir(parents=True)
    code.mkdir()
    (layer / "python" / "from_layer.py").write_text("NAME = 'layer'\n")
    (layer / "python" / "in_both.py").write_text("NAME = 'layer'\n")
    (code / "in_both.py").write_text("NAME = 'code'\n")
    (code / "layered.py").write_text(
        "import from_layer, in_both\ndef handler(e, c): return [from_layer.NAME, in_both.NAME]\n"
    )
    function = Function(
        name="f",
        provider="aws",
        handler="layered.handler",
        timeout_s=3,
        memory_mb=128,
        code=code,
        layers=(layer, tmp_path / "empty"),
        settings=LambdaSettings(),
    )

    outcome, error = Invoker().run(function, {})

    assert error is None
    assert outcome.value == ["layer", "code"]
    sys.modules.pop("from_layer", None)
