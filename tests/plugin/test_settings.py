"""Settings: the flag before the ini key before the default, and the marker before all."""

import pytest


@pytest.mark.parametrize(
    ("ini", "arguments", "expected"),
    [
        ("", [], "us-east-1"),
        ("serverless_aws_region = eu-west-1", [], "eu-west-1"),
        ("serverless_aws_region = eu-west-1", ["--serverless-aws-region=cn-north-1"], "cn-north-1"),
    ],
)
def test_a_flag_is_stronger_than_an_ini_key(pytester, ini, arguments, expected):
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile(f"def test(serverless_aws_region): assert serverless_aws_region == {expected!r}")

    pytester.runpytest_inprocess(*arguments).assert_outcomes(passed=1)


def test_a_fixture_in_a_conftest_is_stronger_than_both(pytester):
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def serverless_aws_region():
            return "ap-south-1"
        """
    )
    pytester.makepyfile("def test(lambda_context): assert ':ap-south-1:' in lambda_context.invoked_function_arn")

    pytester.runpytest_inprocess("--serverless-aws-region=eu-west-1").assert_outcomes(passed=1)


def test_the_functions_environment_comes_from_ini_marker_and_call_each_stronger(pytester):
    pytester.makeini("[pytest]\nserverless_env =\n    A = ini\n    B=ini\n    C=ini = more\n")
    pytester.makepyfile(
        """
        import os
        import pytest

        pytestmark = pytest.mark.serverless(env={"A": "module", "B": "module"})

        def look(event, context):
            return [os.environ[name] for name in "ABC"]

        @pytest.mark.serverless(env={"B": "test"})
        def test(invoke):
            assert invoke(look) == ["module", "test", "ini = more"]
            assert invoke(look, env={"B": "call"}) == ["module", "call", "ini = more"]

        def test_set_by_the_test(invoke, monkeypatch):
            monkeypatch.setenv("C", "monkeypatch")
            assert invoke(look) == ["module", "module", "monkeypatch"]
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "mark", "second_test"),
    [
        ([], "", (3, 4)),
        (["--serverless-cold-start=each_test"], "", (1, 2)),
        ([], "@pytest.mark.serverless(cold=True)", (1, 2)),
        (["--serverless-cold-start=each_test"], "@pytest.mark.serverless(cold=False)", (1, 2)),
    ],
)
def test_handlers_are_imported_anew_where_the_suite_or_the_test_says_so(pytester, arguments, mark, second_test):
    code = pytester.mkdir("code")
    (code / "counted.py").write_text(
        "count = 0\ndef handler(e, c):\n    global count\n    count += 1\n    return count\n"
    )
    pytester.makepyfile(
        f"""
        import pytest

        def test_first(invoke):
            assert [invoke("counted.handler", code="code") for _ in range(2)] == [1, 2]

        {mark}
        def test_second(invoke):
            assert tuple(invoke("counted.handler", code="code") for _ in range(2)) == {second_test}
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly", *arguments).assert_outcomes(passed=2)


def test_seed_and_time_can_be_marked(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.serverless(seed=5, now="2026-11-23T10:00:00+01:00")
        def test(serverless_mint, serverless_clock):
            assert serverless_mint.seed.startswith("5:")
            assert serverless_clock.now() == 1795424400.0
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("(colour=1)", "*was given the unknown keyword 'colour'; it takes env, cold, seed, now, template**"),
        ("('template.yaml')", "*was given a positional argument; it takes env, cold, seed, now, template**"),
    ],
)
def test_a_wrong_marker_is_refused(pytester, marker, message):
    pytester.makepyfile(f"import pytest\n@pytest.mark.serverless{marker}\ndef test(invoke): pass")

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("serverless_now = tomorrow", "*serverless_now is a time such as 2026-11-23T10:00:00Z, not 'tomorrow'*"),
        ("serverless_cold_start = always", "*serverless_cold_start is never or each_test, not 'always'*"),
        ("serverless_env = TABLE", "*serverless_env takes lines such as TABLE=orders, not 'TABLE'*"),
        ("serverless_aws_region = moon", "*'moon' is not an AWS region*"),
    ],
)
def test_a_wrong_setting_is_named(pytester, ini, message):
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile("def test(invoke, aws_events): pass")

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_wrong_flag_is_named(pytester):
    result = pytester.runpytest_inprocess("--serverless-cold-start=always")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--serverless-cold-start: invalid choice: 'always'*"])


def test_the_marker_is_known(pytester):
    pytester.makepyfile("import pytest\n@pytest.mark.serverless(env={})\ndef test(): pass")

    pytester.runpytest_inprocess("--strict-markers").assert_outcomes(passed=1)
    pytester.runpytest_inprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.serverless(*, env=None, cold=None*"])
