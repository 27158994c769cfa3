"""What we assume of moto's and botocore's insides, each with a check.

None of it is promised by those libraries. A check returns None where the assumption holds, or says what is different;
the tests run all of them, and `doctor` may. Where one fails, users' tests still run, with a warning: a state that
cannot be copied is made anew, a place that is gone is left alone.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from moto.core import base_backend, botocore_stubber, model_instances, models

from pytest_serverless.backends.moto import readings
from pytest_serverless.backends.moto.fanout import SILENCED
from pytest_serverless.backends.moto.feed import Feed, patches
from pytest_serverless.backends.moto.mends import mends
from pytest_serverless.backends.moto.wiring import KEPT_BESIDE, KEPT_IN

__all__ = ["ASSUMPTIONS", "Assumption", "broken"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something we rely on, for what, and how to see whether it is so."""

    text: str
    needed_for: str
    check: Callable[[], str | None]


def broken() -> list[tuple[Assumption, str]]:
    """Return the assumptions that do not hold, with what is there instead."""
    return [(one, found) for one in ASSUMPTIONS if (found := _found(one)) is not None]


def _found(assumption: Assumption) -> str | None:
    try:
        return assumption.check()
    except ModuleNotFoundError as error:
        is_theirs = (error.name or "").startswith(("moto", "botocore"))
        return f"there is no {error.name}" if is_theirs else None  # a mock that lacks a library of others is not used
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _services_are_listed() -> str | None:
    every: Any = base_backend.BackendDict
    listed = every._instances  # noqa: SLF001  what this module is about; so below
    made = every(base_backend.BaseBackend, "ec2", use_boto3_regions=False, additional_regions=["here"])
    backend = made["123456789012"]["here"]
    try:
        ok = listed is every._instances and made in listed and backend is made["123456789012"]["here"]  # noqa: SLF001
        return None if ok else "a service in use is not in BackendDict._instances"
    finally:
        listed.remove(made)


def _reset_keeps_the_list() -> str | None:
    source = inspect.getsource(base_backend.BackendDict.reset)
    return None if "_instances.clear()" in source else "BackendDict.reset no longer clears the list in place"


def _state_is_the_dict() -> str | None:
    backend = base_backend.BaseBackend("us-east-1", "123456789012")
    backend.__dict__ = {"region_name": "eu-west-1"}
    return None if backend.region_name == "eu-west-1" else "a backend keeps state outside of its __dict__"


def _models_are_counted() -> str | None:
    data = model_instances.model_data
    lists = [model.instances_tracked for kinds in data.values() for model in kinds.values()]  # type: ignore[attr-defined]
    return None if all(type(instances) is list for instances in lists) else "instances_tracked is no list"


def _stubber_has_its_switch() -> str | None:
    stubber: Any = models.botocore_stubber
    given = list(inspect.signature(botocore_stubber.BotocoreStubber.process_request).parameters)
    if type(stubber.enabled) is not bool or given != ["self", "request"]:
        return f"BotocoreStubber has enabled={stubber.enabled!r} and process_request({', '.join(given)})"
    return None if "self.process_request(" in inspect.getsource(type(stubber).__call__) else "it processes otherwise"


def _mocks_start_and_stop() -> str | None:
    start, stop = (list(inspect.signature(one).parameters) for one in (models.MockAWS.start, models.MockAWS.stop))
    expected = ["self", "reset"], ["self", "remove_data"]
    return None if (start, stop) == expected else f"MockAWS.start{start}, MockAWS.stop{stop}"


def _responses_can_be_passed_on() -> str | None:
    return None if hasattr(models.responses_mock, "_real_send") else "responses_mock has no _real_send"


def _places_exist() -> str | None:
    missing = []
    for module, path, _ in (*SILENCED, *patches(Feed(print)), *mends()):
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        if not inspect.isfunction(vars(owner).get(name)):
            missing.append(f"{module}.{path}")
    return f"not functions there: {', '.join(missing)}" if missing else None


def _wiring_can_be_read() -> str | None:
    read, wanted = _read_by_name(), _wanted_by_name()
    different = [f"{name} {read[name]!r}" for name in wanted if read[name] != wanted[name]]
    return f"read otherwise than they were made: {', '.join(different)}" if different else None


_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def _wanted_by_name() -> dict[str, Any]:
    return {
        "subscription": _FUNCTION,
        "rule": ('{"source": ["a"]}', "ENABLED"),
        "schedule": "UTC",
        "notifications": ["LambdaFunctionConfigurations"],
        "filter": _FUNCTION,
        "shard": ("p",),
        "stream": True,
    }


def _read_by_name() -> dict[str, Any]:
    account, region = "123456789012", "us-east-1"
    models: Any = {name: importlib.import_module(f"moto.{name}.models") for name in (*KEPT_IN, "s3", "scheduler")}
    topic = models["sns"].Topic("t", models["sns"].SNSBackend(region, account))
    rule = models["events"].Rule("r", account, region, None, '{"source": ["a"]}', None, None, "default", None)
    told = [{"CloudFunction": _FUNCTION, "Event": ["s3:ObjectCreated:*"]}]
    shard = importlib.import_module("moto.dynamodb.models.table").StreamShard(account, None)
    filtered = models["logs"].SubscriptionFilter("n", "g", "", _FUNCTION, "role")
    return {
        "subscription": readings.subscription(models["sns"].Subscription(account, topic, _FUNCTION, "lambda")).endpoint,
        "rule": (readings.rule(rule, "bus").pattern, readings.rule(rule, "bus").state),
        "schedule": readings.schedule(_scheduled(models["scheduler"].Schedule)).timezone,
        "notifications": list(readings.notifications(models["s3"].NotificationConfiguration(cloud_function=told))),
        "filter": readings.subscription_filter(filtered).destination,
        "shard": readings.kinesis_shard(models["kinesis"].Shard(0, 0, 9, parent="p")).parents,
        "stream": readings.table_shard(shard).is_open,
    }


def _scheduled(schedule: Any) -> Any:
    unsaid = ("description", "schedule_expression_timezone", "state", "kms_key_arn", "start_date", "end_date")
    said = {"region": "us-east-1", "account_id": "123456789012", "group_name": "default", "name": "s"}
    when: dict[str, Any] = {
        "schedule_expression": "rate(1 day)",
        "flexible_time_window": {},
        "action_after_completion": None,
    }
    return schedule(**said, **when, **dict.fromkeys(unsaid), target={"Arn": _FUNCTION})


def _pools_hold_their_triggers() -> str | None:
    models: Any = importlib.import_module("moto.cognitoidp.models")
    config = {"PreSignUp": _FUNCTION}
    pool = models.CognitoIdpUserPool("123456789012", "us-east-1", "p", {"LambdaConfig": config})
    read = readings.triggers(pool)
    return _not_kept("cognitoidp", "user_pools") if read == config else f"a pool's triggers read {read}"


def _resources_are_kept() -> str | None:
    found = (_not_kept(service, kept) for service, kept in (*KEPT_IN.items(), *KEPT_BESIDE))
    return ", ".join(filter(None, found)) or None


def _not_kept(service: str, kept: str) -> str | None:
    models: Any = importlib.import_module(f"moto.{service}.models")
    backend = getattr(models, f"{service}_backends").backend("us-east-1", "123456789012")
    return None if isinstance(getattr(backend, kept), dict) else f"{service}.{kept} is no mapping"


def _s3_closes_what_it_counts() -> str | None:
    s3: Any = importlib.import_module("moto.s3.models")
    source = inspect.getsource(s3.S3Backend.reset)
    counted = "FakeKey.instances_tracked" in source and "FakeMultipart.instances_tracked" in source
    return None if counted else "S3Backend.reset closes other objects than those it counts"


def _signers_hold_credentials() -> str | None:
    from botocore.signers import RequestSigner

    source = inspect.getsource(RequestSigner)
    order = source.find("before-sign."), source.find("self.get_auth_instance(")
    held = "self._credentials" in source and 0 < order[0] < order[1]
    return None if held else "RequestSigner reads its credentials before `before-sign`, or elsewhere"


def _unanswered_is_404() -> str | None:
    source = inspect.getsource(botocore_stubber.BotocoreStubber.process_request)
    return None if 'return 404, {}, "Not yet implemented"' in source else "moto answers otherwise what it does not know"


def _ids_come_of_one_source() -> str | None:
    from moto.moto_api import _internal

    source: Any = _internal.mock_random
    return None if isinstance(source, Random) else "moto draws its ids otherwise"


ASSUMPTIONS = (
    Assumption("Each service in use stands in BackendDict._instances", "snapshots, taking turns", _services_are_listed),
    Assumption("BackendDict.reset empties that list in place", "taking turns", _reset_keeps_the_list),
    Assumption("A backend's state is its __dict__", "snapshots", _state_is_the_dict),
    Assumption("Every model has a list of its instances", "taking turns without leaks", _models_are_counted),
    Assumption("S3's reset closes the objects it counts", "snapshots without open files", _s3_closes_what_it_counts),
    Assumption("The stubber is switched by `enabled` and asks process_request", "the gate", _stubber_has_its_switch),
    Assumption("Mocks of users begin with start and end with stop", "standing aside for them", _mocks_start_and_stop),
    Assumption("What moto does not know it answers with 404", "saying so plainly", _unanswered_is_404),
    Assumption("moto hands on what is not AWS by _real_send", "`web_backend`", _responses_can_be_passed_on),
    Assumption("Deliveries and changes pass through these functions", "the feed, and no fan-out", _places_exist),
    Assumption("Models hold what says who listens to what", "delivering", _wiring_can_be_read),
    Assumption("A user pool holds whom it calls", "delivering", _pools_hold_their_triggers),
    Assumption("A service's backend has its resources by name", "delivering", _resources_are_kept),
    Assumption("Ids are drawn from mock_random", "the same ids at each run", _ids_come_of_one_source),
    Assumption("Signers read their credentials after `before-sign`", "mending credentials", _signers_hold_credentials),
)
