"""Event patterns beside a plain model, which chooses one element of each array and looks whether the rest matches."""

import decimal
import ipaddress
import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.triggers.patterns import Pattern

NAMES = st.sampled_from(["a", "b"])
TEXTS = st.one_of(
    st.sampled_from(["", "a", "A", "ab", "aab", "abab", "b*", "10.0.0.1", "10.0.0.130", "10.0.1.1", "é", "\\"]),
    st.text(alphabet="abA*\\.", max_size=5),
)
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 1.0, -2.5, 6e9]))
SCALARS = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans())


def objects(values):
    return st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, max_size=4)


EVENTS = objects(
    st.recursive(SCALARS, lambda inner: st.one_of(objects(inner), st.lists(inner, max_size=3)), max_leaves=8)
)
FLAT_EVENTS = objects(st.recursive(SCALARS, objects, max_leaves=6))

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


def patterns(wanted):
    leaf = st.lists(wanted, min_size=1, max_size=2)
    inner = st.recursive(leaf, lambda node: st.dictionaries(NAMES, node, min_size=1, max_size=3), max_leaves=4)
    body = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    # The branches have names of their own: one that names a field again replaces what the pattern says of it.
    either = st.lists(st.dictionaries(st.sampled_from(["c", "d"]), inner, min_size=1), min_size=2, max_size=3)
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
@given(pattern=patterns(PRESENT), event=EVENTS)
def test_patterns_match_as_the_model_does(pattern, event):
    expected = any(sees(pattern, view) for view in views(event))

    assert Pattern.parse(pattern).matches(event) is expected
    assert (Pattern.parse(pattern).why_not(event) is None) is expected


@settings(deadline=None, max_examples=100, derandomize=True)
@given(pattern=patterns(st.one_of(PRESENT, st.just({"exists": False}))), event=FLAT_EVENTS)
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
