"""Every trap of clients made too early, or without credentials; those about imports run in a process of their own."""

import os
import subprocess
import sys
import textwrap

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import NoCredentialsError

from pytest_serverless.backends.credentials import aws_environment

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
PROLOGUE = """
from pytest_serverless.backends import finder
finder.install()
"""
ENTER = """
from pytest_serverless.backends.aws import AwsBackend
backend = AwsBackend()
"""


def run(*parts):
    script = "\n".join(textwrap.dedent(part) for part in parts)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        env=CLEAN,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.realtime
def test_the_finder_imports_nothing_heavy_and_changes_nothing():
    found = run("import sys; before = set(sys.modules)", PROLOGUE, """
        heavy = {"boto3", "botocore", "moto", "responses", "requests", "asyncio"} & set(sys.modules)
        import json, importlib.util
        print(sorted(heavy), importlib.util.find_spec("boto3").name, "botocore" in sys.modules)
    """)  # fmt: skip

    assert found.split() == ["[]", "boto3", "False"]


@pytest.mark.realtime
def test_a_client_made_at_import_before_moto_without_credentials_is_mocked():
    """The traps at once: no moto yet, no credentials, no default session of ours; a handler module does just this."""
    found = run(PROLOGUE, """
        import boto3, sys
        client = boto3.client("s3", region_name="us-east-1")
        table = boto3.resource("dynamodb", region_name="us-east-1").Table("items")
        assert "moto" not in sys.modules
    """, ENTER, """
        with backend.entered():
            client.create_bucket(Bucket="uploads")
            print([one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]])
            print(client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}).count("Signature"))
            try:
                table.load()
            except table.meta.client.exceptions.ResourceNotFoundException as error:
                print("mocked")
            print([call.operation for call in backend.journal.calls])
        from botocore.exceptions import NoCredentialsError
        try:
            client.list_buckets()
        except NoCredentialsError:
            print("as before")
    """)  # fmt: skip

    assert found.splitlines() == [
        "['uploads']",
        "1",
        "mocked",
        "['CreateBucket', 'ListBuckets', 'DescribeTable']",
        "as before",
    ]


@pytest.mark.realtime
def test_a_client_made_before_moto_meets_the_users_mock_inside_ours():
    found = run(PROLOGUE, """
        import boto3
        client = boto3.client("s3", region_name="us-east-1")
    """, ENTER, """
        from moto import mock_aws
        with backend.entered():
            client.create_bucket(Bucket="ours")
            with mock_aws():
                client.create_bucket(Bucket="theirs")
                print([one["Name"] for one in client.list_buckets()["Buckets"]])
            print([one["Name"] for one in client.list_buckets()["Buckets"]])
    """)  # fmt: skip

    assert found.splitlines() == ["['theirs']", "['ours']"]


@pytest.mark.realtime
def test_a_client_that_only_moto_knows_is_mocked_too():
    """Somebody imported moto and made a client before the plugin was loaded."""
    found = run("""
        import boto3, moto.core.models
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    """, PROLOGUE, ENTER, """
        with backend.entered():
            client.create_bucket(Bucket="uploads")
            print([one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]])
    """)  # fmt: skip

    assert found.split() == ["['uploads']"]


@pytest.mark.realtime
def test_the_finder_goes_when_it_is_told_to():
    found = run(PROLOGUE, """
        import sys
        finder.uninstall()
        import botocore.handlers
        handlers = botocore.handlers.BUILTIN_HANDLERS
        print("finder" in str(sys.meta_path), [one for one in finder.HANDLERS if one in handlers])
        print(finder.install(), finder.install())
        print(sum(one in finder.HANDLERS for one in botocore.handlers.BUILTIN_HANDLERS) == len(finder.HANDLERS))
    """)  # fmt: skip

    assert found.split() == ["False", "[]", "True", "False", "True"]


@pytest.mark.realtime
def test_the_finder_is_there_for_one_pytest_session_and_goes_with_it(tmp_path):
    (tmp_path / "test_one.py").write_text("import sys\ndef test_it(): assert 'finder' in str(sys.meta_path)\n")
    found = run(f"""
        import os, pytest, sys
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        code = pytest.main(["-p", "pytest_serverless.plugin", "-p", "no:cacheprovider", {str(tmp_path)!r}])
        print(int(code), "finder" in str(sys.meta_path))
    """)

    assert "1 passed" in found
    assert found.endswith("0 False\n")


@pytest.fixture
def bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, CLEAN[name])


def test_a_client_without_credentials_gets_its_own_back(started, bare_environment):
    client = boto3.Session().client("sns", "us-east-1")
    with started.entered():
        assert client.list_topics()["Topics"] == []

    with pytest.raises(NoCredentialsError):
        client.list_topics()


def test_credentials_that_are_fetched_when_used_are_not_fetched(started):
    fetched = []
    session = boto3.Session(region_name="us-east-1")
    session._session._credentials = RefreshableCredentials("a", "b", "c", None, fetched.append, "sso")
    session._session._credentials._expiry_time = None
    client = session.client("sns")

    with started.entered():
        client.list_topics()

    assert fetched == []
    assert client._request_signer._credentials is session._session._credentials


def test_a_client_is_made_without_any_setting(started, bare_environment):
    with started.entered():
        assert boto3.client("sqs").meta.region_name == "us-east-1"
        assert boto3.Session().get_credentials().access_key == "testing"


def test_profiles_and_endpoints_of_the_developer_are_out_of_the_way(started, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.example.com")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere.example.com")
    with started.entered():
        assert boto3.Session().client("s3").list_buckets()["Buckets"] == []

    assert os.environ["AWS_PROFILE"] == "does-not-exist"
    assert os.environ["AWS_ENDPOINT_URL_S3"] == "http://elsewhere.example.com"


def test_an_empty_region_is_replaced(started, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    with started.entered():
        assert boto3.Session().client("sqs").meta.region_name == "us-east-1"

    assert os.environ["AWS_DEFAULT_REGION"] == ""


def test_what_a_test_sets_within_is_followed_and_kept(started, monkeypatch):
    monkeypatch.delenv("AWS_REGION", raising=False)
    with started.entered():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        assert boto3.client("sns").meta.region_name == "eu-west-1"

    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_the_environment_is_as_before(bare_environment):
    before = dict(os.environ)
    with aws_environment("eu-central-1"):
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-central-1"

    assert dict(os.environ) == before


def test_the_default_session_of_the_user_is_not_used_and_comes_back(started, monkeypatch):
    theirs = boto3.Session(region_name="ap-south-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", theirs)
    with started.entered():
        assert boto3.client("sns").meta.region_name == "us-east-1"

    assert boto3.DEFAULT_SESSION is theirs


def test_clients_are_made_once(started):
    with started.entered():
        first = started.client("sns")
    with started.entered():
        assert started.client("sns") is first
    assert started.client("sns", "eu-west-1") is not first


@pytest.mark.realtime
def test_a_subprocess_is_not_mocked_and_has_credentials_that_open_nothing(aws):
    script = "import os; print(os.environ['AWS_ACCESS_KEY_ID'], os.environ.get('AWS_PROFILE'))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert found.stdout.split() == ["testing", "None"]
