"""The fixtures of the local platform, in runs of their own."""

import os
import shutil
import sys
from pathlib import Path

import pytest

APPS = Path(__file__).parents[2] / "fixtures/apps"

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

CREATES = """
    def items_of(platform):
        (table,) = platform.client("dynamodb").list_tables()["TableNames"]
        return platform.client("dynamodb").scan(TableName=table)["Count"]

    def create(platform):
        response = platform.request("POST", "/items", json={"name": "pen", "price": 2}, api="ItemsHttpApi")
        assert response.status == 201, response.text
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """A suite of tests of the items API."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(APPS / "items_api/src", pytester.path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(APPS / "items_api/template.yaml", pytester.path)

    def run(code, *options):
        pytester.makepyfile(test_it=CREATES + code)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", *options, timeout=120)

    return run


def test_each_test_finds_the_platform_as_it_was_at_the_start(suite):
    result = suite(
        """
    PIDS = []

    def test_first(serverless_platform):
        create(serverless_platform)
        assert items_of(serverless_platform) == 1
        PIDS.append(serverless_platform.pid)

    def test_second(serverless_platform):
        assert items_of(serverless_platform) == 0
        assert serverless_platform.truth()["arrivals"] == 0
        assert serverless_platform.logs == ""
        assert [serverless_platform.pid] == PIDS

    def test_same(serverless_platform, make_serverless_platform, serverless_template):
        assert make_serverless_platform(serverless_template) is serverless_platform
        """
    )

    result.assert_outcomes(passed=3)


def test_platforms_with_other_settings_stand_beside_it_and_all_end(suite):
    result = suite(
        """
    import pytest
    from pytest_serverless.errors import PlatformError

    PIDS = set()

    @pytest.fixture(scope="session")
    def serverless_platform_settings():
        return {"simulate": "1ms", "simulate_init": "1ms", "backends": False}

    @pytest.mark.parametrize("limit", [10, 20, 30, 40])
    def test_limits(make_serverless_platform, limit):
        platform = make_serverless_platform(limits={"account_concurrency": limit})
        platform.invoke("CreateItem", {})
        assert platform.truth()["arrivals"] == 1
        assert platform is make_serverless_platform("template.yaml", limits={"account_concurrency": limit})
        PIDS.add(platform.pid)

    def test_settings_that_there_are_none_of(make_serverless_platform):
        with pytest.raises(ValueError, match="no setting 'limit'; it takes"):
            make_serverless_platform(limit=1)

    def test_a_limit_that_there_is_none_of(make_serverless_platform):
        with pytest.raises(PlatformError, match="account_concurrency"):
            make_serverless_platform(limits={"acount_concurrency": 1})

    def test_pids():
        with open("pids", "w") as file:
            print(*PIDS, file=file)
        """
    )

    result.assert_outcomes(passed=7)
    pids = [int(pid) for pid in Path("pids").read_text().split()]
    assert len(pids) == 4
    assert not [pid for pid in pids if is_alive(pid)]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_stands_beside_the_application_in_process_and_neither_sees_the_other(suite):
    result = suite(
        """
    import boto3

    def test_both(serverless, serverless_platform):
        table = serverless.ref("Items")
        create(serverless_platform)
        assert items_of(serverless_platform) == 1
        assert boto3.client("dynamodb").scan(TableName=table)["Count"] == 0

        response = serverless.request("POST", "/items", json={"name": "pen", "price": 2}, api="ItemsHttpApi")
        response = serverless.request("POST", "/items", json={"name": "ink", "price": 2}, api="ItemsHttpApi")
        assert boto3.client("dynamodb").scan(TableName=table)["Count"] == 2
        assert items_of(serverless_platform) == 1
        assert serverless_platform.truth()["arrivals"] == 1
        assert len(serverless.invocations("CreateItem")) == 2

    def test_beside_an_empty_backend(aws_backend, serverless_platform):
        create(serverless_platform)
        assert boto3.client("dynamodb").list_tables()["TableNames"] == []
        assert items_of(serverless_platform) == 1

    def test_before_it(serverless_platform, aws_backend):
        assert items_of(serverless_platform) == 0
        """
    )

    result.assert_outcomes(passed=3)


def test_a_failed_test_shows_what_the_platform_said(suite):
    result = suite(
        """
    def test_fails(serverless_platform):
        create(serverless_platform)
        assert False
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*serverless*", "CreateItem  REPORT RequestId: *"])


def test_each_worker_has_one_of_its_own(suite, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS")
    result = suite(
        """
    import os, pytest

    @pytest.mark.parametrize("number", range(4))
    def test_worker(serverless_platform, number):
        create(serverless_platform)
        assert items_of(serverless_platform) == 1
        with open(f"pid-{serverless_platform.pid}", "w"):
            pass
        """,
        *("-p", "no:asyncio", "-p", "no:hypothesispytest", "-n", "2", "--dist", "each"),
    )

    result.assert_outcomes(passed=8)
    assert len(list(Path().glob("pid-*"))) == 2


def test_the_template_and_its_values_are_those_of_the_other_fixtures(suite, pytester):
    (pytester.path / "other").mkdir()
    (pytester.path / "other/app.py").write_text(
        "import os\ndef handler(event, context):\n    return os.environ['STAGE']\n"
    )
    (pytester.path / "other/template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Parameters: {Stage: {Type: String}}\n"
        "Resources:\n"
        "  Say:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties:\n"
        "      {Runtime: python3.12, Handler: app.handler, CodeUri: ., Environment: {Variables: {STAGE: !Ref Stage}}}\n"
    )
    result = suite(
        """
    import pytest

    @pytest.mark.serverless(template="other/template.yaml", parameters={"Stage": "marked"})
    def test_marked(serverless_platform):
        assert serverless_platform.invoke("Say") == "marked"

    def test_given(make_serverless_platform):
        platform = make_serverless_platform("other/template.yaml", parameters={"Stage": "given"})
        assert platform.invoke("Say") == "given"
        """
    )

    result.assert_outcomes(passed=2)


def test_what_is_wrong_with_a_template_is_said_in_the_test(suite):
    result = suite(
        """
    import pytest

    @pytest.mark.serverless(template="nothing.yaml")
    def test_nothing(serverless_platform):
        pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*PlatformError: The local platform did not start. There is no file *nothing.yaml*"])
