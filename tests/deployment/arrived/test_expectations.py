"""`one` and `none`: what they find, and how they fail."""

import pytest

from pytest_serverless.errors import UnknownNameError


def failure(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


@pytest.fixture
def queue(serverless, send):
    send("Jobs", {"order": 7, "state": "paid"})
    send("Jobs", {"order": 8, "state": "open"})
    return serverless.queue("Jobs")


def test_the_only_match_is_returned(queue):
    assert queue.one(json={"order": 7}).json["state"] == "paid"
    assert queue.one(lambda message: "open" in message.body).json["order"] == 8
    assert queue.one(lambda message: "order" in message.body, json={"order": 8}).json["state"] == "open"


def test_none_is_content_where_nothing_matches(queue, serverless):
    assert queue.none(json={"order": 9}) is None
    assert serverless.queue("JobsDlq").none() is None


def test_a_miss_shows_the_nearest_field_by_field_and_all_that_was_there(queue):
    assert failure(queue.one, json={"order": 8, "state": "paid", "by": "card"}, state="visible").splitlines() == [
        "The queue Jobs has no message with json={'order': 8, 'state': 'paid', 'by': 'card'}, state='visible'.",
        "The nearest differs:",
        "  json.state: expected 'paid', found 'open'",
        "  json.by: expected 'card', found nothing",
        "It has 2 messages:",
        "  state    body",
        """  visible  '{"order": 7, "state": "paid"}'""",
        """  visible  '{"order": 8, "state": "open"}'""",
    ]


def test_the_nearest_is_the_one_that_differs_in_the_fewest_places(serverless, send):
    for body in ({"a": 0, "b": 0, "c": 3}, {"a": 1, "b": 2, "c": 0}, {"a": 0, "b": 2, "c": 0}):
        send("Jobs", body)

    message = failure(serverless.queue("Jobs").one, json={"a": 1, "b": 2, "c": 3})

    assert "The nearest differs:\n  json.c: expected 3, found 0\nIt has" in message


def test_among_equally_near_ones_the_most_alike_is_shown(serverless, send):
    for body in ("something else", "hello word", "x"):
        send("Jobs", body)

    assert "body: expected 'hello world', found 'hello word'" in failure(
        serverless.queue("Jobs").one, body="hello world"
    )


def test_an_empty_queue_is_said_to_be_empty(serverless):
    message = failure(serverless.queue("Jobs").one, body="x")

    assert message == "The queue Jobs has no message with body='x': it is empty."


def test_more_than_one_match_shows_the_matches_alone(queue, send):
    send("Jobs", {"order": 7})

    message = failure(queue.one, json={"order": 7})

    assert message.startswith("The queue Jobs has 2 messages with json={'order': 7}, and one was expected:")
    assert '"order": 8' not in message


def test_what_should_not_be_there_is_shown(queue):
    message = failure(queue.none, json={"order": 8})

    assert message.startswith("The queue Jobs has 1 message with json={'order': 8}, and none was expected:")
    assert '"order": 8' in message
    assert '"order": 7' not in message
    assert failure(queue.none).startswith("The queue Jobs has 2 messages, and none was expected:")


def test_a_predicate_is_named_where_it_has_a_name(queue):
    def is_refunded(message):
        return False

    assert "no message that is_refunded accepts." in failure(queue.one, is_refunded)
    assert "no message that the predicate accepts." in failure(queue.one, lambda message: False)


def test_a_body_that_is_not_json_is_a_miss_and_no_error(serverless, send):
    send("Jobs", "not json")

    message = failure(serverless.queue("Jobs").one, json={"order": 7})

    assert "json: expected {'order': 7}, found what is not JSON" in message
    assert "'not json'" in message


def test_lists_differ_by_element_or_as_a_whole(serverless, send):
    send("Jobs", {"lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]})
    queue = serverless.queue("Jobs")

    assert queue.one(json={"lines": [{"sku": "a"}, {"sku": "b"}]})
    assert "json.lines[1].sku: expected 'c', found 'b'" in failure(
        queue.one, json={"lines": [{"sku": "a"}, {"sku": "c"}]}
    )
    assert "json.lines: expected [{'sku': 'a'}], found [{'sku': 'a'," in failure(
        queue.one, json={"lines": [{"sku": "a"}]}
    )


def test_what_is_expected_may_know_only_how_to_compare(serverless, send):
    send("Jobs", {"total": 0.1 + 0.2})

    assert serverless.queue("Jobs").one(json={"total": pytest.approx(0.3)})


def test_long_texts_are_cut_to_where_they_part(serverless, send):
    send("Jobs", "a" * 500 + "b" + "c" * 500)

    message = failure(serverless.queue("Jobs").one, body="a" * 500 + "X" + "c" * 500)

    [line] = [line for line in message.splitlines() if line.startswith("  body:")]
    assert "aaX" in line
    assert "aab" in line
    assert len(line) < 250


def test_a_field_that_no_message_has_is_answered_with_the_nearest(queue):
    with pytest.raises(UnknownNameError, match=r"no field of the queue Jobs's messages named 'bdy'.*'body'"):
        queue.one(bdy="x")


def test_an_item_of_a_table_is_expected_by_its_own_attributes(serverless, backend, ref):
    put = backend.client("dynamodb").put_item
    put(TableName=ref("Orders"), Item={"id": {"S": "1"}, "self": {"S": "x"}, "predicate": {"N": "3"}})

    assert serverless.table("Orders").one(self="x", predicate=3)["id"] == "1"
    message = failure(serverless.table("Orders").one, id="1", status="paid")
    assert "  status: expected 'paid', found nothing" in message


def test_the_failure_is_at_the_line_of_the_test(pytester):
    pytester.makepyfile(
        """
        from types import SimpleNamespace
        from pytest_serverless.deployment.arrived.tables import TableView

        class Table(TableView):
            items = [{"id": "1"}]

        place = SimpleNamespace(resource=SimpleNamespace(id="Orders"), backends=SimpleNamespace(waits=lambda: False))

        def test_one():
            Table(place).one(id="2")

        def test_none():
            Table(place).none(id="1")
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly")

    result.stdout.fnmatch_lines(
        ['*.one(id="2")', "E *The table Orders has no item with id='2'.", "E *id: expected '2', found '1'"]
    )
    result.stdout.no_fnmatch_line("*view.py*")
