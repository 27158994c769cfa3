"""A transport of the standard library, and services asked through it."""

import http.client
import time
from urllib.parse import urlsplit

from pytest_serverless.load.drivers.contract import Exchange
from pytest_serverless.load.pipelines import Services
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets.reached import Reached


class Plain:
    """Sends each request over a connection of its own; `exchanges` has what was sent."""

    def __init__(self):
        self.exchanges = []

    def exchange(self, method, url, headers, body=b""):
        parts, started = urlsplit(url), time.time()
        self.exchanges.append((method, url, dict(headers), body))
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        try:
            connection.request(method, url[url.index(parts.netloc) + len(parts.netloc) :], body or None, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return Exchange(started, time.time(), None, {}, b"", error)
        finally:
            connection.close()
        lower = {name.lower(): value for name, value in answer.getheaders()}
        return Exchange(started, time.time(), answer.status, lower, content)


class Scripted:
    """Answers with what it is given, in order, and keeps what it was asked; each exchange ends as the clock says."""

    def __init__(self, clock, *answers):
        self._clock = clock
        self.answers = list(answers)
        self.asked = []

    def exchange(self, method, url, headers, body=b""):
        self.asked.append((method, url, dict(headers), body))
        answer = self.answers.pop(0)
        started = self._clock()
        status, content = answer(method, url, body) if callable(answer) else answer
        return Exchange(started, self._clock(), status, {}, content, None if status else OSError("gone"))


class Keys:
    access_key, secret_key, token = "AKIDEXAMPLE", "secret", None

    def get_frozen_credentials(self):
        return self


class Clock:
    """Stands still, but for what it is told."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def services(transport, *, aws_url=None, resources=None, clock=time.time, region="eu-west-1", **more):
    reached = Reached(
        kind="stack", measured=Target(region=region, provider="aws"), aws_url=aws_url, resources=resources or {}
    )
    return Services(reached, transport, Keys(), clock, **more)
