"""What a user pool's triggers do when somebody signs in."""

import base64
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as readers
from aws_lambda_powertools.utilities.parser import models
from botocore.exceptions import ClientError

from pytest_serverless import events
from tests.backends.cognito.conftest import ARN, PASSWORD

SECOND = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": f"{ARN}PreTokenGeneration"}}


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def error_of(raised):
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def test_a_sign_in_asks_before_and_after_and_about_the_tokens(make_pool, confirmed, sign_in, functions):
    pool = make_pool("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    confirmed(pool)

    sign_in(pool, ClientMetadata={"from": "web"})

    before, after, tokens = functions.heard
    assert functions.sources == [
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_Authentication",
    ]
    assert [events.check(event) for event in functions.heard] == [[], [], []]
    models.CognitoPreAuthenticationTriggerModel.model_validate(before)
    models.CognitoPostAuthenticationTriggerModel.model_validate(after)
    models.CognitoPreTokenGenerationTriggerModelV1.model_validate(tokens)
    assert before["request"]["validationData"] == {"from": "web"}
    # InitiateAuth hands ClientMetadata to PreSignUp, PreAuthentication and UserMigration alone (its API reference).
    assert "clientMetadata" not in after["request"]
    assert "clientMetadata" not in tokens["request"]


def test_an_administrators_sign_in_does_the_same(make_pool, confirmed, cognito, functions):
    pool = make_pool("PreAuthentication", "PreTokenGeneration")
    confirmed(pool)

    cognito.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )

    assert functions.sources == ["PreAuthentication_Authentication", "TokenGeneration_Authentication"]


def test_a_wrong_password_gets_as_far_as_pre_authentication(make_pool, confirmed, sign_in, functions):
    pool = make_pool("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    confirmed(pool)

    with pytest.raises(ClientError, match="NotAuthorizedException"):
        sign_in(pool, password="wrong")

    assert functions.sources == ["PreAuthentication_Authentication"]


def test_pre_authentication_may_refuse(make_pool, confirmed, sign_in, functions):
    pool = make_pool("PreAuthentication", "PostAuthentication")
    confirmed(pool)

    @functions.on("PreAuthentication")
    def refuse(event):
        raise PermissionError("Not at night")

    with pytest.raises(ClientError) as raised:
        sign_in(pool)

    code, message = error_of(raised)
    assert (code, message) == (
        "UserLambdaValidationException",
        "PreAuthentication failed with error Not at night.",
    )
    assert functions.sources == ["PreAuthentication_Authentication"]


def test_of_a_user_who_is_missing_it_hears_only_where_clients_must_not(make_pool, sign_in, functions):
    open_pool = make_pool("PreAuthentication")
    discreet = make_pool("PreAuthentication", client={"PreventUserExistenceErrors": "ENABLED"})

    for pool in (open_pool, discreet):
        with pytest.raises(ClientError):
            sign_in(pool)

    [event] = functions.heard
    assert event["userPoolId"] == discreet.id
    assert event["request"] == {"userAttributes": {}, "validationData": None, "userNotFound": True}
    assert events.check(event) == []


class TestTokens:
    def sign_in(self, make_pool, confirmed, sign_in, functions, answer, *triggers, groups=(), cognito=None):
        pool = make_pool(*(triggers or ("PreTokenGeneration",)), client={"ReadAttributes": ["email"]})
        confirmed(pool)
        for group in groups:
            cognito.create_group(UserPoolId=pool.id, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool.id, Username="alice", GroupName=group)
        functions.on("PreTokenGeneration")(lambda event: {**event, "response": answer})
        return sign_in(pool)["AuthenticationResult"]

    @pytest.fixture
    def tokens(self, make_pool, confirmed, sign_in, functions, cognito):
        return lambda answer, *triggers, **more: self.sign_in(
            make_pool, confirmed, sign_in, functions, answer, *triggers, cognito=cognito, **more
        )

    def test_claims_are_added_changed_and_suppressed_in_the_id_token_alone(self, tokens):
        details = {"claimsToAddOrOverride": {"tenant": "acme"}, "claimsToSuppress": ["email"]}

        made = tokens({"claimsOverrideDetails": details})

        assert claims(made["IdToken"])["tenant"] == "acme"
        assert "email" not in claims(made["IdToken"])
        assert "tenant" not in claims(made["AccessToken"])

    def test_the_services_own_claims_stay(self, tokens, cognito):
        own = {"sub": "me", "aud": "x", "iss": "y", "cognito:username": "root", "token_use": "access", "exp": "1"}

        made = tokens({"claimsOverrideDetails": {"claimsToAddOrOverride": own, "claimsToSuppress": ["sub", "aud"]}})

        found = claims(made["IdToken"])
        assert {name: found[name] for name in own} != own
        assert not set(own.values()) & {str(found[name]) for name in own}

    def test_the_new_tokens_are_the_pools(self, tokens, cognito):
        made = tokens(
            {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": {"tenant": "acme"}}}},
            SECOND,
        )

        assert claims(made["AccessToken"])["tenant"] == "acme"
        assert cognito.get_user(AccessToken=made["AccessToken"])["Username"] == "alice"

    def test_no_details_change_nothing(self, tokens):
        assert claims(tokens({"claimsOverrideDetails": None})["IdToken"])["email"] == "alice@example.com"

    def test_groups_are_told_and_may_be_replaced(self, tokens, functions):
        groups = {"groupsToOverride": ["admins"], "preferredRole": "arn:aws:iam::123456789012:role/admin"}

        made = tokens({"claimsOverrideDetails": {"groupOverrideDetails": groups}}, groups=["users"])

        told = functions.heard[-1]["request"]["groupConfiguration"]
        assert told == {"groupsToOverride": ["users"], "iamRolesToOverride": [], "preferredRole": None}
        assert claims(made["IdToken"])["cognito:groups"] == ["admins"]
        assert claims(made["IdToken"])["cognito:preferred_role"] == "arn:aws:iam::123456789012:role/admin"

    def test_an_empty_group_configuration_suppresses_the_groups(self, tokens):
        made = tokens({"claimsOverrideDetails": {"groupOverrideDetails": {}}}, groups=["users"])

        assert "cognito:groups" not in claims(made["IdToken"])

    def test_a_list_is_no_claim_of_version_1(self, tokens):
        with pytest.raises(ClientError) as raised:
            tokens({"claimsOverrideDetails": {"claimsToAddOrOverride": {"tenants": ["a", "b"]}}})

        assert error_of(raised) == ("InvalidLambdaResponseException", "Unrecognizable lambda output")

    def test_version_2_has_scopes_and_changes_the_access_token(self, tokens, functions):
        details = {
            "idTokenGeneration": {"claimsToAddOrOverride": {"tenants": ["a", "b"]}},
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"tier": 2, "scope": "mine", "username": "root"},
                "scopesToAdd": ["orders/read"],
                "scopesToSuppress": ["aws.cognito.signin.user.admin"],
            },
        }

        made = tokens({"claimsAndScopeOverrideDetails": details}, SECOND)

        event = functions.heard[-1]
        assert event["version"] == "2"
        assert event["request"]["scopes"] == ["aws.cognito.signin.user.admin"]
        assert events.check(event) == []
        assert readers.PreTokenGenerationV2TriggerEvent(event).request.scopes == ["aws.cognito.signin.user.admin"]
        assert claims(made["IdToken"])["tenants"] == ["a", "b"]
        access = claims(made["AccessToken"])
        assert (access["tier"], access["scope"], access["username"]) == (2, "orders/read", "alice")

    def test_a_refresh_asks_about_the_tokens_alone(self, make_pool, confirmed, sign_in, cognito, functions):
        pool = make_pool("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
        confirmed(pool)
        refresh = sign_in(pool)["AuthenticationResult"]["RefreshToken"]
        functions.heard.clear()

        cognito.initiate_auth(
            ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": refresh}
        )

        assert functions.sources == ["TokenGeneration_RefreshTokens"]


def test_tokens_come_after_the_new_password_that_was_asked_for(make_pool, cognito, sign_in, functions):
    pool = make_pool("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    cognito.admin_create_user(UserPoolId=pool.id, Username="alice", TemporaryPassword=PASSWORD)

    challenge = sign_in(pool)
    cognito.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": f"{PASSWORD}!"},
        ClientMetadata={"from": "web"},
    )

    assert functions.sources == [
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_NewPasswordChallenge",
    ]
    assert functions.heard[2]["request"]["clientMetadata"] == {"from": "web"}


class TestMigration:
    def fetch(self, functions, **answer):
        @functions.on("UserMigration")
        def fetch(event):
            assert event["request"]["password"] == PASSWORD
            found = readers.UserMigrationTriggerEvent(event)
            found.response.user_attributes = {"email": "alice@example.com"}
            event["response"].update(answer)
            return event

    def test_a_user_that_is_missing_is_fetched_and_signed_in(self, make_pool, sign_in, cognito, functions):
        pool = make_pool("UserMigration", "PostAuthentication")
        self.fetch(functions, finalUserStatus="CONFIRMED", messageAction="SUPPRESS")

        assert sign_in(pool, ClientMetadata={"from": "web"})["AuthenticationResult"]["IdToken"]

        asked = functions.heard[0]
        assert asked["request"]["validationData"] == {"from": "web"}
        assert events.check(asked) == []
        models.CognitoMigrateUserTriggerModel.model_validate(asked)
        assert functions.sources == ["UserMigration_Authentication", "PostAuthentication_Authentication"]
        assert sign_in(pool)["AuthenticationResult"]["IdToken"]
        assert functions.sources.count("UserMigration_Authentication") == 1

    def test_unless_it_is_confirmed_the_password_is_to_be_reset(self, make_pool, sign_in, functions):
        self.fetch(functions)

        with pytest.raises(ClientError, match="PasswordResetRequiredException"):
            sign_in(make_pool("UserMigration"))

    def test_whatever_goes_wrong_the_client_is_told_the_same(self, make_pool, sign_in, functions):
        pool = make_pool("UserMigration")

        @functions.on("UserMigration")
        def fail(event):
            raise LookupError("unknown there, too")

        with pytest.raises(ClientError) as raised:
            sign_in(pool)

        assert error_of(raised) == ("UserNotFoundException", f"Exception migrating user in app client {pool.client}")


class TestCustomAuth:
    TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "PostAuthentication")

    @pytest.fixture
    def pool(self, make_pool, confirmed, functions):
        """A pool that asks for the sum of two and three, twice at most."""
        pool = make_pool(*self.TRIGGERS)
        confirmed(pool)

        @functions.on("DefineAuthChallenge")
        def define(event):
            done = event["request"]["session"]
            passed = bool(done) and done[-1]["challengeResult"]
            failed = len(done) >= 2 and not passed
            name = None if passed or failed else "CUSTOM_CHALLENGE"
            event["response"] = {"challengeName": name, "issueTokens": passed, "failAuthentication": failed}
            return event

        @functions.on("CreateAuthChallenge")
        def create(event):
            response = readers.CreateAuthChallengeTriggerEvent(event).response
            response.public_challenge_parameters = {"question": "2 + 3"}
            response.private_challenge_parameters = {"answer": "5"}
            response.challenge_metadata = "SUM"
            return event

        @functions.on("VerifyAuthChallengeResponse")
        def verify(event):
            request = event["request"]
            event["response"]["answerCorrect"] = (
                request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
            )
            return event

        return pool

    def begin(self, cognito, pool, username="alice"):
        return cognito.initiate_auth(
            ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": username}
        )

    def answer(self, cognito, pool, session, answer):
        return cognito.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=session,
            ChallengeResponses={"USERNAME": "alice", "ANSWER": answer},
        )

    def test_the_challenge_shows_what_is_public(self, pool, cognito, functions):
        asked = self.begin(cognito, pool)

        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
        assert asked["ChallengeParameters"] == {"USERNAME": "alice", "question": "2 + 3"}
        assert functions.sources == ["DefineAuthChallenge_Authentication", "CreateAuthChallenge_Authentication"]
        assert functions.heard[0]["request"]["session"] == []
        assert [events.check(event) for event in functions.heard] == [[], []]

    def test_the_right_answer_gives_tokens(self, pool, cognito, functions):
        session = self.begin(cognito, pool)["Session"]
        functions.heard.clear()

        tokens = self.answer(cognito, pool, session, "5")["AuthenticationResult"]

        assert cognito.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
        verify, define, after = functions.heard
        assert after["triggerSource"] == "PostAuthentication_Authentication"
        assert verify["request"]["privateChallengeParameters"] == {"answer": "5"}
        assert define["request"]["session"] == [
            {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "SUM"}
        ]
        assert [events.check(event) for event in functions.heard] == [[], [], []]
        models.CognitoVerifyAuthChallengeTriggerModel.model_validate({**verify, "response": {"answerCorrect": True}})

    def test_a_wrong_answer_is_the_functions_to_judge(self, pool, cognito):
        again = self.answer(cognito, pool, self.begin(cognito, pool)["Session"], "4")
        assert again["ChallengeName"] == "CUSTOM_CHALLENGE"

        with pytest.raises(ClientError) as raised:
            self.answer(cognito, pool, again["Session"], "4")
        assert error_of(raised) == ("NotAuthorizedException", "Incorrect username or password.")

    def test_a_session_is_good_for_one_answer(self, pool, cognito):
        session = self.begin(cognito, pool)["Session"]
        self.answer(cognito, pool, session, "4")

        with pytest.raises(ClientError) as raised:
            self.answer(cognito, pool, session, "5")
        assert error_of(raised) == ("NotAuthorizedException", "Invalid session for the user.")

    def test_a_pool_without_such_triggers_says_so(self, make_pool, cognito):
        with pytest.raises(ClientError, match="Custom auth lambda trigger is not configured for the user pool"):
            self.begin(cognito, make_pool("PreAuthentication"))

    def test_who_is_not_there_cannot_begin(self, pool, cognito):
        with pytest.raises(ClientError, match="UserNotFoundException"):
            self.begin(cognito, pool, "nobody")

    def test_an_answer_that_decides_nothing_is_unrecognizable(self, pool, cognito, functions):
        functions.on("DefineAuthChallenge")(lambda event: event)

        with pytest.raises(ClientError, match="Unrecognizable lambda output"):
            self.begin(cognito, pool)
