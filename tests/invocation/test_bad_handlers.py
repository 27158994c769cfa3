"""Every way in which a handler cannot be found or imported, and what the error says."""

import sys

import pytest

from pytest_serverless import invoke
from pytest_serverless.errors import HandlerImportError, HandlerNotFoundError


@pytest.fixture
def code(tmp_path):
    (tmp_path / "orders.py").write_text(
        "def handle(event, context): return 1\nclass Api:\n    @staticmethod\n    def get(e, c): return 2\n"
    )
    (tmp_path / "broken.py").write_text("def handler(event, context)\n    return 1\n")
    (tmp_path / "needy.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "half.py").write_text("from json import no_such_thing\n")
    (tmp_path / "configured.py").write_text("import os\nTABLE = os.environ['TABLE_NAME_OF_CONFIGURED']\n")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        ("order.handle", HandlerNotFoundError, r"There is no module 'order'.*Did you mean 'orders'.*Pass code="),
        ("package.missing.handle", HandlerNotFoundError, r"There is no module 'package.missing'.*is not in .*package"),
        ("orders.handel", HandlerNotFoundError, r"orders\.py has no 'handel'\. Did you mean 'handle'\?"),
        ("orders", HandlerNotFoundError, r"'orders' is not a handler: it takes a module and a name in it"),
        ("", HandlerNotFoundError, r"'' is not a handler"),
        ("sys.exit", HandlerNotFoundError, r"'sys' is a module built into Python"),
        ("broken.handler", HandlerImportError, r"Importing 'broken' failed: .*broken\.py, line 1: "),
        (
            "needy.handler",
            HandlerImportError,
            r"it needs 'not_installed_anywhere', which is not installed here\. Install",
        ),
        ("half.handler", HandlerImportError, r"Importing 'half' failed: cannot import name 'no_such_thing'"),
        ("configured.handler", KeyError, "TABLE_NAME_OF_CONFIGURED"),
    ],
)
def test_the_error_says_what_was_there_and_what_to_do_and_nothing_changes(code, handler, error, message):
    modules, path = set(sys.modules), list(sys.path)

    with pytest.raises(error, match=message):
        invoke(handler, {}, code=code)

    assert {
        name for name in set(sys.modules) - modules if name in {"orders", "broken", "needy", "half", "configured"}
    } == set()
    assert sys.path == path


def test_the_cause_of_a_failed_import_is_chained(code):
    with pytest.raises(HandlerImportError) as caught:
        invoke("broken.handler", code=code)

    assert isinstance(caught.value.__cause__, SyntaxError)


def test_without_check_it_is_an_outcome_as_the_platform_reports_it(code):
    outcome = invoke("needy.handler", code=code, check=False)

    assert outcome.status == "init_error"
    assert outcome.value == {
        "errorMessage": "Unable to import module 'needy': No module named 'not_installed_anywhere'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }


def test_a_failed_import_can_be_tried_again_once_the_cause_is_gone(code):
    with pytest.raises(KeyError):
        invoke("configured.handler", code=code)
    (code / "configured.py").write_text(
        "import os\nTABLE = os.environ['TABLE_NAME_OF_CONFIGURED']\ndef handler(e, c): return TABLE\n"
    )

    assert invoke("configured.handler", code=code, env={"TABLE_NAME_OF_CONFIGURED": "t"}) == "t"
