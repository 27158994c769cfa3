"""Users of a Cognito user pool, judged by botocore: its model of the service and its parser of errors."""

import base64
import hashlib
import hmac
import json

import botocore.session
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth import CognitoUsers, Request, UserPool, renew
from tests.load.auth.doubles import NOW, Server, jwt

POOL = UserPool(region="eu-west-1", client_id="client1")
WITH_SECRET = UserPool(region="eu-west-1", client_id="client1", client_secret="hidden-secret")
USERS = [("anna", "hidden-1"), ("bert", "hidden-2"), ("cleo", "hidden-3")]
MODEL = botocore.session.get_session().get_service_model("cognito-idp")
OPERATION = MODEL.operation_model("InitiateAuth")


def clock(now_s=NOW):
    return lambda: now_s


def logged_in(name="anna", *, refresh="hidden-refresh", expires_in=3600, **more):
    result = {
        "AccessToken": jwt(username=f"uuid-of-{name}", token_use="access"),
        "ExpiresIn": expires_in,
        "IdToken": jwt(sub=name, token_use="id"),
        "TokenType": "Bearer",
        **({"RefreshToken": refresh} if refresh else {}),
    }
    answer = {"AuthenticationResult": result, "ChallengeParameters": {}, **more}
    shape = OPERATION.output_shape.members
    assert result.keys() <= shape["AuthenticationResult"].members.keys()
    assert answer.keys() <= shape.keys()
    return 200, answer


def refused(kind, message="Incorrect username or password.", status=400):
    answer = {"__type": kind, "message": message}
    parsed = create_parser("json").parse(
        {"status_code": status, "headers": {}, "body": json.dumps(answer).encode()}, OPERATION.output_shape
    )
    assert parsed["Error"] == {"Code": kind.rpartition("#")[2], "Message": message}
    return status, answer


def parameters(sent):
    """Return what a request asks for, after botocore has found it right."""
    asked = json.loads(sent.body)
    assert not ParamValidator().validate(asked, OPERATION.input_shape).has_errors()
    theirs = create_serializer("json").serialize_to_request(asked, OPERATION)
    assert json.loads(theirs["body"]) == asked
    assert (sent.method, sent.headers) == (theirs["method"], dict(theirs["headers"]))
    assert asked["AuthFlow"] in OPERATION.input_shape.members["AuthFlow"].enum
    return asked


def token(credentials, source=0, now_s=NOW):
    return credentials.headers(Request("GET", "https://api.example.com/", source=source), now_s)["Authorization"]


def test_each_user_logs_in_once_and_each_source_sends_as_one_of_them():
    credentials, server = CognitoUsers(POOL, USERS), Server(*(logged_in(name) for name, _ in USERS))
    assert renew(credentials, server, clock()) == 3
    assert [parameters(sent)["AuthParameters"] for sent in server.sent] == [
        {"USERNAME": name, "PASSWORD": password} for name, password in USERS
    ]
    assert {(parameters(sent)["AuthFlow"], sent.url) for sent in server.sent} == {
        ("USER_PASSWORD_AUTH", "https://cognito-idp.eu-west-1.amazonaws.com/")
    }
    expected = [f"Bearer {jwt(sub=name, token_use='id')}" for name, _ in USERS]
    assert [token(credentials, source) for source in range(6)] == expected * 2
    credentials.check(NOW)


def test_the_access_token_is_sent_where_it_is_asked_for():
    pool = UserPool(region="eu-west-1", client_id="client1", sends="access")
    credentials = CognitoUsers(pool, USERS[:1])
    renew(credentials, Server(logged_in()), clock())
    assert token(credentials) == f"Bearer {jwt(username='uuid-of-anna', token_use='access')}"


def test_a_user_is_renewed_by_its_refresh_token_which_does_not_come_again():
    credentials = CognitoUsers(POOL, USERS[:1])
    renew(credentials, Server(logged_in()), clock())
    for now_s in (NOW + 3400, NOW + 6800):
        server = Server(logged_in("renewed", refresh=""))
        assert renew(credentials, server, clock(now_s)) == 1
        asked = parameters(server.sent[0])
        assert asked["AuthFlow"] == "REFRESH_TOKEN_AUTH"
        assert asked["AuthParameters"] == {"REFRESH_TOKEN": "hidden-refresh"}
        assert token(credentials, now_s=now_s) == f"Bearer {jwt(sub='renewed', token_use='id')}"


def test_the_secret_hash_is_of_the_alias_at_first_and_then_of_the_users_own_name():
    # The hash: https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html (2026-11).
    credentials = CognitoUsers(WITH_SECRET, [("anna@example.com", "hidden-1")])
    server = Server(logged_in("anna"), logged_in("anna", refresh=""))
    renew(credentials, server, clock())
    renew(credentials, server, clock(NOW + 3400))
    for sent, name in zip(server.sent, ("anna@example.com", "uuid-of-anna"), strict=True):
        expected = hmac.new(b"hidden-secret", f"{name}client1".encode(), hashlib.sha256).digest()
        assert base64.b64decode(parameters(sent)["AuthParameters"]["SECRET_HASH"]) == expected


def test_where_the_refresh_token_is_refused_the_user_logs_in_again():
    credentials = CognitoUsers(POOL, USERS[:1])
    server = Server(logged_in(), refused("NotAuthorizedException", "Refresh Token has expired"), logged_in("again"))
    renew(credentials, server, clock())
    renew(credentials, server, clock(NOW + 3400))
    assert "logging in again" in credentials.trouble()
    renew(credentials, server, clock(NOW + 3401))
    assert parameters(server.sent[-1])["AuthFlow"] == "USER_PASSWORD_AUTH"
    assert token(credentials, now_s=NOW + 3401) == f"Bearer {jwt(sub='again', token_use='id')}"


def test_a_wrong_password_is_final_for_that_user_alone():
    credentials = CognitoUsers(POOL, USERS[:2])
    renew(credentials, Server(refused("NotAuthorizedException"), logged_in("bert")), clock())
    assert credentials.due(NOW + 1000) is None
    assert token(credentials, 1)
    with pytest.raises(CredentialsError) as caught:
        credentials.check(NOW)
    assert str(caught.value) == (
        "The id token of user 'anna' could not be had: Cognito answered 400: NotAuthorizedException: Incorrect "
        "username or password: check the user's password, and the client's secret if it has one"
    )
    assert credentials.trouble().startswith("1 of 2 users: Cognito answered 400")


@pytest.mark.parametrize("kind", ["TooManyRequestsException", "InternalErrorException", "a.b#LimitExceededException"])
def test_where_cognito_is_busy_it_is_tried_again(kind):
    credentials = CognitoUsers(POOL, USERS[:1])
    renew(credentials, Server(refused(kind, "busy")), clock())
    assert credentials.due(NOW + 0.9) is None
    renew(credentials, Server(logged_in()), clock(NOW + 1))
    assert token(credentials, now_s=NOW + 1)


@pytest.mark.parametrize("challenge", ["NEW_PASSWORD_REQUIRED", "SMS_MFA", "SOFTWARE_TOKEN_MFA"])
def test_a_challenge_is_told_and_not_tried_again(challenge):
    assert challenge in OPERATION.output_shape.members["ChallengeName"].enum
    credentials = CognitoUsers(POOL, USERS[:1])
    renew(credentials, Server((200, {"ChallengeName": challenge, "Session": "s", "ChallengeParameters": {}})), clock())
    with pytest.raises(CredentialsError, match=f"asks for {challenge}"):
        credentials.check(NOW)


@pytest.mark.parametrize("answer", [(200, {}), (200, b"no JSON"), (200, {"AuthenticationResult": {"IdToken": "x"}})])
def test_an_answer_without_tokens_is_told(answer):
    credentials = CognitoUsers(POOL, USERS[:1])
    renew(credentials, Server(answer), clock())
    with pytest.raises(CredentialsError, match="without the id token"):
        credentials.check(NOW)


def test_users_log_in_side_by_side_but_each_once_at_a_time():
    credentials = CognitoUsers(POOL, USERS)
    asks = [credentials.due(NOW) for _ in range(4)]
    assert [ask and json.loads(ask.body)["AuthParameters"]["USERNAME"] for ask in asks] == [
        "anna",
        "bert",
        "cleo",
        None,
    ]


def test_a_user_who_is_tried_again_does_not_keep_the_others_waiting():
    credentials = CognitoUsers(POOL, USERS)
    credentials.due(NOW).failed("unreachable", now_s=NOW)
    names = [json.loads(credentials.due(NOW + 1).body)["AuthParameters"]["USERNAME"] for _ in USERS]
    assert names == ["bert", "cleo", "anna"]


def test_no_secret_is_printed():
    credentials = CognitoUsers(WITH_SECRET, USERS)
    ask = credentials.due(NOW)
    body = json.dumps(refused("NotAuthorizedException", "hidden-1 of hidden-secret")[1]).encode()
    ask.answered(400, {}, body, now_s=NOW)
    renew(credentials, Server(logged_in("bert"), OSError("hidden-3")), clock())
    texts = [repr(credentials), repr(WITH_SECRET), repr(ask), credentials.trouble(), *map(repr, credentials._users)]
    texts += [user.renewal.trouble() + repr(user.renewal) for user in credentials._users]
    assert not [text for text in texts if "hidden" in text or "eyJ" in text]
    assert {"hidden-1", "hidden-secret", "hidden-refresh"} <= set(credentials.secrets())


def test_bad_parameters_are_refused():
    with pytest.raises(CredentialsError, match="there are none"):
        CognitoUsers(POOL, [])
    with pytest.raises(InvalidParameterError, match="'id' or its 'access' token"):
        CognitoUsers(UserPool(region="r", client_id="c", sends="refresh"), USERS)
    with pytest.raises(InvalidParameterError, match="https only"):
        CognitoUsers(UserPool(region="r", client_id="c", endpoint="http://example.com/"), USERS)
