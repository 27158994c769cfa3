"""Amazon EventBridge Scheduler: what a schedule invokes a function with.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html (2026-11), and recordings of the
service: the `detail` of its default event is the text `{}`, not an object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_serverless.events.aws.eventbridge_envelope import about, envelope, here, is_scheduler
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.shape import Shape
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import const

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["SchedulerEvents"]

_SCHEDULE_ARN = arn("scheduler", r"schedule/[\w.-]{1,64}/[\w.-]{1,64}", "schedule/default/nightly")

SCHEDULED = Shape(
    "aws.scheduler",
    envelope(
        source=const("aws.scheduler"),
        detail_type=const("Scheduled Event"),
        detail=const("{}"),
        **here("scheduler", "schedule/default/nightly", _SCHEDULE_ARN),
    ),
    is_scheduler,
)


class SchedulerEvents(AwsEventSource):
    """Amazon EventBridge Scheduler, as its schedules invoke functions."""

    name = "aws.scheduler"

    @event_type(
        "A schedule without an input of its own came due",
        reference="https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html",
        shape=SCHEDULED,
    )
    def default_input(self, schedule: str = "nightly", *, group: str = "default", **common: Unpack[AwsCommon]) -> Event:
        """Build the event of a schedule whose target has no Input; `schedule` is its name or ARN, `group` its group.

        A target with an Input gets exactly that, and nothing of this: pass your own JSON to the function then.
        """
        resource = schedule if schedule.startswith("arn:") else f"schedule/{group}/{schedule}"
        return self.complete(SCHEDULED, about(self.place(common), "scheduler", resource), common)
