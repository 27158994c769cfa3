"""The user's mocked HTTP APIs beside mocked AWS: both intercept `requests`, and must not take each other's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

__all__ = ["send", "web_backend"]

AWS = re.compile(r"https?://([^/]+\.)?amazonaws\.com(\.cn)?([:/]|$)")
THIS_MACHINE = re.compile(r"https?://(localhost|127\.[\d.]+|\[::1\])([:/]|$)")


@contextmanager
def web_backend(*, assert_all_requests_are_fired: bool = False) -> Iterator[Any]:
    """Give a started `responses.RequestsMock` that answers what is added to it.

    AWS is not its matter: presigned URLs go to the mocked backends, or to a `@mock_aws` that is active, whether it
    began before or after. The machine itself is passed through, as everywhere in tests with mocked backends. An answer
    that nobody fetched is no failure unless `assert_all_requests_are_fired`.
    """
    import responses
    from requests.adapters import HTTPAdapter

    mock = responses.RequestsMock(
        assert_all_requests_are_fired=assert_all_requests_are_fired,
        real_adapter_send=HTTPAdapter.send,  # type: ignore[arg-type]  # moto's, where its mock is active
    )
    mock.add_passthru(AWS)
    mock.add_passthru(THIS_MACHINE)
    with mock, _passed_on_by_moto(mock):
        yield mock


def _passed_on_by_moto(mock: Any) -> Any:
    if "moto.core.models" not in sys.modules:
        return nullcontext()
    from pytest_serverless.backends.moto.beside import passing_on

    return passing_on(mock)


def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a request of a mocked service's own to the user's web; return the status, or 0 where nobody answered."""
    import requests

    try:
        return requests.request(method, url, headers=dict(headers), data=body, timeout=15).status_code
    except requests.RequestException:
        return 0
