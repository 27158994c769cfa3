"""Does it help? Each arrival takes one of two functions by a draw, within one run, so that nothing else differs.

locust -f loadtests/ --serverless-stack staging --headless LazyLoading

A burst finds new instances where those of the last one are gone: let EVERY be longer than the platform keeps them.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from pytest_serverless import events
from pytest_serverless.locust import Phase, Scenario

BEFORE = os.environ.get("LOAD_FUNCTION", "Eager")
SIZE = int(os.environ.get("LOAD_BURST", "10"))
EVERY, IN_ALL = os.environ.get("LOAD_EVERY", "15m"), os.environ.get("LOAD_IN_ALL", "3h")
PING_EVERY_S = float(os.environ.get("LOAD_PING_EVERY_S", "240"))


class SideBySide(Scenario):
    abstract = True
    only_when_named = True
    phases = (Phase.bursts(SIZE, IN_ALL, every=EVERY),)

    def journey(self, call):
        call.invoke(call.variant, events.build("aws.http_api.request", path="/"))


class LazyLoading(SideBySide):
    """What is large is loaded in the init phase, or when it is needed."""

    variants = (BEFORE, "Lazy")


class ProvisionedConcurrency(SideBySide):
    """Instances are started on demand, or some of them, behind an alias, before anyone asks."""

    variants = (BEFORE, f"{BEFORE}:live")


class WarmUpPings(SideBySide):
    """One of two equal functions is invoked every few minutes, several times at once, so that its instances stay."""

    variants = (BEFORE, "Pinged")
    _is_over = threading.Event()

    def set_up(self, target):
        function, client = target.function("Pinged"), target.client("lambda")

        def ping_until_over():
            with ThreadPoolExecutor(SIZE) as at_once:
                while not self._is_over.wait(PING_EVERY_S):
                    for _ in range(SIZE):
                        at_once.submit(client.invoke, FunctionName=function, Payload=b"{}")

        threading.Thread(target=ping_until_over, daemon=True).start()

    def clean_up(self, target, shared):
        self._is_over.set()
