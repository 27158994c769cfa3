"""AWS as it answered: a session of boto3 whose calls get recorded shapes, held to the services' own models."""

from datetime import datetime, timezone
from functools import lru_cache

import boto3
from botocore.awsrequest import AWSResponse
from botocore.validate import validate_parameters

ACCOUNT = "123456789012"
REGION = "eu-west-1"
WHEN = datetime(2026, 11, 1, tzinfo=timezone.utc)
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/6a4be7b1-2569-4e0c-ae80-d07cea078474"


class Recorded:
    """Answers calls by `answers`: by operation a shape, an exception, or a function of the call's parameters.

    The last one that was made answers: all share a session, whose models take long to load.
    """

    def __init__(self, answers):
        self.answers = answers
        self.calls = []
        self.session = _session(self)

    def keep(self, params, context, **_):
        context["asked"] = params

    def answer(self, model, context, **_):
        asked = context["asked"]
        self.calls.append((model.service_model.service_name, model.name, asked))
        answer = self.answers[model.name]
        if callable(answer):
            answer = answer(asked)
        if isinstance(answer, Error):
            return AWSResponse("https://aws", answer.status, {}, None), answer.shape
        if isinstance(answer, Exception):
            raise answer
        validate_parameters(answer, model.output_shape)
        return AWSResponse("https://aws", 200, {}, None), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}


@lru_cache
def _shared():
    return boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name=REGION)


def _session(recorded):
    session = _shared()
    for event, handler in (("before-parameter-build", recorded.keep), ("before-call", recorded.answer)):
        session.events.unregister(event, unique_id=event)
        session.events.register(event, handler, unique_id=event)
    return session


class Error(Exception):
    """What a service says that refuses."""

    def __init__(self, code, message="", status=400):
        self.status = status
        self.shape = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
        super().__init__(code)


def stack(**facts):
    return {
        "Stacks": [
            {
                "StackName": "shop",
                "StackId": STACK_ID,
                "CreationTime": WHEN,
                "StackStatus": "UPDATE_COMPLETE",
                "Tags": [{"Key": "stage", "Value": "test"}],
                "Outputs": [{"OutputKey": "Url", "OutputValue": "https://example.com"}],
                **facts,
            }
        ]
    }


def resource(id_, type_, physical, status="CREATE_COMPLETE"):
    return {
        "LogicalResourceId": id_,
        "ResourceType": type_,
        "LastUpdatedTimestamp": WHEN,
        "ResourceStatus": status,
        **({"PhysicalResourceId": physical} if physical else {}),
    }


def function(name, **facts):
    """What GetFunctionConfiguration answers, but for what nobody reads here."""
    return {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "Runtime": "python3.12",
        "MemorySize": 512,
        "Architectures": ["arm64"],
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **facts,
    }


def arn(name, qualifier=""):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def answers_of(resources, **others):
    """Return the answers of a stack with such resources, of which nothing special is known."""
    return {
        "GetCallerIdentity": {"Account": ACCOUNT, "UserId": "AIDA", "Arn": f"arn:aws:iam::{ACCOUNT}:user/tester"},
        "DescribeStacks": stack(),
        "ListStackResources": {"StackResourceSummaries": resources},
        "GetFunctionConfiguration": lambda asked: function(asked["FunctionName"]),
        "GetFunctionConcurrency": {},
        "ListProvisionedConcurrencyConfigs": {"ProvisionedConcurrencyConfigs": []},
        **others,
    }
