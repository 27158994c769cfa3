import argparse
import json
import sys
from dataclasses import replace

import pytest

from pytest_serverless.cli import doctor
from pytest_serverless.cli.doctor import Machine, examine

REQUIREMENTS = [
    "pytest>=8.2",
    "pyyaml>=6.0.1",
    "awslambdaric>=3.0; (sys_platform == 'linux') and extra == 'aws'",
    "boto3>=1.34; extra == 'aws'",
    "azure-functions>=1.21; extra == 'azure'",
    "functions-framework>=3.8; extra == 'gcp'",
    "pytest-serverless-toolkit[aws]; extra == 'local'",
    "rich>=13.7; extra == 'local'",
    "uvloop>=0.21; (platform_system != 'Windows') and extra == 'local'",
    "locust>=2.32; (python_version >= '3.11') and extra == 'load'",
]
HEALTHY = Machine(
    python=(3, 12, 1),
    system="Linux",
    architecture="x86_64",
    distributions={
        "pytest-serverless-toolkit": "1.0",
        "pytest": "9.0",
        "pyyaml": "6.0.3",
        "awslambdaric": "4.2",
        "boto3": "1.40",
        "azure-functions": "1.26",
        "functions-framework": "3.10",
        "locust": "2.40",
        "rich": "15.0",
        "uvloop": "0.22",
    },
    requirements=REQUIREMENTS,
    pytest_plugins={"serverless_toolkit": "pytest-serverless-toolkit"},
    node="22.11.0",
)


def having(**distributions):
    names = {name.replace("_", "-"): version for name, version in distributions.items()}
    return replace(HEALTHY, distributions={**HEALTHY.distributions, **names})


def without(name):
    return replace(HEALTHY, distributions={k: v for k, v in HEALTHY.distributions.items() if k != name})


def of(machine, subject):
    found = [finding for finding in examine(machine) if finding.subject == subject]
    assert len(found) == 1, f"{len(found)} findings on {subject}"
    return found[0]


def problems(machine):
    return [finding.subject for finding in examine(machine) if finding.level == "problem"]


def test_a_healthy_machine_has_only_good_findings():
    assert {finding.level for finding in examine(HEALTHY)} == {"ok"}


def test_extras_are_listed_with_the_versions_that_were_found():
    assert of(HEALTHY, "extra aws").text == "awslambdaric 4.2, boto3 1.40"


def test_a_missing_extra_says_what_it_would_bring_and_the_command_that_installs_it():
    finding = of(without("functions-framework"), "extra gcp")

    assert finding.level == "missing"
    assert finding.text.startswith("functions-framework is not installed. It would bring Google's events")
    assert finding.remedy == "pip install 'pytest-serverless-toolkit[gcp]'"


def test_a_missing_extra_is_no_problem():
    assert problems(without("boto3")) == []


def test_an_outdated_member_of_an_extra_is_named_with_what_is_needed():
    assert "boto3 1.20 does not satisfy >=1.34" in of(having(boto3="1.20"), "extra aws").text


def test_a_requirement_of_another_system_is_not_asked_for():
    mac = replace(without("awslambdaric"), system="Darwin")

    assert of(mac, "extra aws").text == "boto3 1.40"


def test_an_extra_that_this_python_cannot_have_is_not_offered():
    old = replace(without("locust"), python=(3, 10, 4))

    finding = of(old, "extra load")

    assert (finding.level, finding.remedy) == ("note", "")


def test_an_old_pytest_is_a_problem_with_its_remedy():
    finding = of(having(pytest="7.4.4"), "pytest")

    assert finding.level == "problem"
    assert finding.text == "pytest 7.4.4 does not satisfy >=8.2"
    assert finding.remedy == "pip install 'pytest>=8.2'"


def test_a_development_release_of_pytest_is_new_enough():
    assert problems(having(pytest="10.0.0.dev12")) == []


def test_the_abandoned_distribution_of_the_same_import_name_is_a_problem():
    finding = of(having(pytest_serverless="1.0.0"), "pytest-serverless")

    assert finding.level == "problem"
    assert finding.remedy == "pip uninstall pytest-serverless"


def test_locusts_pytest_plugin_is_noted_with_the_name_that_turns_it_off():
    machine = replace(HEALTHY, pytest_plugins={"locust": "locust"})

    finding = of(machine, "locust")

    assert finding.level == "note"
    assert "--host" in finding.text
    assert finding.remedy.endswith("pytest -p no:locust")


@pytest.mark.parametrize(("name", "level"), [("aiobotocore", "ok"), ("pytest-timeout", "ok")])
def test_neighbours_that_need_a_word_get_one_and_break_nothing(name, level):
    machine = replace(HEALTHY, distributions={**HEALTHY.distributions, name: "1.0"})

    assert of(machine, name).level == level
    assert problems(machine) == []


def test_a_source_tree_on_the_path_is_not_taken_for_an_installation():
    machine = replace(without("pytest-serverless-toolkit"), requirements=None)

    assert problems(machine) == ["pytest-serverless-toolkit"]


@pytest.mark.parametrize(
    ("system", "level", "words"),
    [
        ("Linux", "ok", "is stopped"),
        ("Darwin", "ok", "is stopped"),
        ("Windows", "note", "reported when it ends"),
        ("FreeBSD", "note", "not tried"),
    ],
)
def test_what_a_timeout_does_is_told_by_system(system, level, words):
    finding = of(replace(HEALTHY, system=system), "system")

    assert finding.level == level
    assert words in finding.text


def test_an_extra_that_takes_in_another_lists_what_it_brings_itself():
    assert of(HEALTHY, "extra local").text == "rich 15.0, uvloop 0.22"


def test_the_local_platform_is_told_with_the_languages_that_it_runs():
    assert of(HEALTHY, "local platform").text == (
        "Python functions under AWS's own runtime client; Node.js functions by Node.js 22.11.0"
    )
    bare = of(replace(HEALTHY, system="Darwin", node=""), "local platform")
    assert (bare.level, bare.text) == (
        "ok",
        "Python functions under a bootstrap of ours; no Node.js functions: there is no node",
    )


@pytest.mark.parametrize("name", ["rich", "boto3", "awslambdaric"])
def test_the_local_platform_needs_its_extras(name):
    finding = of(without(name), "local platform")

    assert (finding.level, finding.remedy) == ("missing", "pip install 'pytest-serverless-toolkit[local]'")


def test_the_local_platform_is_not_promised_on_windows():
    finding = of(replace(HEALTHY, system="Windows"), "local platform")

    assert finding.level == "note"
    assert "WSL 2" in finding.remedy


@pytest.mark.parametrize(("version", "level"), [((3, 9, 18), "problem"), ((3, 10, 0), "ok"), ((3, 15, 0), "note")])
def test_the_interpreter_is_judged_by_its_version(version, level):
    assert of(replace(HEALTHY, python=version), "python").level == level


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)  # where there is no stack

    def call(machine, *arguments):
        monkeypatch.setattr(doctor, "read_machine", lambda: machine)
        parser = argparse.ArgumentParser()
        doctor.add_parser(parser.add_subparsers())
        args = parser.parse_args(["doctor", *arguments])
        return args.run(args), capsys.readouterr().out

    return call


def test_the_command_succeeds_on_a_healthy_machine(command):
    status, output = command(HEALTHY)

    assert status == 0
    assert output.splitlines()[-1] == "Nothing is in the way."


def test_the_command_fails_where_something_breaks_and_prints_the_remedy(command):
    status, output = command(having(pytest_serverless="1.0.0"))

    assert status == 1
    assert "-> pip uninstall pytest-serverless\n" in output
    assert output.splitlines()[-1] == "1 problem found."


def test_as_json_the_findings_are_records(command):
    status, output = command(having(pytest="7.0"), "--format", "json")

    report = json.loads(output)
    assert status == 1
    assert report["ok"] is False
    assert {
        "level": "problem",
        "subject": "pytest",
        "text": "pytest 7.0 does not satisfy >=8.2",
        "remedy": "pip install 'pytest>=8.2'",
    } in report["findings"]


def test_the_machine_is_read_without_importing_what_is_looked_for():
    before = set(sys.modules)

    machine = doctor.read_machine()

    assert machine.distributions["pytest"] == pytest.__version__
    assert {"boto3", "moto", "azure.functions", "functions_framework", "locust"} & (set(sys.modules) - before) == set()
