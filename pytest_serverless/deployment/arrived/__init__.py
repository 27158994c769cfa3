"""What arrived: the queues, topics, buses, streams, tables and buckets of an application, to look at in a test.

`Arrivals` finds them by their ids. Each is a view (`view.py`): it looks anew whenever it is asked, and looking has no
effect. Nothing is received, no call is recorded, nothing changes.
"""

from pytest_serverless.deployment.arrived.arrivals import Arrivals
from pytest_serverless.deployment.arrived.buckets import BucketObject, BucketView
from pytest_serverless.deployment.arrived.buses import BusEvent, BusView
from pytest_serverless.deployment.arrived.place import Backends
from pytest_serverless.deployment.arrived.queues import QueuedMessage, QueueView
from pytest_serverless.deployment.arrived.streams import StreamRecord, StreamView, TableRecord, TableStreamView
from pytest_serverless.deployment.arrived.tables import TableView
from pytest_serverless.deployment.arrived.topics import PublishedMessage, TopicView
from pytest_serverless.deployment.arrived.view import View

__all__ = [
    "Arrivals",
    "Backends",
    "BucketObject",
    "BucketView",
    "BusEvent",
    "BusView",
    "PublishedMessage",
    "QueueView",
    "QueuedMessage",
    "StreamRecord",
    "StreamView",
    "TableRecord",
    "TableStreamView",
    "TableView",
    "TopicView",
    "View",
]
