import json
import os
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import pytest_serverless.local
from pytest_serverless.cli import local, main
from pytest_serverless.errors import (
    AddressInUseError,
    InvalidParameterError,
    MissingExtraError,
    PlatformError,
    TemplateError,
    UnknownNameError,
)
from pytest_serverless.local import supported
from pytest_serverless.local.platform_events import EventStream
from pytest_serverless.local.settings import Addresses
from tests.local.happenings import app, event, function, line, report, sandbox_started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows")

ADDRESSES = Addresses(
    invoke="http://127.0.0.1:3000",
    aws="http://127.0.0.1:4000",
    apis={"ItemsApi": "http://127.0.0.1:3001/dev"},
    functions={"Resize": "shop-Resize", "Checkout": "shop-Checkout"},
    resources={},
    environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:4000", "AWS_SECRET_ACCESS_KEY": "it's"},
    pid=1,
)
TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"


class FakeServer(ModuleType):
    """Stands in the place of the server: is ready at once, does as the test says, and ends."""

    def __init__(self):
        super().__init__("pytest_serverless.local.server")
        self.settings = None
        self.while_it_runs = lambda platform: None
        self.fails = None
        self.early = []

    def run(self, settings, on_ready):
        self.settings = settings
        if self.fails is not None:
            raise self.fails
        platform = SimpleNamespace(app=app(), events=EventStream())
        on_ready(SimpleNamespace(platform=platform, early=self.early), ADDRESSES)
        self.while_it_runs(platform)
        return 0


@pytest.fixture
def server(monkeypatch, tmp_path):
    fake = FakeServer()
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(pytest_serverless.local, "server", fake, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return fake


def settings_of(server, *arguments):
    assert main(["local", *arguments]) == 0
    return server.settings


def test_without_a_template_it_runs_the_one_in_this_folder(server):
    settings = settings_of(server)

    assert settings.template == Path("template.yaml")
    assert (settings.host, settings.port, settings.reload, settings.backends) == ("127.0.0.1", 3000, True, True)
    assert (settings.simulate, settings.skip_idle, settings.coverage, settings.node) == (None, False, False, None)


def test_every_option_reaches_the_platform(server):
    settings = settings_of(
        server,
        *("template.yaml", "--host", "0.0.0.0", "--port", "0", "--limit", "account_concurrency=10", "--limit=b=2"),
        *("--simulate", "lognormal:median=20ms,sigma=0.4", "--simulate-init", "1s", "--seed", "7", "--no-backends"),
        *("--skip-idle", "--no-reload", "--coverage", "--node", "/usr/bin/node22", "--parameter", "Stage=prod"),
        *("--import", "ssm:/x=1", "--environment", "ci", "--region", "eu-west-1", "--account", "210987654321"),
        *("--env", "LEVEL=debug", "--env", "EMPTY="),
    )

    assert (settings.host, settings.port, settings.limits) == ("0.0.0.0", 0, {"account_concurrency": "10", "b": "2"})
    assert (settings.simulate, settings.simulate_init, settings.seed) == ("lognormal:median=20ms,sigma=0.4", "1s", "7")
    assert (settings.backends, settings.skip_idle, settings.reload, settings.coverage) == (False, True, False, True)
    assert settings.node == "/usr/bin/node22"
    assert settings.env == {"LEVEL": "debug", "EMPTY": ""}
    assert settings.choices == {
        "parameters": {"Stage": "prod"},
        "imports": {"ssm:/x": "1"},
        "environment": "ci",
        "region": "eu-west-1",
        "account": "210987654321",
    }


@pytest.mark.parametrize(
    "arguments", [("--simulate", "template.yaml"), ("template.yaml", "--simulate"), ("--simulate", "--", ".")]
)
def test_simulate_needs_no_value(server, arguments):
    settings = settings_of(server, *arguments)

    assert (settings.template.name, settings.simulate) == ("template.yaml", "20ms")


def test_it_prints_functions_addresses_and_what_a_shell_needs(server, capsys):
    settings_of(server)

    lines = capsys.readouterr().out.splitlines()
    assert any(each.split() == ["Resize", "shop-Resize", "python3.12", "256", "MB", "3", "s"] for each in lines)
    assert any(each.split() == ["Invoke", "API", "http://127.0.0.1:3000"] for each in lines)
    assert any(each.split() == ["ItemsApi", "http://127.0.0.1:3001/dev"] for each in lines)
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:4000" in lines
    assert """export AWS_SECRET_ACCESS_KEY='it'"'"'s'""" in lines


def test_what_was_noted_before_it_was_ready_is_shown(server, capsys):
    server.early = [event("note", text="Provisioned concurrency failed")]

    settings_of(server)

    assert "Provisioned concurrency failed" in capsys.readouterr().out


def happen(platform):
    for each in (
        event("arrival", cause="GET /"),
        sandbox_started(),
        event("start"),
        event("log", line=line("\x1b[31mhello [bold]")),
        report(function("Resize"), lines=[line("\x1b[31mhello [bold]")], init_ms=10.0),
        event("throttle", "Checkout", reason="CallerRateLimitExceeded"),
    ):
        platform.events.tell(each)


def test_it_follows_the_logs_with_the_name_of_the_function_before_each_line(server, capsys):
    server.while_it_runs = happen

    settings_of(server)

    lines = capsys.readouterr().out.splitlines()
    assert "Resize    \\x1b[31mhello [bold]" in lines
    assert [each for each in lines if each.startswith("Resize    REPORT RequestId: ")]
    assert [each for each in lines if each.startswith("Checkout  throttled: CallerRateLimitExceeded")]


def test_quiet_leaves_the_logs_out_and_warnings_in(server, capsys):
    server.while_it_runs = happen

    settings_of(server, "--quiet")

    lines = capsys.readouterr().out.splitlines()
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:4000" in lines
    assert [each.partition(" ")[0] for each in lines if each.startswith(("Resize  ", "Checkout  "))][-1] == "Checkout"
    assert not [each for each in lines if "REPORT" in each]


def test_json_prints_nothing_but_lines_of_json(server, capsys):
    server.while_it_runs = happen

    settings_of(server, "--json")

    found = [json.loads(each)["type"] for each in capsys.readouterr().out.splitlines()]
    assert found == [
        "platform.arrival",
        "platform.initStart",
        "platform.start",
        "function",
        "platform.report",
        "platform.throttle",
    ]


def test_the_ready_file_is_there_while_it_runs_and_whole(server, tmp_path):
    ready, seen = tmp_path / "ready.json", []
    ready.write_text("of an earlier run")
    server.while_it_runs = lambda platform: seen.append(json.loads(ready.read_text()))

    settings_of(server, "--ready-file", str(ready))

    assert seen == [ADDRESSES.as_json()]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["template.yaml"]


def test_no_ready_file_is_left_where_it_does_not_start(server, tmp_path, capsys):
    ready = tmp_path / "ready.json"
    ready.write_text("of an earlier run")
    server.fails = PlatformError("No.")

    assert main(["local", "--ready-file", str(ready)]) == 2
    assert not ready.exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AddressInUseError("127.0.0.1", 3000, "address already in use"), "Cannot listen at 127.0.0.1:3000"),
        (TemplateError(Path("template.yaml"), ["Resources.A: no"]), "template.yaml has a fault"),
        (UnknownNameError("limit", "acount_concurrency", ["account_concurrency"]), "'account_concurrency'?"),
        (InvalidParameterError("reserved 10 cannot be met"), "cannot be met"),
        (MissingExtraError(module="httptools", extra="local", needed_for="It"), "pytest-serverless-toolkit[local]"),
        (PlatformError("There is no node."), "There is no node."),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_what_keeps_it_from_starting_is_said_without_a_traceback(server, capsys, error, said):
    server.fails = error

    assert main(["local"]) == 2
    output = capsys.readouterr()
    assert output.err.startswith("pytest-serverless: ")
    assert said in output.err
    assert "Traceback" not in output.err + output.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.yaml",), "There is no file nothing.yaml"),
        (("--limit", "10"), "--limit takes NAME=VALUE, got '10'"),
        (("--ready-file", "nowhere/ready.json"), "there is no folder"),
        (("empty",), "There is no template.yaml or serverless.yml in empty"),
    ],
)
def test_arguments_that_cannot_be(server, tmp_path, capsys, arguments, said):
    (tmp_path / "empty").mkdir()

    assert main(["local", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert server.settings is None


@pytest.mark.parametrize("port", ["http", "-1", "65536"])
def test_a_port_that_is_none(server, capsys, port):
    with pytest.raises(SystemExit) as ended:
        main(["local", f"--port={port}"])

    assert ended.value.code == 2
    assert "a port is a number up to 65535" in capsys.readouterr().err


def test_two_templates_in_the_folder_are_asked_about(server, tmp_path, capsys):
    (tmp_path / "serverless.yml").write_text("service: x\n")

    assert main(["local"]) == 2
    assert "pytest-serverless local FILE" in capsys.readouterr().err


def test_it_refuses_windows_and_says_what_works_there():
    with pytest.raises(PlatformError, match=r"does not run on Windows.*WSL 2.*`serverless`"):
        supported.require("Windows")


def test_it_says_which_extra_is_missing(monkeypatch):
    monkeypatch.setattr(supported, "find_spec", lambda name: None)

    with pytest.raises(MissingExtraError, match=r"pip install 'pytest-serverless-toolkit\[local\]'"):
        supported.require("Linux")


def test_it_ends_when_its_input_does(server, monkeypatch):
    read_end, write_end = os.pipe()
    monkeypatch.setattr(local, "_STDIN", read_end)
    ended = threading.Event()
    monkeypatch.setattr(local, "_end", ended.set)

    def until_told(platform):
        assert not ended.wait(0.05)
        os.close(write_end)
        assert ended.wait(5)

    server.while_it_runs = until_told
    settings_of(server, "--until-eof")
    os.close(read_end)
