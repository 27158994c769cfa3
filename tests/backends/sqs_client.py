"""A client of botocore that asks our backend, and judges each answer by its own model."""

import json

import botocore.session
from botocore.validate import ParamValidator

from pytest_serverless.backends.sqs import SqsBackend, attach
from pytest_serverless.clock import FixedClock

NOW = 1_795_000_000.25
SESSION = botocore.session.get_session()

# The model says that these are always there, the service leaves them out where they would be empty:
# https://github.com/aws/aws-sdk/issues/536 and https://github.com/aws/aws-sdk/issues/657
LEFT_OUT = {"Successful", "Failed"}


def make_client(backend, region="us-east-1", key="AKIDEXAMPLE", **options):
    client = SESSION.create_client(
        "sqs", region_name=region, aws_access_key_id=key, aws_secret_access_key="secret", **options
    )
    attach(client, backend)
    client.meta.events.register("after-call.sqs", judge)
    return client


def judge(http_response, model, **_):
    """Refuse an answer that has what the model does not know, lacks what it demands, or has another type."""
    if http_response.status_code == 200 and model.output_shape is not None:
        answer = json.loads(http_response.content)
        missing = {name: [] for name in LEFT_OUT & set(model.output_shape.required_members) - set(answer)}
        report = ParamValidator().validate({**missing, **answer}, model.output_shape)
        assert not report.has_errors(), report.generate_report()


def make_world(**options):
    """Return a backend at a fixed time, its clock, and a client of it."""
    clock = FixedClock(NOW)
    backend = SqsBackend(clock, **options)
    return backend, clock, make_client(backend)


def refusal(call, **parameters):
    """Return the code and the message of the error that a call is answered with."""
    try:
        call(**parameters)
    except call.__self__.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call succeeded")
