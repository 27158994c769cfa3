"""The same tests where the application is deployed already: moto's server stands for an emulator."""

import textwrap

import pytest

from pytest_serverless.app.model import App, Function, Resource
from pytest_serverless.deployment.elsewhere import renamed

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def endpoint():
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


TEST = """
    import boto3
    import os
    import pytest

    def make(endpoint):
        return dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

    @pytest.mark.serverless(endpoint="{endpoint}")
    def test_there(serverless, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        boto3.client("dynamodb", **make("{endpoint}")).create_table(
            TableName=serverless.ref("Items"),
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
            AttributeDefinitions=[{{"AttributeName": "id", "AttributeType": "S"}}],
        )
        event = {{"Records": [{{"body": "made-there", "messageId": "1"}}]}}
        assert serverless.invoke("Work", event) == {{"batchItemFailures": []}}
        assert [call.operation for call in serverless.calls("dynamodb", function="Work")] == ["PutItem"]
        assert serverless.request("GET", "/items/made-there").status == 200
        table = boto3.resource("dynamodb", **make("{endpoint}")).Table(serverless.ref("Items"))
        assert table.scan()["Count"] == 1
        assert "AWS_ENDPOINT_URL" not in os.environ

    def test_here(serverless):
        assert serverless.request("GET", "/items/made-there").status == 404
"""


@pytest.mark.parametrize("order", ["there or here", "here or there"])
def test_the_endpoint_is_asked_and_nothing_is_mocked(pytester, template, endpoint, order):
    tests = template.parent / f"tests_{order[0]}"
    tests.mkdir()
    body = textwrap.dedent(TEST.format(endpoint=endpoint))
    if order.startswith("here"):
        head, _, here = body.partition("def test_here")
        body = head.replace("@pytest.mark", f"def test_here{here}\n\n@pytest.mark", 1)
    (tests / "test_elsewhere.py").write_text(body)
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()

    result = pytester.runpytest_subprocess(str(tests), f"--rootdir={template.parent}", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=2)


def test_deployed_names_take_the_place_of_the_templates():
    app = App(
        name="shop",
        provider="aws",
        template=None,
        functions={
            "Work": Function(
                name="shop-Work-1",
                provider="aws",
                handler="app.work",
                timeout_s=3,
                memory_mb=128,
                environment={"TABLE": "shop-Items-1", "ARN": "arn:aws:dynamodb:r:1:table/shop-Items-1", "N": "1"},
            )
        },
        resources={
            "Items": Resource(id="Items", type="T", name="shop-Items-1", attributes={"Arn": "arn:x/shop-Items-1"}),
            "Other": Resource(id="Other", type="T", name="shop-Items-10"),
        },
    )

    found = renamed(app, {"Items": "real-table", "Work": "real-work", "Unknown": "x"})

    assert found.functions["Work"].name == "real-work"
    assert found.functions["Work"].environment == {
        "TABLE": "real-table",
        "ARN": "arn:aws:dynamodb:r:1:table/real-table",
        "N": "1",
    }
    assert found.resources["Items"].attributes == {"Arn": "arn:x/real-table"}
    assert renamed(app, {}) is app
