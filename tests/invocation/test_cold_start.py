"""When a handler's code is imported, and what a new import leaves behind."""

import sys

import pytest

from pytest_serverless import Invoker, LambdaSettings, invoke
from pytest_serverless.app.model import Function
from pytest_serverless.errors import InvalidParameterError


@pytest.fixture
def code(tmp_path):
    (tmp_path / "counting.py").write_text(
        "import helper_of_counting\n"
        "calls = 0\n"
        "def handler(event, context):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    return [calls, helper_of_counting.next()]\n"
    )
    (tmp_path / "helper_of_counting.py").write_text(
        "count = 0\ndef next():\n    global count\n    count += 1\n    return count\n"
    )
    return tmp_path


@pytest.fixture
def imported(code, monkeypatch):
    monkeypatch.syspath_prepend(str(code))
    yield
    for name in ("counting", "helper_of_counting"):
        sys.modules.pop(name, None)


def test_a_handler_is_imported_once_and_stays_warm(code):
    first = invoke("counting.handler", code=code, check=False)
    second = invoke("counting.handler", code=code, check=False)

    assert (first.cold_start, first.value) == (True, [1, 1])
    assert (second.cold_start, second.value) == (False, [2, 2])
    assert first.init_ms > 0
    assert second.init_ms is None


def test_the_code_of_a_folder_never_shows_in_the_tests_own_modules(code):
    invoke("counting.handler", code=code)

    assert not {"counting", "helper_of_counting"} & sys.modules.keys()


def test_two_functions_may_have_modules_of_the_same_name(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text("import shared_name\ndef handler(e, c): return shared_name.NAME\n")
        (tmp_path / name / "shared_name.py").write_text(f"NAME = {name!r}\n")

    values = [invoke("app.handler", code=tmp_path / name) for name in ("one", "two", "one")]

    assert values == ["one", "two", "one"]


def test_a_module_that_the_test_imported_is_never_imported_again(imported, code):
    import counting

    counting.calls = 10

    assert invoke("counting.handler")[0] == 11
    assert invoke("counting.handler", code=code)[0] == 12
    assert invoke(counting.handler, check=False).cold_start is False
    assert counting.calls == 13


def test_a_module_found_on_the_path_is_the_one_the_test_would_import(imported, code):
    invoke("counting.handler", code=code)

    import counting

    assert counting.calls == 1


def test_cold_imports_the_code_path_anew_and_leaves_the_old_modules_in_place(imported):
    import counting
    import helper_of_counting

    counting.calls, helper_of_counting.count = 10, 20
    outcome = invoke("counting.handler", cold=True, check=False)

    assert (outcome.value, outcome.cold_start) == ([1, 1], True)
    assert sys.modules["counting"] is counting
    assert sys.modules["helper_of_counting"] is helper_of_counting
    assert counting.handler({}, None) == [11, 21]


def test_cold_takes_a_callable_by_its_name(imported):
    import counting

    counting.calls = 10

    assert invoke(counting.handler, cold=True) == [1, 1]


def test_what_was_imported_anew_stays_warm_for_the_same_invoker(code):
    in_one_test = Invoker()

    values = [in_one_test("counting.handler", code=code, cold=cold)[0] for cold in (True, False, False, True)]

    assert values == [1, 2, 3, 1]


def test_cold_in_each_test_means_the_first_call_of_each_invoker(code):
    for _ in range(2):
        in_one_test = Invoker(cold_start="each_test")

        outcomes = [in_one_test("counting.handler", code=code, check=False) for _ in range(2)]

        assert [(o.value[0], o.cold_start) for o in outcomes] == [(1, True), (2, False)]


def test_a_packages_modules_are_imported_anew_with_it(tmp_path, monkeypatch):
    package = tmp_path / "cold_package" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "cold_package" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("COUNT = []\n")
    (package / "app.py").write_text(
        "from cold_package import inner\ndef handler(e, c):\n    inner.COUNT.append(1)\n    return len(inner.COUNT)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from cold_package.inner import app

    assert [invoke(app.handler), invoke(app.handler)] == [1, 2]
    assert invoke("cold_package/inner/app.handler", cold=True) == 1
    assert invoke(app.handler) == 3
    import cold_package

    assert cold_package.inner.app is app
    for name in [name for name in sys.modules if name.startswith("cold_package")]:
        del sys.modules[name]


def test_installed_libraries_are_not_imported_anew(code):
    (code / "uses_yaml.py").write_text("import yaml\ndef handler(e, c): return id(yaml)\n")
    import yaml

    assert invoke("uses_yaml.handler", code=code, cold=True) == id(yaml)


def test_a_handler_of_the_test_itself_cannot_be_imported_anew():
    def handler(event, context):
        return None

    for function in (handler, lambda event, context: None, test_a_handler_of_the_test_itself_cannot_be_imported_anew):
        with pytest.raises(InvalidParameterError, match=r"it is defined in a test. Put it into a module of its own"):
            invoke(function, cold=True)


def test_monkeypatching_a_warm_module_is_seen(imported, monkeypatch):
    import helper_of_counting

    monkeypatch.setattr(helper_of_counting, "next", lambda: "patched")

    assert invoke("counting.handler")[1] == "patched"


def test_each_execution_environment_has_a_log_stream_of_its_own(code):
    def stream(**options):
        return invoke("stream.handler", code=code, **options)

    (code / "stream.py").write_text("def handler(e, c): return c.log_stream_name\n")

    assert stream() == stream()
    assert stream() != stream(cold=True)


def test_a_function_that_is_first_invoked_by_another_has_modules_of_its_own(tmp_path):
    (tmp_path / "nested.py").write_text(
        "calls = []\n"
        "def inner(event, context):\n    calls.append('inner')\n    return calls\n"
        "def outer(event, context):\n    calls.append('outer')\n    return [invoke_inner(), calls]\n"
    )
    invoker = Invoker()

    def function(name):
        return Function(
            name=name,
            id=name,
            provider="aws",
            handler=f"nested.{name}",
            timeout_s=3,
            memory_mb=128,
            code=tmp_path,
            settings=LambdaSettings(),
        )

    invoker.module(function("outer")).invoke_inner = lambda: invoker.run(function("inner"), {})[0].value

    assert invoker.run(function("outer"), {})[0].value == [["inner"], ["outer"]]
