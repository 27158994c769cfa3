"""Data of arrivals: each row where it belongs, whatever the number of workers, and faults by their lines."""

import csv
import io
import json
import tracemalloc
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.arrivals import Share
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.scenarios.feeders import csv_rows, feed, jsonl_rows
from tests.load.scenarios.doubles import Bench

SETTINGS = settings(deadline=None, max_examples=40, derandomize=True)
WORKERS = st.integers(1, 7)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=6)


def taken(source, count, *, worker=0, workers=1, seed=0, directory=None):
    with closing(source.open(directory, worker=worker, workers=workers, seed=seed)) as rows:
        return [rows.take() for _ in range(count)]


def as_csv(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def in_order(row):
    return sorted(row.items())


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def sources(directory, rows):
    """The same rows in memory and in files of either kind."""
    (directory / "rows.csv").write_bytes(as_csv(rows))
    (directory / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return [rows, csv_rows("rows.csv"), jsonl_rows("rows.jsonl")]


@SETTINGS
@given(st.lists(st.fixed_dictionaries({"a": TEXTS, "b c": TEXTS}), min_size=1, max_size=15), WORKERS)
def test_workers_have_each_row_once_together_in_stripes(directory, rows, workers):
    for source in sources(directory, rows):
        parts = []
        for worker in range(workers):
            own = rows[worker::workers]
            part = taken(feed(source, "unique"), len(own) + 2, worker=worker, workers=workers, directory=directory)
            assert part == [*own, None, None]
            parts += part[:-2]
        assert sorted(map(in_order, parts)) == sorted(map(in_order, rows))


@SETTINGS
@given(st.integers(1, 12), WORKERS, st.integers(1, 30))
def test_recycled_rows_come_in_their_order_again_and_again(count, workers, number):
    rows = [{"n": each} for each in range(count)]
    for worker in range(workers):
        own = rows[worker::workers] or [rows[worker % count]]
        assert taken(feed(rows), number, worker=worker, workers=workers) == [own[at % len(own)] for at in range(number)]


def test_random_rows_are_a_workers_own_all_of_them_in_the_long_run_and_the_same_by_a_seed():
    rows = [{"n": each} for each in range(10)]
    source = feed(rows, "random")

    drawn = [row["n"] for row in taken(source, 400, worker=1, workers=2, seed=5)]

    assert set(drawn) == {1, 3, 5, 7, 9}
    assert min(drawn.count(each) for each in set(drawn)) > 40
    assert drawn == [row["n"] for row in taken(source, 400, worker=1, workers=2, seed=5)]
    assert drawn != [row["n"] for row in taken(source, 400, worker=1, workers=2, seed=6)]


def test_a_row_is_the_journeys_own_to_change():
    rows = feed([{"n": 1}]).open()
    rows.take()["n"] = 2

    assert rows.take() == {"n": 1}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_no_more_of_a_file_is_held_than_where_rows_begin(tmp_path, kind):
    rows = [{"name": f"user-{number}", "text": "x" * 500} for number in range(4000)]
    source = sources(tmp_path, rows)[1 if kind == "csv" else 2]
    tracemalloc.start()
    try:
        opened = feed(source).open(tmp_path)
        assert opened.take() == rows[0]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    opened.close()

    assert len(opened) == 4000
    assert held < 200_000  # the file has two megabytes


def test_arrivals_without_a_row_that_is_used_once_are_dropped_and_counted():
    seen = []
    bench = Bench(lambda call: seen.append(call.data["n"]), data=feed([{"n": 1}, {"n": 2}], "unique"))
    for _ in range(5):
        bench.arrive()

    assert seen == [1, 2]
    assert bench.dispatch.dropped == {"data": 3}
    assert (bench.dispatch.planned, bench.dispatch.sent, bench.dispatch.lost) == (5, 2, 0)


def test_workers_feed_their_journeys_with_their_own_rows():
    def fed(worker):
        seen = []
        rows = [{"n": each} for each in range(6)]
        bench = Bench(lambda call: seen.append(call.data["n"]), data=rows, share=Share(worker=worker, workers=2))
        for _ in range(4):
            bench.arrive()
        return seen

    assert [fed(0), fed(1)] == [[0, 2, 4, 0], [1, 3, 5, 1]]


def test_a_worker_without_rows_has_none_that_are_used_once():
    assert taken(feed([{"n": 1}], "unique"), 1, worker=1, workers=2) == [None]


def write(directory, name, content):
    (directory / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def read_csv(tmp_path, content, **options):
    write(tmp_path, "users.csv", content)
    with closing(feed(csv_rows("users.csv", **options), "unique").open(tmp_path)) as rows:
        return [rows.take() for _ in range(len(rows))]


def test_csv_as_spreadsheets_write_it(tmp_path):
    content = '\ufeffuser,note\r\nann,"a, b"\r\n\r\nbob,"two\r\nlines ""quoted"""\r\n"",last'

    assert read_csv(tmp_path, content) == [
        {"user": "ann", "note": "a, b"},
        {"user": "bob", "note": 'two\r\nlines "quoted"'},
        {"user": "", "note": "last"},
    ]


def test_csv_with_another_delimiter_and_encoding(tmp_path):
    assert read_csv(tmp_path, "user;city\nJörg;Köln\n".encode("cp1252"), delimiter=";", encoding="cp1252") == [
        {"user": "Jörg", "city": "Köln"}
    ]


def test_json_lines_keep_their_types_and_blank_lines_are_passed_over(tmp_path):
    write(tmp_path, "rows.jsonl", '\ufeff{"n": 1, "tags": ["a"]}\n\n  \n{"n": 2.5}')
    with closing(feed(jsonl_rows("rows.jsonl")).open(tmp_path)) as rows:
        assert [rows.take() for _ in range(3)] == [{"n": 1, "tags": ["a"]}, {"n": 2.5}, {"n": 1, "tags": ["a"]}]


def fault(tmp_path, source):
    with pytest.raises(InvalidParameterError) as caught:
        feed(source).open(tmp_path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: it is empty. Its first line must have the names of the columns."),
        ("user,password\n", "line 1: there are no rows."),
        ("user,user\na,b\n", "line 1: two columns are named 'user'."),
        ("user,password\nann,x\nbob\n", "line 3: 1 values, where the first line names 2: ['bob']."),
        ('user,note\nann,"a\nb"\nbob,x,y\n', "line 4: 3 values, where the first line names 2: ['bob', 'x', 'y']."),
        ('user,note\nann,"never closed\n', "line 2: unexpected end of data."),
        (b"user,note\nann,x\nJ\xf6rg,y\n", "line 3: this is not utf-8: invalid start byte (byte 1)."),
    ],
)
def test_faults_of_csv_are_told_by_their_lines(tmp_path, content, said):
    write(tmp_path, "users.csv", content)

    assert fault(tmp_path, csv_rows("users.csv")) == f"The data in 'users.csv', {said}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: there are no rows."),
        ('{"n": 1}\n{"n": 2\n', "line 2: this is not JSON: "),
        ('{"n": 1}\n\n[1]\n', "line 3: each line is a JSON object, and this is [1]."),
        (b'{"n": "\xff"}\n', "line 1: this is not utf-8: invalid start byte"),
    ],
)
def test_faults_of_json_lines_are_told_by_their_lines(tmp_path, content, said):
    write(tmp_path, "rows.jsonl", content)

    assert f"The data in 'rows.jsonl', {said}" in fault(tmp_path, jsonl_rows("rows.jsonl"))


def test_a_missing_file_is_told_with_where_it_was_looked_for(tmp_path):
    said = fault(tmp_path, csv_rows("users.csv"))

    assert said.startswith("The data in 'users.csv' cannot be read: No such file or directory: ")
    assert str(tmp_path / "users.csv") in said
    assert "relative to the locustfile" in said


def test_a_file_that_is_missing_is_told_when_the_scenario_is_read(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"Scenario Shop: The data in 'users.jsonl' cannot be read"):
        define(
            "Shop",
            {"arrival_rate": 1, "hold": 1, "journey": print, "data": feed(jsonl_rows("users.jsonl"))},
            directory=tmp_path,
        )


def test_a_fault_of_the_data_is_told_before_anything_is_sent(tmp_path):
    write(tmp_path, "users.csv", "user\n")

    with pytest.raises(InvalidParameterError, match="there are no rows"):
        Bench(lambda call: None, data=feed(csv_rows("users.csv")), directory=tmp_path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "The list of data has no rows."),
        ([{"a": 1}, 3], "Each row of data has names and values; row 1 is 3."),
        ("users.csv", "Data is a list of mappings, csv_rows('users.csv')"),
        ({"a": 1}, "Data is a list of mappings"),
        (iter([{"a": 1}]), "Data is a list of mappings"),
    ],
)
def test_what_is_no_data(rows, said):
    with pytest.raises(InvalidParameterError) as caught:
        feed(rows)
    assert said in str(caught.value)


def test_what_data_can_not_be_used_for():
    with pytest.raises(UnknownNameError, match=r"There is no use of data named 'recycled'. Did you mean 'recycle'"):
        feed([{"a": 1}], "recycled")
    with pytest.raises(InvalidParameterError, match="There is no encoding 'utf8-ish'"):
        csv_rows("users.csv", encoding="utf8-ish")
    with pytest.raises(InvalidParameterError, match="Rows are not found in a file in utf-16"):
        csv_rows("users.csv", encoding="utf-16")
    with pytest.raises(InvalidParameterError, match="A delimiter is one character, not '::'"):
        csv_rows("users.csv", delimiter="::")
