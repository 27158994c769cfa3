"""Amazon SQS: our own, because delivery is what the toolkit is about.

`machine.py` is the state machine of one queue, with `lines.py`, `schedule.py`, `deduplication.py` and `receipts.py` as
its parts: pure, and told what time it is. `operations.py` is the API on it; `backend.py` answers requests in two
protocols.
"""

from pytest_serverless.backends.sqs.backend import SqsBackend
from pytest_serverless.backends.sqs.client import attach, before_send
from pytest_serverless.backends.sqs.view import QueueView

__all__ = ["QueueView", "SqsBackend", "attach", "before_send"]
