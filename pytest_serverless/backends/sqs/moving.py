"""The operations on move tasks, and what the tasks do as time passes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.sqs.faults import SqsError, invalid_value, missing
from pytest_serverless.backends.sqs.move_tasks import MoveTask, read_handle
from pytest_serverless.backends.sqs.store import Call, Record

__all__ = ["cancel_message_move_task", "list_message_move_tasks", "run_tasks", "start_message_move_task"]

_MOST_PER_SECOND = 500
_MOST_SHOWN = 10


def start_message_move_task(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Begin to move what is in a dead-letter queue."""
    source = _queue(call, parameters, "SourceArn")
    if not call.store.sources_of(source.arn):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    if parameters.get("DestinationArn"):
        destination = _queue(call, parameters, "DestinationArn")
        if destination is source:
            raise _invalid("Source queue arn and destination queue arn cannot be the same.")
        if destination.queue.settings.fifo != source.queue.settings.fifo:
            raise _invalid("Source queue and destination queue must be of the same type.")
    rate = parameters.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= _MOST_PER_SECOND:
        reason = f"You must enter a value that's between 1 and {_MOST_PER_SECOND}."
        raise invalid_value(rate, "MaxNumberOfMessagesPerSecond", reason)
    if any(task.source == source.arn and task.status == "RUNNING" for task in call.store.tasks):
        raise _invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    task = MoveTask(
        id=_task_id(call, source),
        source=source.arn,
        destination=parameters.get("DestinationArn"),
        rate=rate,
        to_move=source.queue.counts(call.now).visible,
        started=call.now,
    )
    call.store.tasks.append(task)
    run_tasks(call)
    return {"TaskHandle": task.handle}


def cancel_message_move_task(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Stop a running task; what it moved stays moved."""
    if not parameters.get("TaskHandle"):
        raise missing("TaskHandle")
    named = read_handle(parameters["TaskHandle"])
    if named is None:
        raise _invalid("Value for parameter TaskHandle is invalid.")
    if call.store.by_arn(named[1]) is None:
        raise _unknown("SourceArn")
    task = next((task for task in call.store.tasks if (task.id, task.source) == named), None)
    if task is None:
        raise SqsError("ResourceNotFoundException", "Task does not exist.")
    if task.status != "RUNNING":
        raise _invalid(f"Only a task that is RUNNING can be cancelled; this one is {task.status}.")
    task.status = "CANCELLED"
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def list_message_move_tasks(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Show the last tasks of a dead-letter queue."""
    source = _queue(call, parameters, "SourceArn")
    most = parameters.get("MaxResults") or 1
    if not 1 <= most <= _MOST_SHOWN:
        raise invalid_value(most, "MaxResults", f"Must be between 1 and {_MOST_SHOWN}, if provided.")
    tasks = [task for task in reversed(call.store.tasks) if task.source == source.arn]
    return {"Results": [task.shown() for task in tasks[:most]]}


def run_tasks(call: Call) -> None:
    """Let every running task move what it should have moved by now."""
    for task in call.store.tasks:
        if task.status == "RUNNING":
            _run(call, task)


def _run(call: Call, task: MoveTask) -> None:
    source = call.store.by_arn(task.source)
    while task.status == "RUNNING" and task.moved < task.allowed(call.now):
        if source is None or (task.destination and call.store.by_arn(task.destination) is None):
            _fail(task, "AWS.SimpleQueueService.NonExistentQueue")
        else:
            _move_one(call, task, source)
    if task.status == "RUNNING" and task.moved >= task.to_move:
        task.status = "COMPLETED"


def _move_one(call: Call, task: MoveTask, source: Record) -> None:
    message = source.queue.withdraw(call.now)
    if message is None:
        task.status = "COMPLETED"
        return
    destination = task.destination or message.source
    target = call.store.by_arn(destination) if destination else None
    if target is None:
        source.queue.put_back(message, call.now)
        _fail(task, "AWS.SimpleQueueService.NonExistentQueue" if destination else "CouldNotDetermineMessageSource")
        return
    moved = target.queue.restart(message, call.now)
    task.moved += 1
    call.report("sqs:Redrive", target, {**moved.arrival(), "source": source.arn})


def _fail(task: MoveTask, reason: str) -> None:
    task.status, task.failure = "FAILED", reason


def _queue(call: Call, parameters: Mapping[str, Any], name: str) -> Record:
    arn = parameters.get(name)
    if not arn:
        raise missing(name)
    if len(arn.split(":")) != 6:
        form = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
        raise _invalid(f"You must use this format to specify the {name}: {form}")
    record = call.store.by_arn(arn)
    if record is None:
        raise _unknown(name)
    return record


def _task_id(call: Call, source: Record) -> str:
    seed = f"{source.arn}/{call.now}/{call.store.next_serial()}"
    digits = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _unknown(name: str) -> SqsError:
    message = f"The resource that you specified for the {name} parameter doesn't exist."
    return SqsError("ResourceNotFoundException", message)


def _invalid(message: str) -> SqsError:
    return SqsError("InvalidParameterValueException", message)
