"""What a failed test shows first: what happened to its application."""

import textwrap

import pytest

ASSERTION = """
    import boto3

    def test_delivery(serverless):
        boto3.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="notes.jpg", Body=b"x")
        serverless.settle()
        assert serverless.queue("Failures").bodies == ["notes.jpg"]
"""


@pytest.fixture
def run(pytester, template):
    def start(test, *arguments):
        folder = template.parent / "failures"
        folder.mkdir(exist_ok=True)
        (folder / "test_failures.py").write_text(textwrap.dedent(test))
        return pytester.runpytest_inprocess(str(folder), f"--rootdir={template.parent}", *arguments)

    return start


def place(result, text):
    return next(number for number, line in enumerate(result.outlines) if text in line)


@pytest.mark.parametrize("style", ["long", "short", "native", "auto"])
def test_the_timeline_stands_above_the_traceback(run, style):
    result = run(ASSERTION, f"--tb={style}")

    result.assert_outcomes(failed=1)
    header, timeline, error = place(result, "_ test_delivery _"), place(result, "serverless timeline"), 'notes.jpg"]'
    assert timeline == header + 1
    assert timeline < place(result, error)
    assert "invocation" in result.outlines[timeline + 2]
    assert sum("serverless timeline" in line for line in result.outlines) == 1


def test_the_short_summary_still_says_what_failed(run):
    result = run(ASSERTION)

    result.stdout.fnmatch_lines(["FAILED *test_failures.py::test_delivery - Assertion*"])


def test_a_failure_without_a_traceback_has_it_too(run):
    result = run(ASSERTION.replace("assert serverless", "import pytest; pytest.fail('no', pytrace=False)  #"))

    assert place(result, "serverless timeline") < place(result, "FAILED")


def test_what_was_left_out_is_shown_where_nothing_was_invoked(run):
    result = run(ASSERTION.replace("notes.jpg", "notes.txt").replace("serverless.settle()", NOTED))

    assert "dropped" in result.outlines[place(result, "serverless timeline") + 2]


NOTED = """serverless.timeline.note(0.0, "dropped", "Uploads", "Resize", what="filter")"""


def test_a_distributed_run_shows_it_as_well(pytester, template, monkeypatch):
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly -p no:hypothesispytest")
    folder = template.parent / "failures"
    folder.mkdir(exist_ok=True)
    (folder / "test_failures.py").write_text(textwrap.dedent(ASSERTION))

    result = pytester.runpytest_subprocess(str(folder), f"--rootdir={template.parent}", "-n1")

    assert place(result, "serverless timeline") < place(result, "AssertionError")


def test_an_unexpected_failure_shows_it_at_once(run):
    result = run(
        """
        import boto3

        def test_delivery(serverless):
            boto3.client("sqs").send_message(QueueUrl=serverless.ref("Jobs"), MessageBody="crash")
            serverless.settle()
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    header = place(result, "_ ERROR at teardown of test_delivery _")
    assert "3 unexpected failed invocations (of Work)." in result.outlines[header + 1]
    assert result.outlines[header + 2].split() == ["time", "what", "of", "by", "status"]


def test_that_settle_was_forgotten_is_said(run):
    result = run(ASSERTION.replace("serverless.settle()", "pass"))

    assert "settle() was not called" in result.outlines[place(result, "serverless timeline") + 1]


def test_an_unexpected_failure_says_where_it_was_raised(run):
    result = run("""
        def test_crash(serverless):
            url = serverless.ref("Jobs")
            serverless.aws.client("sqs").send_message(QueueUrl=url, MessageBody="crash")
            serverless.settle()
    """)

    result.stdout.fnmatch_lines(["*RuntimeError: crashed (app.py:*)"])
