"""Topics' subscribers on the web: an HTTP request for each message, tried again as the delivery policy says.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_serverless.backends.web import send
from pytest_serverless.backends.wired import Subscription
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import Parcel
from pytest_serverless.triggers.retries import HttpRetries

__all__ = ["Webhooks"]


class Webhooks:
    """Posts messages to subscribers; `web_backend` answers in a test."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def post(
        self,
        subscription: Subscription,
        parcel: Parcel,
        message_id: str,
        give_up: Callable[[str], None],
        attempt: int = 1,
    ) -> None:
        """Post a message; `give_up` is called where no attempt was answered with a success."""
        endpoint = subscription.endpoint
        with self._post.away():
            answer = send("POST", endpoint, _headers(subscription, message_id), parcel.text.encode())
        if 200 <= answer < 300:
            self._post.note("delivery", endpoint, parcel.cause, what=f"answered {answer}")
            return
        # 4xx other than 429 says that trying again is of no use
        wait = HttpRetries.parse(subscription.delivery_policy).delay_after(attempt)
        if wait is None or (400 <= answer < 500 and answer != 429):
            give_up(f"answered {answer or 'nothing'}")
            return
        self._post.note("retry", endpoint, parcel.cause, what=f"answered {answer or 'nothing'}, again in {wait:.0f} s")
        self._post.later(
            self._post.time.now() + wait,
            lambda: self.post(subscription, parcel, message_id, give_up, attempt + 1),
            f"{endpoint}: {parcel.cause}",
        )


def _headers(subscription: Subscription, message_id: str) -> dict[str, str]:
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic,
        "x-amz-sns-subscription-arn": subscription.arn,
    }
    return {**headers, "x-amz-sns-rawdelivery": "true"} if subscription.raw else headers
