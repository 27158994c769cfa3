"""Who calls: what requests carry to show it, renewed while a run lasts."""

from pytest_serverless.load.auth.aws import AwsSignature, KeyProvider
from pytest_serverless.load.auth.cognito import CognitoUsers, UserPool
from pytest_serverless.load.auth.credentials import Answer, Ask, Credentials, Request, Send, Standing, renew
from pytest_serverless.load.auth.google import GoogleIdToken
from pytest_serverless.load.auth.keys import ApiKey, FunctionKey
from pytest_serverless.load.auth.oauth import ClientCredentials
from pytest_serverless.load.auth.redaction import redact
from pytest_serverless.load.auth.standard_keys import EnvironmentKeys, standard_keys
from pytest_serverless.load.auth.storms import Unauthorised, is_unauthorised
from pytest_serverless.load.auth.tokens import BearerToken

__all__ = [
    "Answer",
    "ApiKey",
    "Ask",
    "AwsSignature",
    "BearerToken",
    "ClientCredentials",
    "CognitoUsers",
    "Credentials",
    "EnvironmentKeys",
    "FunctionKey",
    "GoogleIdToken",
    "KeyProvider",
    "Request",
    "Send",
    "Standing",
    "Unauthorised",
    "UserPool",
    "is_unauthorised",
    "redact",
    "renew",
    "standard_keys",
]
