"""A user pool with triggers, whose functions are Python functions of the test."""

import copy
import json
from types import SimpleNamespace

import boto3
import pytest

from pytest_serverless.outcome import Failure, Outcome

PASSWORD = "Correct-Horse-1"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


class Functions:
    """Stands for an application's functions: `heard` are the events that they were called with."""

    def __init__(self):
        self.handlers = {}
        self.heard = []

    @property
    def sources(self):
        return [event["triggerSource"] for event in self.heard]

    def on(self, trigger):
        def take(handler):
            self.handlers[trigger] = handler
            return handler

        return take

    def __call__(self, arn, event, *, cause, answered):
        assert arn.startswith(ARN)
        assert answered
        assert json.loads(json.dumps(event)) == event
        trigger = arn.removeprefix(ARN)
        if trigger == "Missing":
            return None
        self.heard.append(copy.deepcopy(event))
        handler = self.handlers.get(trigger, lambda given: given)
        common = {"function": trigger, "provider": "aws", "request_id": "1", "duration_ms": 1.0, "billed_ms": 1}
        common |= {"memory_mb": 128, "memory_used_mb": 50}
        try:
            value = handler(event)
        except Exception as error:
            failure = Failure(type=type(error).__name__, message=str(error), exception=error)
            return Outcome(status="error", payload=b"", value=None, failure=failure, **common)
        return Outcome(status="success", payload=json.dumps(value).encode(), value=value, **common)


@pytest.fixture
def functions(aws):
    aws.functions = Functions()
    yield aws.functions
    aws.functions = None


@pytest.fixture
def cognito(functions):
    return boto3.client("cognito-idp")


@pytest.fixture
def make_pool(cognito):
    """Make a pool whose triggers are functions of the same names."""

    def make(*triggers, client=None, **settings):
        config = {name: ARN + name for name in triggers if isinstance(name, str)}
        config |= {key: value for given in triggers if isinstance(given, dict) for key, value in given.items()}
        pool = cognito.create_user_pool(PoolName="users", LambdaConfig=config, **settings)["UserPool"]["Id"]
        made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", **(client or {}))
        return SimpleNamespace(id=pool, client=made["UserPoolClient"]["ClientId"])

    return make


@pytest.fixture
def sign_up(cognito):
    def sign_up(pool, username="alice", **more):
        attributes = more.pop("attributes", {"email": "alice@example.com"})
        given = [{"Name": name, "Value": value} for name, value in attributes.items()]
        return cognito.sign_up(ClientId=pool.client, Username=username, Password=PASSWORD, UserAttributes=given, **more)

    return sign_up


@pytest.fixture
def sign_in(cognito):
    def sign_in(pool, username="alice", password=PASSWORD, **more):
        return cognito.initiate_auth(
            ClientId=pool.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
            **more,
        )

    return sign_in


@pytest.fixture
def confirmed(cognito, functions):
    """Put a confirmed user into a pool, of whom no trigger has heard."""

    def make(pool, username="alice", **attributes):
        given = {"email": "alice@example.com", **attributes}
        cognito.admin_create_user(
            UserPoolId=pool.id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
        )
        cognito.admin_set_user_password(UserPoolId=pool.id, Username=username, Password=PASSWORD, Permanent=True)
        functions.heard.clear()

    return make
