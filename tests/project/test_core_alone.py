"""What works with the core dependencies alone; this file is also run in an environment that has nothing else."""

import sysconfig
import textwrap
from pathlib import Path

import pytest

EXTRAS = (
    "awslambdaric",
    "azure",
    "boto3",
    "botocore",
    "functions_framework",
    "locust",
    "moto",
    "responses",
    "time_machine",
)


@pytest.fixture
def suite(pytester):
    """A suite in which nothing that an extra brings can be imported, installed or not."""
    pytester.makeconftest(
        f"""
        import sys

        class Nothing:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {EXTRAS}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, Nothing())
        """
    )
    return lambda code: pytester.makepyfile(textwrap.dedent(code)) and pytester.runpytest_subprocess("-q")


def test_aws_events_contexts_and_invocations_need_no_extra(suite):
    result = suite(
        """
        from pytest_serverless import events

        def handler(event, context):
            return [event["Records"][0]["body"], context.memory_limit_in_mb]

        def test_events(aws_events):
            assert events.check(aws_events.sqs.standard("hello")) == []

        def test_every_aws_event_type_is_built():
            assert all(kind.build() for kind in events.catalog() if kind.provider == "aws")

        def test_context(lambda_context, aws_events):
            assert handler(aws_events.sqs.standard("hello"), lambda_context) == ["hello", "128"]

        def test_invoke(invoke, aws_events):
            assert invoke(handler, aws_events.sqs.standard("hello")) == ["hello", "128"]
        """
    )

    result.assert_outcomes(passed=4)


@pytest.mark.parametrize(("provider", "extra"), [("azure", "azure"), ("gcp", "gcp")])
def test_what_needs_an_extra_says_which(suite, provider, extra):
    result = suite(
        f"""
        import pytest
        from pytest_serverless.errors import MissingExtraError

        def handler(request):
            return "hello"

        def test_invoke(invoke, {provider}_events):
            with pytest.raises(MissingExtraError, match=r"pip install 'pytest-serverless-toolkit\\[{extra}\\]'"):
                invoke(handler, {provider}_events.http.request(), provider="{provider}")
        """
    )

    result.assert_outcomes(passed=1)


def test_the_command_line_needs_no_extra(pytester):
    command = Path(sysconfig.get_path("scripts"), "pytest-serverless")

    for arguments in (["doctor"], ["event", "list"], ["event", "new", "aws", "sqs", "fifo"]):
        assert pytester.run(command, *arguments).ret == 0
