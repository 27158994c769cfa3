import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.clock import FixedClock
from pytest_serverless.events import values
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING

LEAVES = {
    "any": values.ANY_JSON,
    "base64": values.BASE64,
    "boolean": values.BOOLEAN,
    "epoch-ms": values.EPOCH_MS,
    "epoch-ms-text": values.EPOCH_MS_TEXT,
    "host": values.HOST,
    "ip": values.IP_ADDRESS,
    "text": values.TEXT,
    "uuid": values.UUID,
    "const": values.const({"a": 1}),
    "one-of": values.one_of("A", "b"),
    "hex": values.hexadecimal(8),
    "number": values.whole_number(1, 9),
    "seconds": values.iso_time("seconds"),
    "milliseconds": values.iso_time("milliseconds"),
}


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
def test_a_leaf_accepts_what_it_mints(leaf):
    mint = Mint(seed=1)

    assert all(leaf.accepts(leaf.mint(mint)) for _ in range(20))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def accepts(leaf, found):
    try:
        return leaf.accepts(found)
    except ValueError:
        return False


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
@settings(deadline=None, max_examples=40, derandomize=True)
@given(anything)
def test_what_a_leaf_mends_it_accepts(leaf, found):
    mended = leaf.mend(found)

    assert (
        mended is MISSING
        or accepts(leaf, mended)
        or accepts(leaf, found)
        or leaf.rule in ("whole-number", "epoch-ms-text")
    )


@pytest.mark.parametrize(
    ("leaf", "wrong"),
    [
        ("boolean", [1, "true", None]),
        ("const", [{"a": 2}, {}, []]),
        ("one-of", ["a", None, 1]),
        ("uuid", ["C9B8FA9F-5A7F-4AAA-AF9C-0C604CDE93A5", "c9b8fa9f", 1]),
        ("hex", ["ABCDEF12", "abcdef1", None]),
        ("number", [0, 10, True, "5", 5.0]),
        ("base64", ["a", "a===", "aGVsbG8", "aGVsbG8=\n", 1, "ü"]),
        ("ip", ["192.168.0.1/32", "1.2.3", "", 1]),
        ("host", ["a..b", "with space", "", "a" * 64, "x." * 127 + "xx"]),
        ("epoch-ms", [1_795_000_000, 1_795_000_000_000_000, "1795000000000", 1_795_000_000_000.0, True]),
        ("epoch-ms-text", [1_795_000_000_000, "1795000000", "now", "١٧٩٥٠٠٠٠٠٠٠٠٠"[:3]]),
        ("seconds", ["2026-11-23T10:00:00.000Z", "2026-11-23 10:00:00Z", "2026-02-30T10:00:00Z", 1]),
        ("milliseconds", ["2026-11-23T10:00:00Z", "2026-11-23T25:00:00.000Z", None]),
        ("text", [1, None]),
    ],
)
def test_a_leaf_refuses_what_only_looks_like_it(leaf, wrong):
    assert [found for found in wrong if accepts(LEAVES[leaf], found)] == []


@pytest.mark.parametrize(
    ("leaf", "found", "meant"),
    [
        ("one-of", "a", "A"),
        ("one-of", "c", MISSING),
        ("one-of", 1, MISSING),
        ("text", 5, "5"),
        ("text", 5.5, "5.5"),
        ("text", True, MISSING),
        ("number", "7", 7),
        ("number", "x", MISSING),
        ("ip", "192.168.0.1/32", "192.168.0.1"),
        ("ip", "hello", MISSING),
        ("ip", 1, MISSING),
        ("epoch-ms-text", 1_795_000_000_000, "1795000000000"),
        ("epoch-ms-text", "now", MISSING),
        ("const", "anything", {"a": 1}),
        ("uuid", "anything", MISSING),
    ],
)
def test_a_leaf_mends_what_can_only_mean_one_thing(leaf, found, meant):
    assert LEAVES[leaf].mend(found) == meant


def test_a_constant_is_of_its_type():
    assert values.const(True).accepts(True)
    assert not values.const(True).accepts(1)
    assert not values.const(1).accepts(1.0)


def test_numbers_without_an_upper_limit_have_none():
    assert values.whole_number(5).accepts(10**30)
    assert values.whole_number(5).expected == "a whole number from 5"
    assert values.whole_number(1, 9).expected == "a whole number from 1 to 9"
    assert values.whole_number(1, mint=lambda _: 4).mint(Mint()) == 4


def test_many_choices_are_listed_another_way_than_few():
    assert values.one_of("a", "b").expected == "a or b"
    assert values.one_of(*"abcdefghi").expected == "one of a, b, c, d, e, f, g, h, i"


@pytest.mark.parametrize(
    ("epoch_ms", "precision", "written"),
    [
        (1_795_000_000_007, "seconds", "2026-11-18T11:06:40Z"),
        (1_795_000_000_007, "milliseconds", "2026-11-18T11:06:40.007Z"),
        (946_684_800_000, "milliseconds", "2000-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_written_in_utc(epoch_ms, precision, written):
    assert values.format_iso(epoch_ms, precision) == written
    assert values.iso_time(precision).mint(Mint(clock=FixedClock(epoch_ms / 1000))) == written
