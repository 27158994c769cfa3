"""What a user pool's triggers do when somebody signs up, is invited or is confirmed."""

import pytest
from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as readers
from aws_lambda_powertools.utilities.parser import models
from botocore.exceptions import ClientError

from pytest_serverless import events
from tests.backends.cognito.conftest import PASSWORD


def error_of(raised):
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_pre_sign_up_gets_what_was_sent_and_nothing_of_a_user_that_is_not_there_yet(make_pool, sign_up, functions):
    pool = make_pool("PreSignUp")

    sign_up(pool, ValidationData=[{"Name": "invite", "Value": "abc"}], ClientMetadata={"from": "web"})

    [event] = functions.heard
    assert event == {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": pool.id,
        "userName": "alice",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
        "triggerSource": "PreSignUp_SignUp",
        "request": {
            "userAttributes": {"email": "alice@example.com"},
            "validationData": {"invite": "abc"},
            "clientMetadata": {"from": "web"},
        },
        "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    }
    assert events.check(event) == []
    models.CognitoPreSignupTriggerModel.model_validate(event)


def test_without_validation_data_it_is_null_and_without_metadata_there_is_none(make_pool, sign_up, functions):
    sign_up(make_pool("PreSignUp"))

    request = functions.heard[0]["request"]
    assert request["validationData"] is None
    assert "clientMetadata" not in request


def test_pre_sign_up_may_confirm_the_user_which_post_confirmation_hears(make_pool, sign_up, cognito, functions):
    pool = make_pool("PreSignUp", "PostConfirmation", "CustomMessage", AutoVerifiedAttributes=["email"])

    @functions.on("PreSignUp")
    def confirm(event):
        readers.PreSignUpTriggerEvent(event).response.auto_confirm_user = True
        readers.PreSignUpTriggerEvent(event).response.auto_verify_email = True
        return event

    answer = sign_up(pool)

    assert answer["UserConfirmed"]
    assert "CodeDeliveryDetails" not in answer
    assert functions.sources == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    told = functions.heard[1]
    assert told["request"]["userAttributes"] == {
        "sub": answer["UserSub"],
        "cognito:user_status": "CONFIRMED",
        "email": "alice@example.com",
        "email_verified": "true",
    }
    assert events.check(told) == []
    user = cognito.admin_get_user(UserPoolId=pool.id, Username="alice")
    assert user["UserStatus"] == "CONFIRMED"


def test_a_refusal_is_worded_as_by_the_service_and_leaves_no_user(make_pool, sign_up, cognito, functions):
    pool = make_pool("PreSignUp")

    @functions.on("PreSignUp")
    def refuse(event):
        raise ValueError("Only members may")

    with pytest.raises(ClientError) as raised:
        sign_up(pool)

    assert error_of(raised) == ("UserLambdaValidationException", "PreSignUp failed with error Only members may.")
    assert cognito.list_users(UserPoolId=pool.id)["Users"] == []


def test_a_handler_that_looks_for_the_same_address_does_not_find_the_user_in_question(
    make_pool, sign_up, cognito, functions
):
    pool, found = make_pool("PreSignUp"), []

    @functions.on("PreSignUp")
    def look(event):
        found.extend(cognito.list_users(UserPoolId=pool.id, Filter='email = "alice@example.com"')["Users"])
        return event

    sign_up(pool)

    assert found == []
    assert len(cognito.list_users(UserPoolId=pool.id)["Users"]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "event",
        {},
        {"response": None},
        {"response": {"autoConfirmUser": "yes"}},
    ],
)
def test_what_is_no_answer_is_unrecognizable(make_pool, sign_up, functions, answer):
    functions.on("PreSignUp")(lambda event: answer)

    with pytest.raises(ClientError) as raised:
        sign_up(make_pool("PreSignUp"))

    assert error_of(raised) == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_a_function_that_is_not_there_is_told_of(make_pool, sign_up):
    missing = {"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:Missing"}

    with pytest.raises(ClientError) as raised:
        sign_up(make_pool(missing))

    code, message = error_of(raised)
    assert code == "UnexpectedLambdaException"
    assert message == "PreSignUp invocation failed due to error ResourceNotFoundException."


def test_to_verify_an_address_that_the_user_has_not_is_an_error(make_pool, sign_up, functions):
    functions.on("PreSignUp")(lambda event: {**event, "response": {"autoVerifyPhone": True}})

    with pytest.raises(ClientError, match="phone_number"):
        sign_up(make_pool("PreSignUp"))


def test_who_is_not_confirmed_is_sent_a_code(make_pool, sign_up, functions):
    sign_up(make_pool("CustomMessage", AutoVerifiedAttributes=["email"]))

    [event] = functions.heard
    assert event["triggerSource"] == "CustomMessage_SignUp"
    assert event["request"]["codeParameter"] == "{####}"
    assert event["request"]["usernameParameter"] is None
    assert events.check(event) == []
    models.CognitoCustomMessageTriggerModel.model_validate(event)


def test_where_addresses_are_user_names_the_event_has_the_users_id(make_pool, sign_up, functions):
    pool = make_pool("PreSignUp", UsernameAttributes=["email"])

    answer = sign_up(pool, "alice@example.com", attributes={})

    assert functions.heard[0]["userName"] == answer["UserSub"]
    assert functions.heard[0]["request"]["userAttributes"] == {"email": "alice@example.com"}


def test_a_confirmation_is_told_with_the_address_verified(make_pool, sign_up, cognito, functions):
    pool = make_pool("PostConfirmation", AutoVerifiedAttributes=["email"])
    sign_up(pool)

    cognito.confirm_sign_up(
        ClientId=pool.client, Username="alice", ConfirmationCode="123456", ClientMetadata={"from": "mail"}
    )

    [event] = functions.heard
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["request"]["userAttributes"]["email_verified"] == "true"
    assert event["request"]["clientMetadata"] == {"from": "mail"}
    assert event["response"] == {}
    models.CognitoPostConfirmationTriggerModel.model_validate(event)


def test_an_administrators_confirmation_is_told_too(make_pool, sign_up, cognito, functions):
    pool = make_pool("PostConfirmation")
    sign_up(pool)

    cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="alice")

    assert functions.sources == ["PostConfirmation_ConfirmSignUp"]
    assert functions.heard[0]["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"


def test_a_failing_post_confirmation_reaches_the_client_but_the_user_is_confirmed(
    make_pool, sign_up, cognito, functions
):
    pool = make_pool("PostConfirmation")
    sign_up(pool)

    @functions.on("PostConfirmation")
    def fail(event):
        raise RuntimeError("no table")

    with pytest.raises(ClientError, match=r"PostConfirmation failed with error no table\.$"):
        cognito.confirm_sign_up(ClientId=pool.client, Username="alice", ConfirmationCode="123456")
    assert cognito.admin_get_user(UserPoolId=pool.id, Username="alice")["UserStatus"] == "CONFIRMED"


class TestAdminCreateUser:
    def create(self, cognito, pool, **more):
        return cognito.admin_create_user(
            UserPoolId=pool.id,
            Username="bob",
            UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
            **more,
        )

    def test_it_asks_pre_sign_up_and_for_the_invitations_texts(self, make_pool, cognito, functions):
        self.create(cognito, make_pool("PreSignUp", "CustomMessage"), ClientMetadata={"by": "hr"})

        assert functions.sources == ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]
        asked, message = functions.heard
        assert asked["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
        assert asked["request"]["clientMetadata"] == {"by": "hr"}
        assert message["request"]["usernameParameter"] == "{username}"
        assert [events.check(event) for event in functions.heard] == [[], []]

    def test_a_suppressed_message_needs_no_texts(self, make_pool, cognito, functions):
        self.create(cognito, make_pool("CustomMessage"), MessageAction="SUPPRESS")

        assert functions.heard == []

    def test_pre_sign_up_cannot_confirm_here_but_refuse(self, make_pool, cognito, functions):
        pool = make_pool("PreSignUp")
        functions.on("PreSignUp")(lambda event: {**event, "response": {"autoConfirmUser": True}})
        assert self.create(cognito, pool)["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
        cognito.admin_delete_user(UserPoolId=pool.id, Username="bob")

        @functions.on("PreSignUp")
        def refuse(event):
            raise ValueError("no")

        with pytest.raises(ClientError, match=r"PreSignUp failed with error no\."):
            self.create(cognito, pool)
        assert cognito.list_users(UserPoolId=pool.id)["Users"] == []


class TestForgotPassword:
    def test_it_asks_for_the_messages_texts(self, make_pool, confirmed, cognito, functions):
        pool = make_pool("CustomMessage", "PostConfirmation")
        confirmed(pool)

        cognito.forgot_password(ClientId=pool.client, Username="alice", ClientMetadata={"lang": "fr"})
        cognito.confirm_forgot_password(ClientId=pool.client, Username="alice", ConfirmationCode="1", Password=PASSWORD)

        assert functions.sources == ["CustomMessage_ForgotPassword", "PostConfirmation_ConfirmForgotPassword"]
        assert functions.heard[0]["request"]["clientMetadata"] == {"lang": "fr"}
        assert [events.check(event) for event in functions.heard] == [[], []]

    def test_a_user_that_is_missing_is_fetched(self, make_pool, cognito, functions):
        pool = make_pool("UserMigration", "CustomMessage")

        @functions.on("UserMigration")
        def fetch(event):
            event["response"]["userAttributes"] = {"email": "alice@example.com", "email_verified": "true"}
            return event

        cognito.forgot_password(ClientId=pool.client, Username="alice")

        assert functions.sources == ["UserMigration_ForgotPassword", "CustomMessage_ForgotPassword"]
        assert events.check(functions.heard[0]) == []
        assert cognito.admin_get_user(UserPoolId=pool.id, Username="alice")["UserStatus"] == "RESET_REQUIRED"


def test_without_an_application_pools_do_as_motos_do(make_pool, sign_up, aws, functions):
    pool = make_pool("PreSignUp")
    aws.functions = None

    assert not sign_up(pool)["UserConfirmed"]
    assert functions.heard == []
