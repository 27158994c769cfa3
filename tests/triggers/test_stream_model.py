"""Streams against plain models: whatever fails and however often, no record is lost, doubled or out of order."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_serverless.triggers.streams import Answer, Batch, Discard, StreamReader, StreamRules, Wait, lane_of
from tests.triggers.shards import SHARD, START, drive, mapping, numbers, numbers_in, reader, record

RETENTION_S = 5_000
QUICK = settings(deadline=None, max_examples=60, derandomize=True)


class Stream(RuleBasedStateMachine):
    """One shard, any settings, and a function that does as it likes: the model keeps what became of each record."""

    @initialize(
        batch_size=st.integers(1, 5),
        factor=st.integers(1, 3),
        retries=st.integers(-1, 3),
        age=st.sampled_from([-1, 60, 120]),
        window=st.sampled_from([0, 0, 7]),
        bisect=st.booleans(),
        report=st.booleans(),
        tumbling=st.booleans(),
    )
    def begin(self, batch_size, factor, retries, age, window, bisect, report, tumbling):
        self.mapping = mapping(
            batch_size=batch_size,
            parallelization_factor=1 if tumbling else factor,
            max_retries=retries,
            max_record_age_s=age,
            batching_window_s=window,
            bisect=bisect,
            report_failures=report,
            tumbling_window_s=30 if tumbling else 0,
        )
        rules = StreamRules(retention_s=RETENTION_S, retry_delay=float)
        self.stream = StreamReader(
            self.mapping, created_at=START, keep=lambda each: int(each.sequence_number) % 7 != 0, rules=rules
        )
        self.stream.add_shard(SHARD)
        self.now, self.last = START, 0
        self.pushed, self.keys, self.arrived = [], {}, {}
        self.fate, self.under_way, self.closed = {}, {}, False

    @precondition(lambda self: not self.closed)
    @rule(keys=st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), late=st.integers(0, 50))
    def push(self, keys, late):
        found = []
        for key in keys:
            self.last += 1
            at = max([*self.arrived.values(), self.now - late], default=self.now)
            self.keys[self.last], self.arrived[self.last] = key, at
            found.append(record(self.last, key=key, at=at))
        self.pushed += numbers(found)
        for each in self.stream.push(SHARD, found, self.now):
            self.settle(int(each.sequence_number), "filtered")

    @rule(seconds=st.sampled_from([0, 1, 5, 40]))
    def advance(self, seconds):
        self.now += seconds

    @rule()
    def step(self):
        step = self.stream.next(self.now)
        if isinstance(step, Batch):
            self.check(step)
            self.under_way[step.lane] = step
        elif isinstance(step, Wait):
            assert step.until > self.now
        elif step is not None:
            self.given_up(step)

    def check(self, batch):
        assert batch.lane not in self.under_way
        assert len(batch.records) <= self.mapping.batch_size
        sent = numbers(batch.records)
        assert bool(sent) or batch.window.final
        lanes = self.mapping.parallelization_factor
        assert {lane_of(self.keys[number], lanes) for number in sent} <= {batch.lane}
        waiting = [n for n in self.pushed if n not in self.fate and lane_of(self.keys[n], lanes) == batch.lane]
        assert sent == waiting[: len(sent)]
        ages = [self.now - self.arrived[number] for number in sent]
        assert all(age <= RETENTION_S for age in ages)
        assert self.mapping.max_record_age_s < 0 or all(age <= self.mapping.max_record_age_s for age in ages)
        if batch.window and sent:
            assert all(self.arrived[number] < batch.window.end for number in sent)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), way=st.sampled_from(["ok", "ok", "error", "throttled", "report", "nonsense"]))
    def answer(self, data, way):
        batch = self.under_way.pop(data.draw(st.sampled_from(sorted(self.under_way))))
        sent = numbers(batch.records)
        value = {"state": {}}
        if way == "report" and sent:
            failed = data.draw(st.lists(st.sampled_from(sent), min_size=1, max_size=3))
            value["batchItemFailures"] = [{"itemIdentifier": str(number)} for number in failed]
        if way == "nonsense":
            value["batchItemFailures"] = [{"itemIdentifier": "0"}]
        answer = Answer(value=value, error="Unhandled" if way == "error" else None, reached=way != "throttled")
        done = numbers(self.stream.answer(batch, answer, self.now).records)
        assert done == self.expected(sent, way, value)
        for number in done:
            self.settle(number, "processed")

    def expected(self, sent, way, value):
        if way in {"error", "throttled"}:
            return []
        if not self.mapping.report_failures or way == "ok" or not (failures := value.get("batchItemFailures")):
            return sent
        named = [int(failure["itemIdentifier"]) for failure in failures]
        return [number for number in sent if number < min(named)]

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self):
        self.closed = True
        self.stream.close_shard(SHARD)

    def given_up(self, step):
        for each in step.records:
            self.settle(int(each.sequence_number), type(step).__name__)
        if not isinstance(step, Discard):
            assert all(self.now - each.arrived_at > RETENTION_S for each in step.records)
        elif step.condition == "RecordAgeExceeded":
            assert all(self.now - each.arrived_at > self.mapping.max_record_age_s >= 0 for each in step.records)
        else:
            assert step.invoke_count == self.mapping.max_retries + 1
            assert not self.mapping.bisect or len(step.records) <= 1

    def settle(self, number, fate):
        assert number not in self.fate
        self.fate[number] = fate

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "fate"):
            assert self.stream.pending == len(self.pushed) - len(self.fate)
            left = [number for number in self.pushed if number not in self.fate]
            assert self.stream.position(SHARD) == (str(left[0]) if left else None)

    def teardown(self):
        """Let the function succeed from now on: everything that is left is done, or too old."""
        if not hasattr(self, "fate"):
            return
        for batch in self.under_way.values():
            for each in self.stream.answer(batch, Answer(value={"state": {}}), self.now).records:
                self.settle(int(each.sequence_number), "processed")
        self.stream.close_shard(SHARD)
        story = drive(self.stream, lambda event: {"state": {}}, self.now)
        for step in (*story.discards, *story.expired):
            for each in step.records:
                self.settle(int(each.sequence_number), type(step).__name__)
        for number in story.done:
            self.settle(number, "processed")
        assert sorted(self.fate) == self.pushed
        assert self.stream.drained(SHARD)


TestStream = Stream.TestCase
TestStream.settings = settings(deadline=None, max_examples=60, stateful_step_count=40, derandomize=True)


@QUICK
@given(count=st.integers(1, 60), batch_size=st.integers(1, 60), retries=st.integers(0, 4), data=st.data())
def test_bisecting_isolates_each_poison_record(count, batch_size, retries, data):
    poison = data.draw(st.sets(st.integers(1, count), max_size=4))
    attempts = Counter()

    def function(event):
        attempts.update(numbers_in(event) if len(event["Records"]) == 1 else [])
        assert not poison & set(numbers_in(event))

    made = reader(batch_size=batch_size, bisect=True, max_retries=retries)
    made.push(SHARD, [record(number) for number in range(1, count + 1)], START)
    story = drive(made, function)

    assert [numbers(discard.records) for discard in story.discards] == [[number] for number in sorted(poison)]
    assert story.done == [number for number in range(1, count + 1) if number not in poison]
    assert all(attempts[number] == retries + 1 for number in poison)


@QUICK
@given(count=st.integers(1, 60), batch_size=st.integers(1, 60), retries=st.integers(0, 4), data=st.data())
def test_reporting_gives_up_only_what_follows_a_record_that_never_succeeds(count, batch_size, retries, data):
    """A plain model: each batch goes on from the lowest failure, with all retries, until one is at its head."""
    poison = data.draw(st.sets(st.integers(1, count), max_size=4))
    made = reader(batch_size=batch_size, report_failures=True, max_retries=retries)
    made.push(SHARD, [record(number) for number in range(1, count + 1)], START)

    story = drive(
        made,
        lambda event: {
            "batchItemFailures": [
                {"itemIdentifier": str(number)} for number in reversed(numbers_in(event)) if number in poison
            ]
        },
    )

    expected, given_up = [], []
    for start in range(1, count + 1, batch_size):
        batch = range(start, min(start + batch_size, count + 1))
        stop = min((number for number in batch if number in poison), default=batch.stop)
        expected += range(start, stop)
        given_up += [list(range(stop, batch.stop))] if stop < batch.stop else []
    assert story.done == expected
    assert [numbers(discard.records) for discard in story.discards] == given_up
    assert all(discard.invoke_count == retries + 1 for discard in story.discards)


@QUICK
@given(
    steps=st.lists(st.tuples(st.floats(0, 100, allow_nan=False), st.integers(1, 1000)), min_size=1, max_size=40),
    seconds=st.integers(1, 900),
    batch_size=st.integers(1, 10),
    failures=st.lists(st.booleans(), max_size=20),
)
def test_windows_sum_up_to_the_total(steps, seconds, batch_size, failures):
    """Whatever fails in between: the last states of all windows have each record's amount once, by its window."""
    made = reader(tumbling_window_s=seconds, batch_size=batch_size)
    amounts, at, found, expected = {}, START, [], Counter()
    for number, (pause, amount) in enumerate(steps, 1):
        at += pause
        amounts[number] = amount
        found.append(record(number, at=at))
        expected[int(at // seconds) * seconds] += amount
    outcomes = iter(failures)
    sums = []

    def function(event):
        assert not next(outcomes, False)
        total = event["state"].get("sum", 0) + sum(amounts[number] for number in numbers_in(event))
        if event["isFinalInvokeForWindow"]:
            assert not event["Records"]
            sums.append(total)
        return {"state": {"sum": total}}

    made.push(SHARD, found, at)
    drive(made, function, at)

    assert sums == [expected[start] for start in sorted(expected)]
    assert sum(sums) == sum(amounts.values())


@QUICK
@given(
    keys=st.lists(st.text(max_size=3), min_size=1, max_size=60),
    factor=st.integers(1, 10),
    batch_size=st.integers(1, 9),
    failures=st.lists(st.booleans(), max_size=30),
)
def test_the_order_of_each_key_is_kept(keys, factor, batch_size, failures):
    made = reader(parallelization_factor=factor, batch_size=batch_size)
    made.push(SHARD, [record(number, key=key) for number, key in enumerate(keys)], START)
    outcomes = iter(failures)

    def function(event):
        assert not next(outcomes, False)

    done = drive(made, function).done

    assert sorted(done) == list(range(len(keys)))
    for key in set(keys):
        of_key = [number for number in done if keys[number] == key]
        assert of_key == sorted(of_key)
