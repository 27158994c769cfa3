"""Coverage and debuggers see a handler that an application runs as they see one that a test calls."""

import sys

import pytest
from coverage import CoverageData

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Timeout: 1
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""

HANDLER = """
import threading

from steps import steps_of

if __name__ == "__main__":
    raise SystemExit("never run")


def handler(event, context):
    done = []
    thread = threading.Thread(target=aside, args=(done,))
    thread.start()
    thread.join()
    for step in steps_of(event):
        if step > 2:
            done.append(lambda: "never called")
        elif step < 0:
            done.append("never taken")
        try:
            done.append(1 // step)
        except ZeroDivisionError:
            done.append(0)
    return {"statusCode": 200, "body": str(len(done))}


def aside(done):
    done.append(True)


def unused():
    return "never called"
"""

STOPPING = """
def handler(event, context):
    secret = 6 * 7
    breakpoint()
    assert secret == 43
    return {"statusCode": 200}
"""

STEPS = """
def steps_of(event):
    yield from range(4)
    if event is None:
        yield -1
"""

WAYS = {
    "direct": """
        import app

        def test(lambda_context):
            assert app.handler({}, lambda_context)["statusCode"] == 200
    """,
    "invoke": """
        def test(serverless):
            assert serverless.invoke("Work", {})["statusCode"] == 200
    """,
    "settle": """
        import boto3

        def test(serverless):
            boto3.client("sqs").send_message(QueueUrl=serverless.ref("Jobs"), MessageBody="x")
            assert serverless.settle() == 1
    """,
    "while a loop runs": """
        import asyncio

        async def work(serverless):
            return serverless.invoke("Work", {})

        def test(serverless):
            assert asyncio.run(work(serverless))["statusCode"] == 200
    """,
}

pytestmark = pytest.mark.realtime


@pytest.fixture
def application(pytester):
    (pytester.path / "template.yaml").write_text(TEMPLATE)
    source = pytester.mkdir("src")
    (source / "app.py").write_text(HANDLER)
    (source / "steps.py").write_text(STEPS)
    pytester.makeini("[pytest]\npythonpath = src\n")
    return pytester


@pytest.fixture
def covered(application, monkeypatch):
    """Run a test under coverage, and return by module which arcs between lines were taken."""
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)  # that of a run that measures us
    (application.path / ".coveragerc").write_text("[run]\nbranch = true\nsource = src\n")

    def covered(way):
        application.makepyfile(test_way=WAYS[way])
        application.run(sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q").assert_outcomes(passed=1)
        data = CoverageData(str(application.path / ".coverage"))
        data.read()
        return {name.rpartition("/")[2]: sorted(data.arcs(name)) for name in data.measured_files()}

    return covered


def test_coverage_is_that_of_a_direct_call_whatever_calls(covered):
    direct = covered("direct")

    assert set(direct) == {"app.py", "steps.py"}
    ran = {line for arc in direct["app.py"] for line in arc}
    assert HANDLER.splitlines().index("    done.append(True)") + 1 in ran, "what runs in a thread counts"
    assert [way for way in WAYS if way != "direct" and covered(way) != direct] == []


@pytest.mark.parametrize("way", ["invoke", "settle"])
def test_a_breakpoint_stops_and_takes_input_for_longer_than_the_timeout(application, way):
    (application.path / "src/app.py").write_text(STOPPING)
    application.makepyfile(WAYS[way])
    typed = b"p 'secret is', secret\nimport time; time.sleep(1.1)\nsecret = 43\nc\n"

    result = application.run(sys.executable, "-m", "pytest", "-q", stdin=typed)

    result.stdout.fnmatch_lines(["*'secret is', 42*", "*1 passed*"])
