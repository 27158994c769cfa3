import json

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.pipelines.ids import NOBODY, Ids, anywhere, finder


def test_ids_differ_by_run_process_and_number_and_are_of_one_length():
    made = [ids.make() for ids in (Ids(1, 0), Ids(2, 0), Ids(1, 1)) for _ in range(3)]

    assert len(set(made)) == 9
    assert {len(each) for each in made} == {len(NOBODY)}


@pytest.mark.parametrize(
    "text",
    [
        "{id}",
        "thumbnails/{id}9.jpg",
        '{{"order": {{"id": "{id}"}}}}',
        '{{"Message": "{{\\"id\\": \\"{id}\\"}}"}}',
        "<Key>a%2F{id}</Key>",
        "{id} and {id}",
        "0{id}a",
    ],
)
def test_an_id_is_found_once_wherever_it_stands(text):
    made = Ids(0xABCDEF12, 3).make()

    assert list(anywhere(text.format(id=made))) == [made]


@pytest.mark.parametrize("text", ["", "load-", "load-zz-1-2", NOBODY[:-1], "message of somebody else"])
def test_what_is_no_id_is_not_found(text):
    assert list(anywhere(text)) == []


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("$.id", {"id": "a-1"}, ["a-1"]),
        ("$.id", {"id": 17}, ["17"]),
        ("$.Records[1].s3.key", {"Records": [{}, {"s3": {"key": "k"}}]}, ["k"]),
        ("$.Message.detail.id", {"Message": json.dumps({"detail": {"id": "inner"}})}, ["inner"]),
        ("$.id", {"other": 1}, []),
        ("$.id", {"id": None}, []),
        ("$.id", {"id": True}, []),
        ("$.id.more", {"id": "text"}, []),
        ("$[0].id", [], []),
        ("$.a[0]", {"a": {"0": 1}}, []),
    ],
)
def test_an_id_is_found_by_its_path(path, body, found):
    assert list(finder(path)(json.dumps(body))) == found


def test_a_body_that_is_no_json_has_no_id_by_a_path():
    assert list(finder("$.id")("not json")) == []


@pytest.mark.parametrize("path", ["id", "$", "$.", "$..id", "$.a[*]", "$.a.[0]", 3])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(InvalidParameterError, match="is no path to an id"):
        finder(path)
