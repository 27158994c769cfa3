"""A code is sent again, which moto does not know."""

import pytest
from botocore.exceptions import ClientError

from pytest_serverless import events


def resend(cognito, pool, username="alice", **more):
    return cognito.resend_confirmation_code(ClientId=pool.client, Username=username, **more)


def test_the_function_is_asked_for_the_texts(make_pool, sign_up, cognito, functions):
    pool = make_pool("CustomMessage")
    sign_up(pool)

    answer = resend(cognito, pool, ClientMetadata={"lang": "fr"})

    [event] = functions.heard
    assert event["triggerSource"] == "CustomMessage_ResendCode"
    assert event["request"]["clientMetadata"] == {"lang": "fr"}
    assert events.check(event) == []
    assert set(answer["CodeDeliveryDetails"]) == {"Destination", "DeliveryMedium", "AttributeName"}


def test_the_function_may_refuse(make_pool, sign_up, cognito, functions):
    pool = make_pool("CustomMessage")
    sign_up(pool)

    @functions.on("CustomMessage")
    def refuse(event):
        raise RuntimeError("too often")

    with pytest.raises(ClientError, match=r"CustomMessage failed with error too often\."):
        resend(cognito, pool)


def test_without_an_application_there_is_nobody_to_ask(make_pool, sign_up, cognito, functions, aws):
    pool = make_pool("CustomMessage")
    sign_up(pool)
    aws.functions = None

    assert resend(cognito, pool)["CodeDeliveryDetails"]


def test_who_is_confirmed_or_not_there_gets_none(make_pool, confirmed, cognito):
    pool = make_pool()
    confirmed(pool)

    with pytest.raises(ClientError, match=r"InvalidParameterException.*User is already confirmed\."):
        resend(cognito, pool)
    with pytest.raises(ClientError, match="UserNotFoundException"):
        resend(cognito, pool, "nobody")
    pool.client = "unknown"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        resend(cognito, pool)
