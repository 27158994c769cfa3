"""Who calls a REST API; recordings of the service as in `test_rest_api.py`."""

import pytest

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


@pytest.fixture
def rest_api():
    return AwsEvents(Mint(seed=7)).rest_api


def test_claims_of_a_user_pool_are_text_and_their_dates_written_out(rest_api):
    claims = rest_api.cognito_authorizer(claims={"exp": 1718722804, "auth_time": 1718636404, "admin": True})[
        "requestContext"
    ]["authorizer"]["claims"]
    assert set(map(type, claims.values())) == {str}
    # as recorded: jwt-authorizer-auth.json
    assert (claims["exp"], claims["auth_time"]) == ("Tue Jun 18 15:00:04 UTC 2024", "1718636404")
    assert claims["admin"] == "true"


def test_a_claim_that_is_no_text_is_a_violation(rest_api):
    event = rest_api.cognito_authorizer()
    event["requestContext"]["authorizer"]["claims"]["auth_time"] = 1718636404
    (violation,) = events.check(event)
    assert violation.fix == "1718636404"


def test_a_lambda_authorizers_context_is_beside_its_principal(rest_api):
    authorizer = rest_api.lambda_authorizer(principal="u1", context={"tenant": 7})["requestContext"]["authorizer"]
    assert authorizer == {"principalId": "u1", "integrationLatency": 42, "tenant": "7"}


def test_a_signed_request_tells_the_caller(rest_api):
    arn = "arn:aws:sts::123456789012:assumed-role/Admin/till"
    identity = rest_api.iam(caller=arn)["requestContext"]["identity"]
    assert (identity["userArn"], identity["accountId"]) == (arn, "123456789012")
    assert identity["caller"] == identity["user"]
    assert identity["user"].endswith(":till")


def test_an_api_key_is_what_was_sent(rest_api):
    event = rest_api.api_key(api_key="k" * 20)
    assert event["headers"]["x-api-key"] == event["requestContext"]["identity"]["apiKey"] == "k" * 20
    event["requestContext"]["identity"]["apiKey"] = "other"
    assert [violation.path for violation in events.check(event)] == ["requestContext.identity.apiKey"]


def test_a_client_certificate_can_be_parsed_and_says_what_stands_beside_it(rest_api):
    x509 = pytest.importorskip("cryptography.x509")
    certificate = rest_api.mutual_tls()["requestContext"]["identity"]["clientCert"]
    parsed = x509.load_pem_x509_certificate(certificate["clientCertPem"].encode())
    assert parsed.subject.rfc4514_string() == certificate["subjectDN"]
    assert parsed.issuer.rfc4514_string() == certificate["issuerDN"]
    assert f"{parsed.serial_number:032x}" == certificate["serialNumber"].replace(":", "")
    assert f"{parsed.not_valid_after_utc:%Y}" in certificate["validity"]["notAfter"]


def test_the_consoles_test_has_no_headers_no_deployment_and_no_address(rest_api):
    # as recorded: console-test-ui.json
    event = rest_api.test_invoke("POST", "/no-auth")
    context = event["requestContext"]
    assert (event["headers"], event["multiValueHeaders"]) == (None, None)
    assert "deploymentId" not in context
    assert (context["path"], context["stage"], context["domainName"]) == (
        "/no-auth",
        "test-invoke-stage",
        "testPrefix.testDomainName",
    )
    assert context["identity"]["sourceIp"] == "test-invoke-source-ip"


def test_a_caller_that_is_none_is_refused(rest_api):
    with pytest.raises(InvalidParameterError, match="ARN of a user"):
        rest_api.iam(caller="alice")


def test_the_consoles_test_knows_no_stage(rest_api):
    with pytest.raises(InvalidParameterError, match="without stage"):
        rest_api.test_invoke(stage="prod")
