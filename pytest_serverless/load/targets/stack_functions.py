"""The functions of a stack, with the settings that a measurement depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets.aws_calls import AwsCalls
from pytest_serverless.load.targets.stack_resources import StackResource, of_type

__all__ = ["Functions"]


class Functions:
    """Read when it is made: the functions' names by their ids, their `settings`, and `notes` for a reader."""

    def __init__(self, calls: AwsCalls, resources: Sequence[StackResource]) -> None:
        self._calls = calls
        self.names: dict[str, str] = {}
        self.notes: list[str] = []
        found: list[TargetFunction] = []
        for each in of_type(resources, "AWS::Lambda::Function"):
            told = calls.find("lambda", "get_function_configuration", FunctionName=each.physical)
            if told is None:
                self.notes.append(f"{each.id}: the function {each.physical} was deleted outside of the stack.")
                continue
            self.names[each.id] = told["FunctionName"]
            found.append(self._function(told))
            self._check_state(told)
        self.settings = tuple(found)

    def _function(self, told: Mapping[str, Any]) -> TargetFunction:
        name = told["FunctionName"]
        reserved = self._calls.ask("lambda", "get_function_concurrency", FunctionName=name)
        return TargetFunction(
            name=name,
            runtime=told.get("Runtime"),  # container images have none
            architecture=next(iter(told.get("Architectures", [])), None),
            memory_mb=told.get("MemorySize"),
            reserved=reserved.get("ReservedConcurrentExecutions"),
            provisioned=self._provisioned(name),
            at_once=_at_once(told),
        )

    def _provisioned(self, name: str) -> int | None:
        """Return the provisioned concurrency of all aliases and versions."""
        count = 0
        given = {"FunctionName": name}
        key = "ProvisionedConcurrencyConfigs"
        for each in self._calls.pages("lambda", "list_provisioned_concurrency_configs", key, **given):
            asked = each["RequestedProvisionedConcurrentExecutions"]
            ready = each.get("AvailableProvisionedConcurrentExecutions", 0)
            qualifier = each["FunctionArn"].split(":")[7]
            count += asked
            self.notes.append(
                f"Provisioned concurrency of {name} is on {name}:{qualifier}, and serves none who invoke it by its "
                "name alone."
            )
            if ready < asked:
                why = each.get("StatusReason", each.get("Status", ""))
                self.notes.append(f"{name}:{qualifier}: {ready} of {asked} provisioned instances are ready ({why}).")
        return count or None

    def _check_state(self, told: Mapping[str, Any]) -> None:
        name = told["FunctionName"]
        for state, right, why in (
            ("State", "Active", "StateReason"),
            ("LastUpdateStatus", "Successful", "LastUpdateStatusReason"),
        ):
            said = told.get(state, right)
            if said != right:
                self.notes.append(f"{name}: {state} is {said}. {told.get(why, '')}".rstrip())


def _at_once(told: Mapping[str, Any]) -> int | None:
    """Return how many requests an instance serves at a time, of a function on managed instances."""
    managed = told.get("CapacityProviderConfig", {}).get("LambdaManagedInstancesCapacityProviderConfig", {})
    count: int | None = managed.get("PerExecutionEnvironmentMaxConcurrency")
    return count
