"""Event patterns beside a plain model, which chooses one element of each array and looks whether the rest matches."""

import decimal
import ipaddress
import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.triggers.patterns import Pattern

TEXTS = st.one_of(
    st.sampled_from(["", "a", "A", "ab", "aab", "abab", "b*", "10.0.0.1", "10.0.0.130", "10.0.1.1", "é", "\\"]),
    st.text(alphabet="abA*\\.", max_size=5),
)
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 1.0, -2.5, 6e9]))
SCALARS = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans())

WILDCARDS = st.lists(st.one_of(st.sampled_from(["a", "b", "ab", "\\*", "\\\\"])), max_size=3).flatmap(
    lambda parts: st.sampled_from(["*".join(parts), "".join(parts), "*" + "*".join(parts)])
)
STARTS = TEXTS.filter(bool)
BUT_TEXTS = st.one_of(
    TEXTS,
    st.lists(TEXTS, min_size=1, max_size=2),
    st.fixed_dictionaries({"prefix": st.one_of(STARTS, st.lists(STARTS, min_size=1, max_size=2))}),
    st.fixed_dictionaries({"suffix": st.one_of(STARTS, st.lists(STARTS, min_size=1, max_size=2))}),
    st.fixed_dictionaries({"equals-ignore-case": st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=2))}),
    st.fixed_dictionaries({"wildcard": st.one_of(WILDCARDS, st.lists(WILDCARDS, min_size=1, max_size=2))}),
)
SMALL = st.integers(-3, 3)
NUMERIC = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), SMALL).map(list),
    st.tuples(st.sampled_from([">", ">="]), SMALL, st.sampled_from(["<", "<="]), st.integers(4, 6)).map(list),
)


def expression(name, operand):
    return operand.map(lambda value: {name: value})


PRESENT = st.one_of(
    SCALARS,
    expression("prefix", TEXTS),
    expression("suffix", TEXTS),
    expression("prefix", expression("equals-ignore-case", TEXTS)),
    expression("suffix", expression("equals-ignore-case", TEXTS)),
    expression("equals-ignore-case", TEXTS),
    expression("anything-but", st.one_of(BUT_TEXTS, SMALL, st.lists(SMALL, min_size=1, max_size=2))),
    expression("numeric", NUMERIC),
    expression("cidr", st.sampled_from(["10.0.0.0/24", "10.0.0.129/25", "0.0.0.0/0", "::/0"])),
    expression("wildcard", WILDCARDS),
    st.just({"exists": True}),
)


# Few names and values, so that patterns and events meet.
FEW = st.sampled_from(["x", "y"])
STANDS = st.sampled_from(["x", "y", {"anything-but": "x"}, {"exists": True}])
ABSENT = st.one_of(STANDS, st.just({"exists": False}))


FLAT_EVENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(
        FEW, lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, min_size=1), max_leaves=10
    ),
    min_size=1,
)


def some(*names, values):
    return st.dictionaries(st.sampled_from(names), values, min_size=1)


def several(values):
    return st.lists(values, min_size=1, max_size=3)


# Arrays in arrays, with objects and values in them, in the places of which the patterns speak.
INNER = st.one_of(FEW, several(FEW), several(st.one_of(FEW, some("c", "d", values=FEW))), some("c", "d", values=FEW))
ELEMENTS = st.one_of(some("b", "c", values=INNER), several(some("b", "c", values=INNER)))
ARRAY_EVENTS = some("a", "b", values=st.one_of(INNER, several(ELEMENTS)))
LEAF = st.lists(STANDS, min_size=1, max_size=2)
ARRAY_PATTERNS = some(
    "a", "b", values=st.one_of(LEAF, some("b", "c", values=st.one_of(LEAF, some("c", "d", values=LEAF))))
)


def patterns(wanted):
    leaf = st.lists(wanted, min_size=1, max_size=2)
    inner = st.recursive(
        leaf, lambda node: st.dictionaries(st.sampled_from(["a", "b"]), node, min_size=1), max_leaves=3
    )
    body = st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1)
    # The branches have a name of their own: one that names a field again replaces what the pattern says of it.
    either = st.lists(st.dictionaries(st.just("c"), inner, min_size=1), min_size=2, max_size=3)
    return st.one_of(body, st.tuples(body, either).map(lambda both: {**both[0], "$or": both[1]}))


def wants(wanted, value):
    """The model of one operator, in other terms than ours: regular expressions, decimals, networks."""
    if not isinstance(wanted, dict):
        return wanted == value and (type(wanted) is type(value) or (number(wanted) and number(value)))
    ((name, operand),) = wanted.items()
    if name == "exists":
        return True
    if name == "anything-but":
        if isinstance(operand, dict):
            ((form, texts),) = operand.items()
            return not any(wants({form: text}, value) for text in (texts if isinstance(texts, list) else [texts]))
        return not any(wants(other, value) for other in (operand if isinstance(operand, list) else [operand]))
    if name == "numeric":
        return number(value) and abs(value) <= 5e9 and compare(operand, decimal.Decimal(str(value)))
    if not isinstance(value, str):
        return False
    if name == "cidr":
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
        except ValueError:
            return False
    return re.fullmatch(expression_of(name, operand), value, re.DOTALL) is not None


def number(value):
    return type(value) in (int, float)


def compare(terms, value):
    signs = {"=": value.__eq__, "<": value.__lt__, "<=": value.__le__, ">": value.__gt__, ">=": value.__ge__}
    return all(signs[sign](decimal.Decimal(other)) for sign, other in zip(terms[::2], terms[1::2], strict=True))


def expression_of(name, operand):
    if isinstance(operand, dict):
        return "(?i:" + expression_of(name, operand["equals-ignore-case"]) + ")"
    quoted = re.escape(operand)
    if name == "wildcard":
        parts = re.findall(r"\\[*\\]|\*|[^*\\]", operand)
        return "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return {"prefix": quoted + ".*", "suffix": ".*" + quoted, "equals-ignore-case": f"(?i:{quoted})"}[name]


def views(node):
    """Every way to choose one element of each array: what can then be seen, as values by path."""
    if isinstance(node, dict):
        for choice in itertools.product(*(list(views(value)) for value in node.values())):
            seen = {}
            for name, inner in zip(node, choice, strict=True):
                for path, values in inner.items():
                    seen.setdefault((name, *path), []).extend(values)
            yield seen
    elif isinstance(node, list):
        scalars = [value for value in node if not isinstance(value, dict | list)]
        inside = [view for value in node if isinstance(value, dict | list) for view in views(value)]
        for view in inside or [{}]:
            yield {**view, (): view.get((), []) + scalars}
    else:
        yield {(): [node]}


def sees(pattern, view, path=()):
    for name, wanted in pattern.items():
        here = (*path, name)
        if name == "$or":
            if not any(sees(branch, view, path) for branch in wanted):
                return False
        elif isinstance(wanted, dict):
            if not sees(wanted, view, here):
                return False
        elif not view.get(here):
            if {"exists": False} not in wanted:
                return False
        elif not any(wants(one, value) for one in wanted if one != {"exists": False} for value in view[here]):
            return False
    return True


@settings(deadline=None, max_examples=100, derandomize=True)
@given(wanted=st.lists(PRESENT, min_size=1, max_size=3), values=st.lists(SCALARS, min_size=1, max_size=6))
def test_operators_judge_as_the_model_does(wanted, values):
    pattern = Pattern.parse({"a": wanted})

    for value in values:
        assert pattern.matches({"a": value}) is any(wants(one, value) for one in wanted)
    assert pattern.matches({"a": values}) is any(wants(one, value) for one in wanted for value in values)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(pattern=ARRAY_PATTERNS, event=ARRAY_EVENTS)
def test_arrays_are_matched_as_the_model_does(pattern, event):
    expected = any(sees(pattern, view) for view in views(event))

    assert Pattern.parse(pattern).matches(event) is expected
    assert (Pattern.parse(pattern).why_not(event) is None) is expected


@settings(deadline=None, max_examples=100, derandomize=True)
@given(pattern=patterns(ABSENT), event=FLAT_EVENTS)
def test_absence_is_seen_as_the_model_does(pattern, event):
    assert Pattern.parse(pattern).matches(event) is any(sees(pattern, view) for view in views(event))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(value=st.text(), pieces=st.lists(st.text(), min_size=1, max_size=4))
def test_a_wildcard_takes_any_unicode(value, pieces):
    pattern = "*".join(piece.replace("\\", "\\\\").replace("*", "\\*") for piece in pieces)
    if "**" in pattern.replace("\\\\", "").replace("\\*", ""):
        return
    expected = re.fullmatch(".*".join(re.escape(piece) for piece in pieces), value, re.DOTALL) is not None

    parsed = Pattern.parse({"a": [{"wildcard": pattern}]})

    assert parsed.matches({"a": value}) is expected
    assert parsed.matches({"a": "x".join(pieces)})
