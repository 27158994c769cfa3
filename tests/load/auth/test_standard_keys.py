"""Keys from the places where AWS's tools look, by botocore's own chain or from the environment alone."""

import sys

import pytest

from pytest_serverless.errors import CredentialsError, MissingExtraError
from pytest_serverless.load.auth import AwsSignature, Request, standard_keys

REQUEST = Request("POST", "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations")
PROFILES = """
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = default-secret

[staging]
aws_access_key_id = AKIDSTAGING
aws_secret_access_key = staging-secret
aws_session_token = staging-token
"""


@pytest.fixture(autouse=True)
def nowhere_else(monkeypatch, tmp_path):
    """No keys but those that a test puts somewhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def profiles(tmp_path):
    (tmp_path / "credentials").write_text(PROFILES)


@pytest.fixture
def no_botocore(monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore.session", None)


def signed_by(provider):
    return AwsSignature("lambda", "eu-west-1", provider).headers(REQUEST, 1_790_000_000.0)


def test_the_default_profile_is_read(profiles):
    pytest.importorskip("botocore")
    assert "Credential=AKIDDEFAULT/" in signed_by(standard_keys())["Authorization"]


def test_a_profile_is_chosen_by_name_or_by_the_environment(profiles, monkeypatch):
    pytest.importorskip("botocore")
    by_name = signed_by(standard_keys("staging"))
    monkeypatch.setenv("AWS_PROFILE", "staging")
    assert by_name == signed_by(standard_keys())
    assert by_name["X-Amz-Security-Token"] == "staging-token"


def test_a_profile_that_is_not_there_is_named(profiles):
    pytest.importorskip("botocore")
    with pytest.raises(CredentialsError, match="production"):
        standard_keys("production")


def test_no_keys_anywhere_is_said_by_who_signs():
    pytest.importorskip("botocore")
    with pytest.raises(CredentialsError, match="AWS_PROFILE"):
        AwsSignature("lambda", "eu-west-1", standard_keys())


def test_a_role_s_keys_are_asked_for_again_before_they_expire(tmp_path, monkeypatch):
    pytest.importorskip("botocore")
    asked = tmp_path / "asked"
    command = tmp_path / "keys.py"
    command.write_text(
        "import datetime, json, pathlib\n"
        f"asked = pathlib.Path({str(asked)!r})\n"
        "number = len(asked.read_text()) if asked.exists() else 0\n"
        "asked.write_text('x' * (number + 1))\n"
        "ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=12)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AKID{number}', 'SecretAccessKey': 's',"
        " 'SessionToken': 't', 'Expiration': ends.isoformat()}))\n"
    )
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {sys.executable} {command}\n")
    signature = AwsSignature("lambda", "eu-west-1", standard_keys())

    signature.due(0)  # they end in 12 minutes, which is within botocore's quarter of an hour: it asks again
    signature.due(0)

    assert "Credential=AKID0" not in signature.headers(REQUEST, 1_790_000_000.0)["Authorization"]


def test_without_botocore_the_environment_s_keys_are_used(no_botocore):
    variables = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "env-token"}
    headers = signed_by(standard_keys(environment=variables))
    assert "Credential=AKIDENV/" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "env-token"


def test_without_botocore_the_environment_is_read_again(no_botocore):
    variables = {"AWS_ACCESS_KEY_ID": "AKIDOLD", "AWS_SECRET_ACCESS_KEY": "s"}
    signature = AwsSignature("lambda", "eu-west-1", standard_keys(environment=variables))
    signature.due(0)
    variables["AWS_ACCESS_KEY_ID"] = "AKIDNEW"
    signature.due(1)
    assert "AKIDNEW" in signature.headers(REQUEST, 1_790_000_000.0)["Authorization"]


@pytest.mark.parametrize("profile", [None, "staging"])
def test_without_botocore_and_keys_the_extra_is_named(no_botocore, profile):
    variables = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"} if profile else {}
    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[aws\]"):
        standard_keys(profile, variables)
