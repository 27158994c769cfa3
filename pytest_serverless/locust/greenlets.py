"""Time, waiting and running beside, by gevent."""

from __future__ import annotations

import time
from typing import Final

import gevent
from gevent.event import Event
from gevent.pool import Group

from pytest_serverless.load.running.edges import Edges

__all__ = ["EDGES", "ENDED"]

EDGES: Final = Edges(
    clock=time.time,
    sleep=gevent.sleep,
    processor=time.process_time,
    spawn=gevent.spawn,
    make_crew=Group,
)

ENDED: Final = Event()
"""Set while nothing runs."""
