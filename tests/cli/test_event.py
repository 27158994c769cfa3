import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import __version__, events
from pytest_serverless.cli import main
from pytest_serverless.cli.event_parameters import coerce
from pytest_serverless.errors import InvalidParameterError


@pytest.fixture
def run(capsys):
    def run(*argv):
        code = main(argv)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, value, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, **options), encoding="utf-8")
    return path


def wrong_message(**changes):
    event = events.build("aws.sqs.standard", body="hällo")
    event["Records"][0].update({"md5OfBody": "wrong", **changes})
    return event


class TestMain:
    def test_the_version_is_printed(self, capsys):
        with pytest.raises(SystemExit) as exited:
            main(["--version"])

        assert exited.value.code == 0
        assert capsys.readouterr().out == f"pytest-serverless-toolkit {__version__}\n"

    @pytest.mark.parametrize(
        "argv", [[], ["event"], ["evnt"], ["event", "check"], ["event", "new"], ["event", "list", "x"]]
    )
    def test_bad_usage_exits_with_2(self, argv, capsys):
        with pytest.raises(SystemExit) as exited:
            main(argv)

        assert exited.value.code == 2
        assert "usage: pytest-serverless" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "argv", [["--help"], ["event", "--help"], ["doctor", "--help"], ["event", "new", "--help"]]
    )
    def test_every_command_explains_itself(self, argv, capsys):
        with pytest.raises(SystemExit) as exited:
            main(argv)

        assert exited.value.code == 0
        assert capsys.readouterr().out.startswith("usage: pytest-serverless")

    def test_doctor_is_a_command(self, run):
        code, out, _ = run("doctor", "--format", "json")

        assert code in (0, 1)
        assert "findings" in json.loads(out)

    def test_arguments_are_those_of_the_process_unless_given(self, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["pytest-serverless", "event", "list", "--provider", "aws"])

        assert main() == 0
        assert "aws.sqs.fifo" in capsys.readouterr().out

    @pytest.mark.skipif(sys.platform == "win32", reason="no pipes of that kind")
    def test_a_reader_that_has_seen_enough_gets_no_traceback(self):
        script = (
            "import sys; from pytest_serverless.cli import main; sys.exit(main(['event', 'list', '--format', 'json']))"
        )
        reader = subprocess.Popen([sys.executable, "-c", "pass"], stdin=subprocess.PIPE)
        reader.wait()
        writer = subprocess.run(
            [sys.executable, "-c", script], stdout=reader.stdin, stderr=subprocess.PIPE, check=False
        )
        reader.stdin.close()

        assert (writer.returncode, writer.stderr) == (0, b"")


class TestList:
    def test_every_type_has_a_line(self, run):
        code, out, _ = run("event", "list")

        assert code == 0
        assert [line.split()[0] for line in out.splitlines()] == [event_type.name for event_type in events.catalog()]
        assert any(line.endswith("A message from a FIFO queue") for line in out.splitlines())

    def test_one_provider_may_be_asked_for(self, run):
        _, out, _ = run("event", "list", "--provider", "gcp")

        assert {line.split(".")[0] for line in out.splitlines()} <= {"gcp"}
        code, out, err = run("event", "list", "--provider", "asw")
        assert (code, out) == (2, "")
        assert err == "pytest-serverless: There is no provider named 'asw'. Did you mean 'aws'?\n"

    def test_as_json_it_tells_the_parameters(self, run):
        _, out, _ = run("event", "list", "--format", "json")

        fifo = next(entry for entry in json.loads(out) if entry["name"] == "aws.sqs.fifo")
        assert (fifo["provider"], fifo["source"], fifo["variant"]) == ("aws", "sqs", "fifo")
        assert fifo["reference"].startswith("https://")
        assert fifo["parameters"]["body"] == "str or dict"


class TestNew:
    @pytest.mark.parametrize("name", [["aws", "sqs", "fifo"], ["aws.sqs.fifo"], ["aws.sqs", "fifo"]])
    def test_an_accurate_event_is_printed(self, run, name):
        code, out, err = run("event", "new", *name, "--set", "body=hällo 🌍", "--set", "queue=x.fifo")

        event = json.loads(out)
        assert (code, err) == (0, "")
        assert events.check(event) == []
        assert event["Records"][0]["body"] == "hällo 🌍"
        assert event["Records"][0]["eventSourceARN"].endswith(":x.fifo")
        assert "hällo 🌍" in out
        assert out.endswith("}\n")

    def test_values_have_the_types_of_the_builder(self, run):
        _, out, _ = run(
            *("event", "new", "aws.sqs.standard", "--set", 'body={"n": 1}', "--set", "receive_count=3"),
            *("--set", "batching_window=true", "--set", 'attributes={"a": "x", "n": 5}'),
        )

        (record,) = json.loads(out)["Records"]
        assert record["body"] == '{"n":1}'
        assert record["attributes"]["ApproximateReceiveCount"] == "3"
        assert record["messageAttributes"]["n"]["dataType"] == "Number"

    def test_a_seed_makes_the_same_ids(self, run):
        ids = [
            json.loads(run("event", "new", "aws.sqs.standard", "--seed", seed)[1])["Records"][0]["messageId"]
            for seed in ("1", "1", "2")
        ]

        assert ids[0] == ids[1] != ids[2]

    def test_overrides_are_json_at_a_path(self, run):
        _, out, _ = run(
            *("event", "new", "aws.sqs.standard", "--override", 'Records[0].body="a=b"'),
            *(
                "--override",
                'Records[0].messageAttributes["k=\\"v"]={"stringValue": "1", "stringListValues": [], '
                '"binaryListValues": [], "dataType": "String"}',
            ),
            *("--override", "Records[0].md5OfMessageAttributes=null", "--allow-inconsistent"),
        )

        (record,) = json.loads(out)["Records"]
        assert record["body"] == "a=b"
        assert list(record["messageAttributes"]) == ['k="v']

    @pytest.mark.parametrize(
        ("argv", "message"),
        [
            (["aws.sqs.fif"], "There is no event type named 'aws.sqs.fif'. Did you mean 'aws.sqs.fifo'"),
            (["aws.sqs.fifo", "--set", "quue=x"], "aws.sqs.fifo has no parameter 'quue'. Did you mean 'queue'?"),
            (["aws.sqs.fifo", "--set", "body"], "--set takes NAME=VALUE, got 'body'."),
            (["aws.sqs.fifo", "--set", "=x"], "--set takes NAME=VALUE, got '=x'."),
            (["aws.sqs.fifo", "--set", "receive_count=two"], "--set receive_count: takes int, got 'two'."),
            (["aws.sqs.fifo", "--set", "attributes=[1]"], "--set attributes: takes Mapping, got '[1]'."),
            (["aws.dynamodb.insert", "--set", "view=ALL"], "--set view: takes 'KEYS_ONLY', 'NEW_IMAGE'"),
            (["aws.sqs.fifo", "--set", "queue=x"], "The name of a FIFO queue must end in .fifo, got 'x'."),
            (["aws.sqs.fifo", "--override", "Records"], "--override takes PATH=JSON, got 'Records'."),
            (["aws.sqs.fifo", "--override", "a[=1"], "'a[' is not a path into an event"),
            (["aws.sqs.fifo", "--override", "Records[0].body=hi"], """--override 'Records[0].body="text"'"""),
            (["aws.sqs.fifo", "--override", 'Records[0].md5OfBody="x"'], "Records[0].md5OfBody cannot be overridden"),
        ],
    )
    def test_what_cannot_be_built_is_said_without_a_traceback(self, run, argv, message):
        code, out, err = run("event", "new", *argv)

        assert (code, out) == (2, "")
        assert err.startswith("pytest-serverless: ")
        assert message in err


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("5", str, "5"),
        ("true", str, "true"),
        ("", str, ""),
        ("5", int, 5),
        ("-5", int, -5),
        ("5", float, 5.0),
        ("5.5", float, 5.5),
        ("true", bool, True),
        ("false", bool, False),
        ("x", bytes, b"x"),
        ("x", Any, "x"),
        ('{"a": [1]}', Any, {"a": [1]}),
        ('{"a": 1}', dict[str, Any], {"a": 1}),
        ('{"a": 1}', Mapping[str, Any], {"a": 1}),
        ('["a"]', Sequence[str], ["a"]),
        ('["a"]', str | Sequence[str], ["a"]),
        ("a", str | Sequence[str], "a"),
        ('{"a": 1}', str | dict[str, Any], {"a": 1}),
        ('{"a": 1', str | dict[str, Any], '{"a": 1'),
        ('["a"]', str | dict[str, Any], '["a"]'),
        ("5", str | int, "5"),
        ("null", str | None, "null"),
        ("null", Optional[int], None),  # noqa: UP045  # as builders outside write it
        ("5", Union[int, None], 5),  # noqa: UP007  # as builders outside write it
        ("a", str | bytes, "a"),
        ("b", Literal["a", "b"], "b"),
        ("2", Literal[1, 2], 2),
    ],
)
def test_a_text_means_what_the_annotation_takes(text, annotation, value):
    found = coerce(text, annotation, "name")

    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "annotation", "wanted"),
    [
        ("5.5", int, "int"),
        ("true", int, "int"),
        ("x", float, "float"),
        ("True", bool, "bool"),
        ("1", bool, "bool"),
        ("{}", Sequence[str], "Sequence"),
        ("x", int | None, "int or None"),
        ("c", Literal["a", "b"], "'a' or 'b'"),
    ],
)
def test_a_text_that_means_nothing_is_refused(text, annotation, wanted):
    with pytest.raises(InvalidParameterError, match=f"--set name: takes {wanted}, got '{text}'"):
        coerce(text, annotation, "name")


class TestCheck:
    def test_accurate_events_exit_with_0(self, run, folder):
        write(folder / "a.json", events.build("aws.sqs.fifo"))

        assert run("event", "check", "a.json") == (
            0,
            "0 violations in 0 of 1 event; 0 files not recognised, 0 unreadable.\n",
            "",
        )

    def test_violations_stand_in_a_table(self, run, folder):
        write(folder / "events/wrong.json", wrong_message(extra="x" * 99))
        write(folder / "events/deep/right.json", events.build("aws.sqs.fifo"))

        code, out, _ = run("event", "check", "events")

        lines = out.splitlines()
        assert code == 1
        assert lines[0].split() == ["file", "path", "rule", "found", "expected"]
        assert lines[1].split()[:4] == ["events/wrong.json", "Records[0].md5OfBody", "derived", "'wrong'"]
        assert "the MD5 of body in UTF-8" in lines[1]
        assert f"'{'x' * 38}…" in lines[2]
        assert lines[0].index("rule") == lines[1].index("derived") == lines[2].index("unknown-key")
        assert lines[-1] == "2 violations in 1 of 2 events; 0 files not recognised, 0 unreadable."

    def test_what_lacks_altogether_is_found_as_nothing(self, run, folder):
        event = wrong_message()
        del event["Records"][0]["messageId"]
        write(folder / "a.json", event)

        _, out, _ = run("event", "check", "a.json")

        assert "nothing" in next(line for line in out.splitlines() if "messageId" in line)

    def test_files_of_no_known_kind_are_named(self, run, folder):
        write(folder / "package.json", {"name": "x"})
        write(folder / "list.json", [1])

        code, out, _ = run("event", "check", ".")

        assert code == 0
        assert out.splitlines() == [
            "list.json: not recognised as an event of a known source",
            "package.json: not recognised as an event of a known source",
            "0 violations in 0 of 0 events; 2 files not recognised, 0 unreadable.",
        ]

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b'{\n  "a": 1,\n  b\n}', "bad.json:3:3: not JSON: Expecting property name enclosed in double quotes"),
            (b"", "bad.json:1:1: not JSON: Expecting value"),
            (b'{"a": "\xff"}', "bad.json: not JSON: 'utf-8' codec can't decode byte 0xff"),
            (b"[" * 100_000, "bad.json: not JSON: maximum recursion depth exceeded"),
        ],
    )
    def test_corrupt_files_are_named_with_line_and_column_and_the_others_checked(self, run, folder, content, complaint):
        (folder / "bad.json").write_bytes(content)
        write(folder / "wrong.json", wrong_message())

        code, out, err = run("event", "check", ".")

        assert code == 2
        assert err.startswith(complaint)
        assert "wrong.json" in out
        assert out.endswith("1 unreadable.\n")

    @pytest.mark.parametrize("command", ["check", "fix"])
    def test_paths_that_lead_nowhere_are_refused(self, run, folder, command):
        (folder / "empty").mkdir()

        assert run("event", command, "gone.json") == (
            2,
            "",
            "pytest-serverless: There is no file or folder gone.json.\n",
        )
        assert run("event", command, "empty") == (2, "", "pytest-serverless: empty has no *.json files.\n")

    def test_folders_are_gone_through_but_not_the_hidden_ones(self, run, folder):
        for name in ("a.JSON", "b/c.json", ".git/d.json", "node_modules/e.json", "f.txt"):
            write(folder / name, {"x": 1})

        _, out, _ = run("event", "check", ".", "b/c.json", "f.txt", "--format", "json")

        assert json.loads(out)["not_recognised"] == ["a.JSON", "b/c.json", "f.txt"]

    def test_a_byte_order_mark_is_no_fault(self, run, folder):
        (folder / "a.json").write_text(json.dumps(events.build("aws.sqs.fifo")), encoding="utf-8-sig")

        assert run("event", "check", "a.json")[0] == 0

    def test_as_json_it_has_fixes_and_what_is_to_go(self, run, folder):
        event = wrong_message(extra=1)
        right = events.like(event)["Records"][0]["md5OfBody"]
        del event["Records"][0]["messageId"]
        write(folder / "a.json", event)
        write(folder / "b.json", {})
        write(folder / "c.json", "{")

        code, out, err = run("event", "check", ".", "--format", "json")

        report = json.loads(out)
        by_path = {violation["path"]: violation for violation in report["violations"]}
        assert code == 2
        assert err.startswith("c.json:1:2: not JSON")
        assert by_path["Records[0].md5OfBody"] == {
            "file": "a.json",
            "path": "Records[0].md5OfBody",
            "rule": "derived",
            "found": "wrong",
            "fix": right,
            "expected": "the MD5 of body in UTF-8",
            "shape": "aws.sqs",
        }
        assert by_path["Records[0].extra"]["remove"] is True
        assert not {"found", "fix", "remove"} & by_path["Records[0].messageId"].keys()
        assert (report["checked"], report["not_recognised"]) == (["a.json"], ["b.json"])
        assert report["unreadable"] == [
            {"file": "c.json", "reason": "Expecting property name enclosed in double quotes", "line": 1, "column": 2}
        ]

    def test_for_github_it_escapes_what_would_end_a_command(self, run, folder):
        write(folder / "a,b:c%.json", wrong_message(md5OfBody="50%\r\nof it", **{"new\nline": 1}))
        write(folder / "b.json", {})
        write(folder / "c.json", "{")

        _, out, _ = run("event", "check", ".", "--format", "github")

        assert out.splitlines() == [
            "::error file=a%2Cb%3Ac%25.json,title=derived::Records[0].md5OfBody: found '50%25\\r\\nof it', "
            "expected the MD5 of body in UTF-8",
            "::error file=a%2Cb%3Ac%25.json,title=unknown-key::Records[0].new%0Aline: found 1, expected no such key",
            "::notice file=b.json,title=not recognised::Not recognised as an event of a known source",
            "::error file=c.json,line=1,col=2,title=not JSON::Expecting property name enclosed in double quotes",
        ]


class TestFix:
    def test_it_shows_a_diff_and_changes_nothing(self, run, folder):
        path = write(folder / "a.json", wrong_message(), indent=2, ensure_ascii=False)
        before = path.read_bytes()

        code, out, err = run("event", "fix", "a.json")

        changed = [line for line in out.splitlines() if line[0] in "+-"]
        assert code == 1
        assert path.read_bytes() == before
        assert changed[:2] == ["--- a/a.json", "+++ b/a.json"]
        assert [line.split()[:2] for line in changed[2:]] == [["-", '"md5OfBody":'], ["+", '"md5OfBody":']]
        assert err == "1 file to be fixed (--write does it), 0 accurate already, 0 not recognised, 0 unreadable.\n"

    @pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
    def test_the_diff_can_be_applied_and_is_what_would_be_written(self, run, folder):
        event = wrong_message(messageId="1", eventSourceARN="queue")
        applied = write(folder / "a.json", event, indent=4)
        applied.write_text(applied.read_text() + "\n")
        _, diff, _ = run("event", "fix", "a.json")
        subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=folder, check=True)
        by_diff = applied.read_text()

        write(folder / "a.json", event, indent=4)
        applied.write_text(applied.read_text() + "\n")
        run("event", "fix", "a.json", "--write")

        assert applied.read_text() == by_diff
        assert events.check(json.loads(by_diff)) == []

    @pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
    @pytest.mark.parametrize("tail", ["", "\n", "\r\n"])
    def test_writing_keeps_the_style_of_the_file(self, run, folder, indent, tail):
        text = json.dumps(wrong_message(), indent=indent, ensure_ascii=indent == 2) + tail
        path = folder / "a.json"
        path.write_bytes(text.replace("\n", "\r\n" if tail == "\r\n" else "\n").replace("\r\r", "\r").encode())

        code, out, err = run("event", "fix", "a.json", "--write")

        fixed = events.like(wrong_message())["Records"][0]["md5OfBody"]
        expected = text.replace('"wrong"', f'"{fixed}"').replace("\r\n", "\n")
        assert (code, out) == (0, "")
        assert err.splitlines()[0] == "fixed a.json"
        assert path.read_bytes().decode() == (expected.replace("\n", "\r\n") if tail == "\r\n" else expected)
        assert run("event", "check", "a.json")[0] == 0

    def test_compact_files_stay_compact_and_marked_ones_marked(self, run, folder):
        text = "\ufeff" + json.dumps(wrong_message(), separators=(",", ":"))
        path = write(folder / "a.json", text)

        run("event", "fix", "a.json", "--write")

        written = path.read_text(encoding="utf-8")
        assert len(written) == len(text.replace('"wrong"', f'"{"0" * 32}"'))
        assert written.startswith("\ufeff")

    def test_keys_stay_in_the_order_they_were_in(self, run, folder):
        event = wrong_message()
        (record,) = event["Records"]
        del record["messageId"]
        backwards = {"Records": [dict(reversed(record.items()))]}
        path = write(folder / "a.json", backwards)

        run("event", "fix", "a.json", "--write")

        (fixed,) = json.loads(path.read_text())["Records"]
        assert list(fixed) == [*reversed(record), "messageId"]

    def test_accurate_files_and_those_of_no_known_kind_are_left_alone(self, run, folder):
        compact = json.dumps(events.build("aws.sqs.fifo"))
        write(folder / "right.json", f"  {compact}  ")
        write(folder / "other.json", '{"x":   1}')

        code, out, err = run("event", "fix", ".", "--write")

        assert (code, out) == (0, "")
        assert err.splitlines() == [
            "other.json: not recognised as an event of a known source",
            "0 files fixed, 1 accurate already, 1 not recognised, 0 unreadable.",
        ]
        assert (folder / "right.json").read_text() == f"  {compact}  "
        assert (folder / "other.json").read_text() == '{"x":   1}'

    def test_what_has_to_be_done_by_hand_is_named(self, run, folder):
        inner = json.dumps(wrong_message())
        path = write(folder / "a.json", events.build("aws.sqs.standard", body=inner))
        before = path.read_text()

        code, out, err = run("event", "fix", "a.json", "--write")

        assert (code, out) == (1, "")
        assert err.splitlines()[0] == (
            "a.json: Records[0].body > Records[0].md5OfBody: left as it is; expected the MD5 of body in UTF-8"
        )
        assert path.read_text() == before

    def test_corrupt_files_are_named_and_the_others_fixed(self, run, folder):
        write(folder / "bad.json", "{")
        path = write(folder / "wrong.json", wrong_message())

        code, _, err = run("event", "fix", ".", "--write")

        assert code == 2
        assert "bad.json:1:2: not JSON" in err
        assert events.check(json.loads(path.read_text())) == []

    def test_a_file_that_cannot_be_written_is_an_error(self, run, folder, monkeypatch):
        write(folder / "a.json", wrong_message())

        def refuse(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "write_bytes", refuse)

        code, _, err = run("event", "fix", "a.json", "--write")

        assert (code, err) == (2, "pytest-serverless: a.json cannot be written: Permission denied.\n")

    @settings(deadline=None, max_examples=30, derandomize=True)
    @given(body=st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=1))
    def test_any_body_survives(self, body, tmp_path_factory):
        path = tmp_path_factory.mktemp("any") / "a.json"
        event = wrong_message(body=body)
        write(path, event, ensure_ascii=False)

        assert main(["event", "fix", str(path), "--write"]) == 0
        assert json.loads(path.read_text(encoding="utf-8"))["Records"][0]["body"] == body
