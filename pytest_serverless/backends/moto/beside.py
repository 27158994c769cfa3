"""moto's interception of `requests` beside another one: what moto does not know is the other's to answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.models import responses_mock

__all__ = ["passing_on"]


@contextmanager
def passing_on(mock: Any) -> Iterator[None]:
    """Let a mock of moto's that begins later hand requests for others to `mock`, a `responses.RequestsMock`."""
    before = responses_mock._real_send  # noqa: SLF001  as moto's own `override_responses_real_send` does, which forgets it
    responses_mock._real_send = mock.unbound_on_send()  # noqa: SLF001  as above
    try:
        yield
    finally:
        responses_mock._real_send = before  # noqa: SLF001  as above
