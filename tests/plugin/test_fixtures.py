"""The fixtures, as a test that uses them sees them."""

import json

import pytest

from pytest_serverless import events


def test_events_are_of_the_configured_account_and_region(pytester):
    pytester.makeini("[pytest]\nserverless_aws_account = 210987654321\nserverless_aws_region = eu-central-1\n")
    pytester.makepyfile(
        """
        def test(aws_events, lambda_context, invoke):
            [record] = aws_events.sqs.standard("x", queue="q")["Records"]
            assert record["eventSourceARN"] == "arn:aws:sqs:eu-central-1:210987654321:q"
            assert ":eu-central-1:210987654321:" in lambda_context.invoked_function_arn
            arn, region = invoke(lambda e, c: [c.invoked_function_arn, __import__("os").environ["AWS_REGION"]])
            assert ":eu-central-1:210987654321:" in arn and region == "eu-central-1"
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=1)


def test_every_fixture_tells_what_it_is_for(pytester):
    result = pytester.runpytest_inprocess("--fixtures")

    own = [line for line in result.outlines if "pytest_serverless" in line]
    assert len(own) >= 16
    shown = "\n".join(result.outlines)
    for line in own:
        after = shown[shown.index(line) :].splitlines()[1]
        assert "no docstring available" not in after


def test_events_of_all_providers_are_accurate(aws_events, azure_events, gcp_events):
    for event in (
        aws_events.s3.object_created(bucket="uploads", key="tom & jerry.jpg"),
        azure_events.http.request(),
        azure_events.queue.message("x"),
        gcp_events.http.request(),
        gcp_events.pubsub.message_published("x"),
    ):
        assert json.loads(json.dumps(event)) == event
    assert events.check(aws_events.s3.object_created(key="tom & jerry.jpg")) == []


def test_events_of_any_provider_are_found_by_its_name(serverless_events, aws_events):
    assert type(serverless_events("aws")) is type(aws_events)
    with pytest.raises(LookupError, match="Did you mean 'aws'"):
        serverless_events("awz")


def test_contexts_have_ids_of_their_own(make_lambda_context, lambda_context):
    made = make_lambda_context(function_name="resize", memory_mb=512, timeout=30)

    assert (made.function_name, made.memory_limit_in_mb) == ("resize", "512")
    assert made.aws_request_id != lambda_context.aws_request_id


def test_an_azure_context_is_made(make_azure_context):
    assert make_azure_context(function_name="hello").function_name == "hello"


REPEATABLE = """
    import json, pathlib

    def test(aws_events, lambda_context, invoke, request):
        ids = [
            aws_events.sqs.standard("x")["Records"][0]["messageId"],
            lambda_context.aws_request_id,
            invoke(lambda e, c: c.aws_request_id),
        ]
        assert len(set(ids)) == 3
        out = pathlib.Path(request.config.rootpath, "ids.txt")
        with out.open("a") as file:
            print(*ids, file=file)

    def test_another(aws_events, request):
        with pathlib.Path(request.config.rootpath, "ids.txt").open("a") as file:
            print(aws_events.sqs.standard("x")["Records"][0]["messageId"], file=file)
"""


def _ids(pytester, *args):
    (pytester.path / "ids.txt").unlink(missing_ok=True)
    pytester.runpytest_inprocess("-p", "no:randomly", *args).assert_outcomes(passed=2)
    return sorted((pytester.path / "ids.txt").read_text().splitlines())


def test_ids_are_the_same_at_each_run_and_differ_between_tests_and_seeds(pytester):
    pytester.makepyfile(REPEATABLE)

    first, again, other = _ids(pytester), _ids(pytester), _ids(pytester, "--serverless-seed=1")

    assert first == again
    assert not set(" ".join(first).split()) & set(" ".join(other).split())
    assert len(set(" ".join(first).split())) == 4


def test_at_a_fixed_time_events_are_the_same_to_the_byte(pytester):
    pytester.makepyfile(
        """
        import json, pathlib

        def test(aws_events, serverless_clock, request):
            text = json.dumps([aws_events.sqs.fifo("x"), aws_events.s3.object_created()])
            assert serverless_clock.now() == 1795428000.0
            with pathlib.Path(request.config.rootpath, "events.txt").open("a") as file:
                print(text, file=file)
        """
    )
    for _ in range(2):
        pytester.runpytest_inprocess("--serverless-now=2026-11-23T10:00:00Z").assert_outcomes(passed=1)

    first, second = (pytester.path / "events.txt").read_text().splitlines()
    assert first == second


def test_a_failure_says_how_to_get_the_same_events_again(pytester):
    pytester.makepyfile(
        """
        def test_with(aws_events):
            assert 0

        def test_without():
            assert 0
        """
    )
    result = pytester.runpytest_inprocess(
        "--serverless-seed=7", "--serverless-now=2026-11-23T10:00:00Z", "-p", "no:randomly"
    )

    result.stdout.fnmatch_lines(
        [
            "*- serverless -*",
            "The same ids and times again: --serverless-seed=7 --serverless-now=2026-11-23T10:00:00.000Z",
        ]
    )
    assert str(result.stdout).count("The same ids and times again") == 1


@pytest.mark.realtime
def test_a_breakpoint_in_a_handler_stops_and_takes_input(pytester):
    pytester.makepyfile(
        """
        def handler(event, context):
            secret = event["n"] * 7
            breakpoint()
            return secret

        def test(invoke):
            assert invoke(handler, {"n": 6}, timeout=0.2) == 42
        """
    )
    import sys

    result = pytester.run(
        sys.executable, "-m", "pytest", "-q", stdin=b"p 'secret is', secret\nimport time; time.sleep(0.5)\nc\n"
    )

    result.stdout.fnmatch_lines(["*'secret is', 42*", "*1 passed*"])
