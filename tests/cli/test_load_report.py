import dataclasses
import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from pytest_serverless.cli import main
from pytest_serverless.load.results import write
from tests.load.results.runs import count, make_run


@pytest.fixture(scope="module")
def result():
    return make_run(count(arrivals=1500))


@pytest.fixture
def file(result, tmp_path):
    write(result, tmp_path / "run.json")
    return str(tmp_path / "run.json")


def test_text_is_printed_unless_another_format_is_asked_for(file, capsys):
    assert main(["load", "report", file]) == 0
    assert capsys.readouterr().out.startswith("VALID, thresholds ")


def test_markdown(file, capsys):
    assert main(["load", "report", file, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("## VALID, thresholds ")


def test_junit_is_written_to_a_file(file, tmp_path, capsys):
    output = tmp_path / "junit.xml"

    assert main(["load", "report", file, "--format", "junit", "--output", str(output)]) == 0
    assert capsys.readouterr().out == ""
    assert len(ET.parse(output).getroot().findall("testsuite/testcase")) == 3


def test_a_page_is_written_to_a_file(file, tmp_path):
    output = tmp_path / "report.html"

    assert main(["load", "report", file, "--format", "html", "--output", str(output)]) == 0
    assert output.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_report_of_an_invalid_run_is_a_report(result, tmp_path, capsys):
    reasons = dataclasses.replace(result.validity, reasons=("the generator slept",))
    write(dataclasses.replace(result, validity=reasons), tmp_path / "bad.json")

    assert main(["load", "report", str(tmp_path / "bad.json")]) == 0
    assert "INVALID" in capsys.readouterr().out
    assert json.loads((tmp_path / "bad.json").read_text())["exit_code"] == 3


def test_what_cannot_be_read_or_written_exits_with_2(file, tmp_path, capsys):
    assert main(["load", "report", str(tmp_path / "no.json")]) == 2
    assert "no.json cannot be read" in capsys.readouterr().err
    assert main(["load", "report", file, "--output", str(tmp_path / "no" / "x")]) == 2
    assert "--output" in capsys.readouterr().err
    (tmp_path / "new.json").write_text('{"schema": 99, "tool_version": "9"}')
    assert main(["load", "report", str(tmp_path / "new.json")]) == 2
    assert "Upgrade pytest-serverless-toolkit" in capsys.readouterr().err


def test_help_loads_no_results():
    code = """
import contextlib, sys
from pytest_serverless.cli import main
with contextlib.suppress(SystemExit):
    main(["load", "--help"])
print(*(name for name in sys.modules if name.startswith(("pytest_serverless.load", "pytest_serverless.report"))))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == ""
    assert "report" in result.stdout
    assert "compare" in result.stdout
