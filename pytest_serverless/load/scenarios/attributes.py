"""The attributes of a scenario: which there are, and what each may be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError, near_misses, or_list, shorten
from pytest_serverless.load.arrivals import Phase
from pytest_serverless.load.arrivals.checks import check_count, check_number
from pytest_serverless.load.classes import TABLES, Rule, parse_rules, read_rules
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.estimates.thresholds import thresholds as read_thresholds
from pytest_serverless.load.finding import search_of
from pytest_serverless.load.pipelines import Sink
from pytest_serverless.load.scenarios.feeders import Feed, feed
from pytest_serverless.load.scenarios.messages import checked_headers
from pytest_serverless.load.scenarios.variants import Interleave

__all__ = ["ATTRIBUTES", "Given", "check_names", "check_takes", "read"]


@dataclass(frozen=True, slots=True)
class Given:
    """A value that an attribute was given, and where files are that it names."""

    name: str
    value: Any
    directory: Path | None = None

    def refuse(self, what: str) -> InvalidParameterError:
        return InvalidParameterError(f"{self.name} is {what}, not {shorten(self.value)}")


def _number(given: Given) -> float:
    check_number(given.name, given.value)
    return float(given.value)


def _above_0(given: Given) -> float:
    value = _number(given)
    if not value:
        raise given.refuse("a number over 0")
    return value


def _count(given: Given) -> int:
    check_count(given.name, given.value)
    return int(given.value)


def _duration(given: Given) -> float:
    if not isinstance(given.value, str):
        return _above_0(given)
    try:
        found = seconds(given.value)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{given.name}: {error}") from None
    if not found:
        raise given.refuse("a time longer than 0 s")
    return found


def _truth(given: Given) -> bool:
    if not isinstance(given.value, bool):
        raise given.refuse("True or False")
    return given.value


def _text(given: Given) -> str:
    if not isinstance(given.value, str) or not given.value:
        raise given.refuse("a text that is not empty")
    return given.value


def _one_of(known: Iterable[str]) -> Callable[[Given], str]:
    def one(given: Given) -> str:
        if given.value not in tuple(known):
            near = near_misses(str(given.value), known)
            raise given.refuse(or_list(list(near or known)))
        return str(given.value)

    return one


def _phases(given: Given) -> tuple[Phase, ...]:
    """Read phases, or lists of them, as `Phase.steps` returns."""
    value = [given.value] if isinstance(given.value, Phase) else given.value
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence) or not value:
        raise given.refuse("a list such as [Phase.hold(50, '60s')]")
    found: list[Phase] = []
    for each in value:
        found += each if isinstance(each, (list, tuple)) else [each]
    for phase in found:
        if not isinstance(phase, Phase):
            raise InvalidParameterError(
                f"phases are made by Phase.hold(50, '60s') and its like; {shorten(phase)} is none"
            )
    return tuple(found)


def _thresholds(given: Given) -> tuple[Threshold, ...]:
    value = [given.value] if isinstance(given.value, (str, Threshold)) else given.value
    if isinstance(value, Mapping):
        return read_thresholds(limits=value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, (str, Threshold)) for each in value):
        raise given.refuse("texts such as ('throttles < 1%', 'latency.p99 < 300ms')")
    return tuple(each if isinstance(each, Threshold) else Threshold.parse(each) for each in value)


def _auth(given: Given) -> Any:
    lacks = [name for name in ("headers", "url", "due", "check") if not callable(getattr(given.value, name, None))]
    if lacks or isinstance(given.value, type):
        raise given.refuse("credentials, such as BearerToken(…), ApiKey(…) or CognitoUsers(…)")
    return given.value


def _data(given: Given) -> Feed:
    found = given.value if isinstance(given.value, Feed) else feed(given.value)
    found.check(given.directory)
    return found


def _sink(given: Given) -> Sink:
    if isinstance(given.value, type) or not callable(getattr(given.value, "reader", None)):
        raise given.refuse("where effects show: SqsSink('Results'), S3Sink(…), DynamoDbSink(…) or HttpSink(…)")
    sink: Sink = given.value
    return sink


def _rules(given: Given) -> tuple[Rule, ...]:
    value = given.value
    if isinstance(value, (str, Path)):
        return tuple(read_rules(Path(value) if given.directory is None else given.directory / value))
    value = [value] if isinstance(value, (Rule, Mapping)) else value
    if not isinstance(value, (list, tuple)):
        raise given.refuse("a list of rules, or the file that has them")
    own = [each if isinstance(each, Rule) else parse_rules([each], where="rules", paths=TABLES)[0] for each in value]
    return tuple(own)


def _variants(given: Given) -> tuple[str, ...]:
    value = given.value
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or len(set(map(str, value))) < 2:
        raise given.refuse("two names or more, such as ('eager', 'lazy')")
    if not all(isinstance(each, str) and each for each in value) or len(set(value)) < len(value):
        raise given.refuse("different texts that are not empty")
    return tuple(value)


def _takes(*parameters: str) -> Callable[[Given], Callable[..., Any]]:
    def function(given: Given) -> Callable[..., Any]:
        return check_takes(given.name, given.value, *parameters)

    return function


def check_takes(name: str, value: Any, *parameters: str) -> Callable[..., Any]:
    """Return a function; raise InvalidParameterError unless it can be called with these."""
    wanted = f"{name}({', '.join(parameters)})"
    if not callable(value) or isinstance(value, type):
        raise InvalidParameterError(f"{wanted} must be a function, and is {shorten(value)}")
    if inspect.iscoroutinefunction(value) or inspect.isgeneratorfunction(value):
        raise InvalidParameterError(
            f"{wanted} must be an ordinary function: there is nothing that awaits or iterates it, and calls wait by "
            "themselves"
        )
    try:
        signature = inspect.signature(value)
        signature.bind(*parameters)
    except TypeError:
        raise InvalidParameterError(f"{wanted} is how it is called, but it is defined as {name}{signature}") from None
    except ValueError:  # it does not tell
        pass
    found: Callable[..., Any] = value
    return found


ATTRIBUTES: Final[Mapping[str, Callable[[Given], Any]]] = {
    "arrival_rate": _above_0,
    "hold": _duration,
    "warm_up": _duration,
    "ramp": _duration,
    "arrivals": _one_of(("poisson", "uniform")),
    "phases": _phases,
    "thresholds": _thresholds,
    "auth": _auth,
    "data": _data,
    "function": _text,
    "api": _text,
    "path": _one_of(TABLES),
    "rules": _rules,
    "find": lambda given: search_of(given.value),
    "sink": _sink,
    "headers": lambda given: checked_headers(given.value),
    "variants": _variants,
    "interleave": _one_of(get_args(Interleave)),
    "max_in_flight": _count,
    "timeout_s": _above_0,
    "drain_s": _number,
    "only_when_named": _truth,
    "until_throttled": _truth,
    "set_up": _takes("target"),
    "clean_up": _takes("target", "shared"),
}
"""What reads each attribute; `journey` and `mix` are read together, elsewhere."""

_NAMES: Final = (*ATTRIBUTES, "journey", "mix")
_MEANT: Final = {
    "rate": "arrival_rate",
    "rps": "arrival_rate",
    "duration": "hold",
    "hold_s": "hold",
    "ramp_s": "ramp",
    "ramp_up": "ramp",
    "warm_up_s": "warm_up",
    "timeout": "timeout_s",
    "drain": "drain_s",
    "credentials": "auth",
    "feeder": "data",
    "feed": "data",
    "weights": "mix",
    "slo": "thresholds",
    "setup": "set_up",
    "teardown": "clean_up",
    "tear_down": "clean_up",
}
_OF_LOCUST: Final = {
    "wait_time": "arrivals come at arrival_rate, whatever answers take: call.pause() waits within a journey",
    "min_wait": "arrivals come at arrival_rate, whatever answers take: call.pause() waits within a journey",
    "max_wait": "arrivals come at arrival_rate, whatever answers take: call.pause() waits within a journey",
    "tasks": "an arrival makes the journey, or one of the mix",
    "weight": "arrival_rate says how often, and mix with which weights",
    "fixed_count": "arrival_rate says how often, whatever the number of users",
    "on_start": "set_up(target) runs once before the run, and a journey begins with its own first call",
    "on_stop": "clean_up(target, shared) runs once after the run, and a journey ends with its own last call",
}


def read(attributes: Mapping[str, Any], directory: Path | None = None) -> dict[str, Any]:
    """Return what attributes say; those that are None, or not there, are left out."""
    return {
        name: reads(Given(name, attributes[name], directory))
        for name, reads in ATTRIBUTES.items()
        if attributes.get(name) is not None
    }


def check_names(attributes: Mapping[str, Any], own: Iterable[str]) -> None:
    """Raise InvalidParameterError for names that look like an attribute's; `own` are the journeys of the mix."""
    for name, value in attributes.items():
        if name in _OF_LOCUST:
            raise InvalidParameterError(f"{name} is Locust's, and means nothing here: {_OF_LOCUST[name]}")
        if hasattr(value, "locust_task_weight"):
            raise InvalidParameterError(f"@task on {name} means nothing here: put it into `mix`, or name it `journey`")
        if name in _NAMES or name.startswith("_") or name in own:
            continue
        near = _MEANT.get(name) or next(iter(get_close_matches(name, _NAMES, n=1, cutoff=0.82)), None)
        if near:
            raise InvalidParameterError(
                f"there is no attribute {name!r}; did you mean {near!r}? If it is your own, begin it with an underscore"
            )
