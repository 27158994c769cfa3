"""One signed invocation over a real connection, in a process of its own: the bytes that arrived, as JSON."""

import json
from types import SimpleNamespace

from pytest_serverless.load.auth import AwsSignature
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.connections import GeventTransport
from pytest_serverless.load.drivers.lambda_driver import LambdaDriver
from tests.load.drivers.servers import OK, Server, answering


def main():
    keys = SimpleNamespace(access_key="AKIDEXAMPLE", secret_key="a-secret-key", token="a-session-token")
    signature = AwsSignature("lambda", "eu-west-1", SimpleNamespace(get_frozen_credentials=lambda: keys))
    server = Server(answering(OK))
    driver = LambdaDriver(GeventTransport(timeout_s=5.0), server.url, Classifier("lambda_invoke"), signature)
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:checkout:$LATEST"
    driver.send("POST", arn, {"Content-Type": "application/json"}, b'{"name": "tom & jerry"}')
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    print(json.dumps({"head": head, "body": body}))


if __name__ == "__main__":
    main()
