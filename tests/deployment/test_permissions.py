"""What the roles of an application's functions allow, reported and enforced."""

import textwrap


def run(pytester, template, test, *arguments):
    tests = template.parent / f"permission_tests_{pytester.path.name}"
    tests.mkdir(exist_ok=True)
    (tests / "test_it.py").write_text(textwrap.dedent(test))
    return pytester.runpytest_inprocess(
        str(tests), f"--rootdir={template.parent}", "-p", "no:cacheprovider", *arguments
    )


REACHING_OUT = """
    import boto3

    def test(serverless):
        boto3.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="a.jpg", Body=b"x")
        serverless.settle()
"""


def test_nothing_is_said_unless_asked(pytester, template):
    result = run(pytester, template, REACHING_OUT)

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*permissions*")


def test_a_report_names_the_call_and_the_statement_to_add(pytester, template):
    result = run(pytester, template, REACHING_OUT, "--serverless-permissions=report")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*serverless permissions*",
            "*template.yaml:*: error: Resize calls sqs:SendMessage on arn:aws:sqs:*-Jobs-*",
            "*Add to its policies:*",
            '*"sqs:SendMessage"*',
        ]
    )
    result.stdout.fnmatch_lines(["*warning:*ResizeRole more than was used:*dynamodb:UpdateItem*"])


def test_a_report_is_one_for_a_distributed_run(pytester, template):
    result = run(
        pytester,
        template,
        REACHING_OUT + REACHING_OUT.replace("def test", "def test_again"),
        "--serverless-permissions=report",
        "-p",
        "xdist.plugin",
        "-n2",
    )

    result.assert_outcomes(passed=2)
    assert str(result.stdout).count("Resize calls sqs:SendMessage") == 1


ENFORCED = """
    import pytest
    from botocore.exceptions import ClientError

    pytestmark = pytest.mark.serverless(permissions="enforce")

    def test_allowed(serverless):
        assert serverless.invoke("Work", {"Records": [{"body": "one", "messageId": "1"}]}) == {"batchItemFailures": []}

    def test_denied(serverless):
        with pytest.raises(ClientError) as caught:
            serverless.invoke("Ask", {})
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
        assert "is not authorized to perform: lambda:InvokeFunction on resource: " in str(caught.value)

    def test_the_test_itself_may_do_anything(serverless):
        serverless.aws.client("dynamodb").scan(TableName=serverless.ref("Items"))
"""


def test_enforced_a_call_is_answered_as_the_service_answers_it(pytester, template):
    run(pytester, template, ENFORCED).assert_outcomes(passed=3)


def test_a_failed_test_tells_of_the_invocation_that_was_denied(pytester, template):
    test = """
        import boto3

        def test(serverless):
            boto3.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="a.jpg", Body=b"x")
            serverless.settle()
            assert serverless.invocations("Resize")[0].ok
    """

    result = run(pytester, template, test, "--serverless-permissions=enforce")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*serverless timeline*", "time *", "*invocation *Resize *ClientError: *sqs:sendmessage*"]
    )


def test_a_failed_test_without_invocations_tells_of_none(pytester, template):
    result = run(pytester, template, "def test(serverless):\n    assert False\n")

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*serverless timeline*")
